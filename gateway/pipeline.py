"""The order of things: what happens to one request, from what was asked to what goes back.

`Gateway` answers for a declared purpose, and releases nothing that it has not recorded. It decides nothing itself:
each line hands on to who does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from gateway import recording
from gateway.assertion import Assertion, Signer, case_digest
from gateway.caller import Caller, Callers
from gateway.chance import fresh
from gateway.crossing import MESSAGE, NOT_AVAILABLE, WITHHELD, Crossed, Link, Narrower
from gateway.doors.signed import Signed
from gateway.errors import BadRequest, GatewayError, Refused
from gateway.federation.engine import Engine
from gateway.federation.errors import InvalidOperation, TooCostly, Unplannable
from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import Program
from gateway.federation.execution.response import Response
from gateway.federation.execution.sse import MEDIA_TYPE as EVENT_STREAM
from gateway.federation.execution.subscription import primary
from gateway.federation.execution.transport import Reply, Source, Transport
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer as Promising
from gateway.ledger.record import Record
from gateway.ledger.tried import texts
from gateway.linking import asking, identify
from gateway.lookups import Lookups
from gateway.protocol import Answer, Asked, NotAcceptable, answer_type
from gateway.purpose.admit import Admission, Admissions, refuse_if_withheld
from gateway.purpose.declared import Declared, declared, opening
from gateway.purpose.scopes import Held
from gateway.recording import Circumstances
from gateway.streaming import server_sent, while_standing
from gateway.unanswered import unanswered

REJECT = "reject"
"""`extensions.whenWithheld`: all of the operation or none of it."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that answers are made of.

    `keys` are the key fields by which the link node knows entities, `link` how it tells whom it speaks of.
    """

    engine: Engine
    callers: Callers
    admissions: Admissions
    narrower: Narrower
    keys: Mapping[str, tuple[str, ...]]
    link: Link
    door: Transport
    signer: Signer
    ledger: Ledger
    promising: Promising
    lookups: Lookups
    source: Source | None = None

    async def answer(self, asked: Asked) -> Answer:
        """Asked → Answer. Raises GatewayError for whatever stops it before there is an answer."""
        caller = await self.callers.caller(_only(asked.authorization), asked.proof)
        purpose = None
        try:
            purpose = declared(asked.declared_purpose, asked.request.extensions)
            return await self._admitted(asked, caller, purpose)
        except (Refused, BadRequest) as refusal:
            about = replace(self._circumstances(asked, caller, purpose), alert=refusal.alert)
            tried = self.ledger.tried(texts(asked.request.document, asked.request.variables))
            await self.ledger.append([recording.refusal(about, refusal.code, tried)])
            raise
        except (InvalidOperation, TooCostly, Unplannable) as unusable:
            return unanswered(unusable, asked.accept, quoting=False)

    async def _admitted(self, asked: Asked, caller: Caller, purpose: Declared) -> Answer:
        open_to = opening(purpose, caller, self.admissions.register)
        request = asked.request
        operation = await self.engine.read(
            request.document, request.operation_name, request.variables
        )
        admission = self.admissions.admit(operation, open_to, Held(caller.scopes))
        if admission.introspects:
            raise Refused(
                "the schema is published with the register and not asked for here",
                code="INTROSPECTION_DISABLED",
            )
        if request.extensions.get("whenWithheld") == REJECT:
            refuse_if_withheld(admission)
        who = (caller.actor, _named(caller))
        looked = self.lookups.begin(who, admission, request.variables)
        program = await self.engine.program(admission.operation)
        # An emergency is one now that it is granted, and not when it was declared.
        about = self._circumstances(
            asked, caller, purpose, emergency=purpose.emergency, alert=looked.alert
        )
        grant = Grant(asked, caller, admission, about)
        if program.plan.operation == "subscription":
            return self._stream(program, grant)
        crossed = self._crossed(grant)
        response = await self.engine.run(program, request.variables, crossed)
        self.lookups.end(looked, response)
        recorded = await self._recorded(response, crossed, grant)
        return Answer(recorded.body(), media_type=answer_type(asked.accept))

    async def _recorded(self, response: Response, crossed: Crossed, grant: Grant) -> Recorded:
        """No record, no release: nothing has left yet, and nothing does unless this returns."""
        if crossed.read:
            await identify(crossed, self._signed(grant), self.admissions.register)
        made = recording.records(grant.about, grant.admission, self.admissions, crossed)
        receipts = await self.ledger.append([self._tried(one, crossed, grant) for one in made])
        admission = grant.admission
        withheld = admission.reasons.errors(response)
        response.errors[:] = [*map(_uniform, response.errors), *withheld]
        promises = recording.promises(self.promising, receipts, admission.obligations)
        return Recorded(response, promises)

    def _tried(self, record: Record, crossed: Crossed, grant: Grant) -> Record:
        """The record, and where it is of nobody, what was named."""
        if record.subject is not None:
            return record
        named = recording.named(record, crossed, grant.asked.request)
        return replace(record, tried=self.ledger.tried(named))

    def _stream(self, program: Program, grant: Grant) -> Answer:
        if EVENT_STREAM not in grant.asked.accept or self.source is None:
            raise NotAcceptable(f"a subscription is answered as {EVENT_STREAM}: accept it")
        events = self._events(self.source, program, grant)
        return Answer(server_sent(events), media_type=EVENT_STREAM)

    async def _events(
        self, source: Source, program: Program, grant: Grant
    ) -> AsyncGenerator[Recorded]:
        """A response per event; each is decided, asserted and recorded as if it had been asked for (I-11)."""
        token = _only(grant.asked.authorization)
        grant = replace(grant, caller=await self.callers.standing(token))
        if not program.fetches:  # the subscription's field is closed: that is all there is to say
            yield await self._event(program, grant)
            return
        call = self._signed(grant).bearing(primary(program, grant.asked.request.variables))
        events = while_standing(source.events(call), lambda: self.callers.standing(token))
        async with aclosing(events):
            try:
                async for event in events:
                    caller = await self.callers.standing(token)
                    yield await self._event(program, replace(grant, caller=caller), event)
            except GatewayError:
                return  # the token has run out, or nothing can be recorded: nothing more is said

    async def _event(self, program: Program, grant: Grant, event: Reply | None = None) -> Recorded:
        grant = replace(grant, about=replace(grant.about, transaction=fresh(16).hex()))
        crossed = self._crossed(grant)
        if event is not None:
            crossed.hear(event)
        response = await execute(program, grant.asked.request.variables, crossed, event=event)
        return await self._recorded(response, crossed, grant)

    def _circumstances(
        self, asked: Asked, caller: Caller, purpose: Declared | None, **granted: str | None
    ) -> Circumstances:
        return Circumstances(
            operation=sha256(asked.request.document.encode()).hexdigest(),
            operation_name=recording.operation_name(asked.request.operation_name),
            purpose=purpose.purpose if purpose else None,
            case=_case(caller, purpose) if purpose else None,
            register=self.admissions.register.digest,
            organisation=_named(caller),
            role=caller.role,
            actor=caller.actor,
            transaction=fresh(16).hex(),
            text=purpose.because if purpose else None,
            **granted,
        )

    def _crossed(self, grant: Grant) -> Crossed:
        signed = self._signed(grant)
        ask = asking(signed, self.admissions.register)
        told = grant.caller.role in grant.admission.opening.purpose.told
        return Crossed(signed, ask, self.narrower, self.keys, self.link, told=told)

    def _signed(self, grant: Grant) -> Signed:
        caller, about = grant.caller, grant.about
        assertion = Assertion(
            purpose=grant.admission.opening.purpose.code,
            role=caller.role,
            organisation=caller.organisation,
            organisation_kind=caller.organisation_kind,
            actor=about.actor,
            register=about.register,
            request=about.transaction,
            case=about.case,
            emergency=about.emergency,
        )
        return Signed(self.door, self.signer, assertion, grant.admission.categories)


@dataclass(frozen=True, slots=True)
class Grant:
    """Under what one request, or one event of a stream, is asked on and recorded."""

    asked: Asked
    caller: Caller
    admission: Admission
    about: Circumstances


@dataclass(frozen=True, slots=True)
class Recorded:
    """A response that stands in the ledger, and what goes back beside it."""

    response: Response
    promises: Mapping[str, Any]

    def body(self) -> bytes:
        """The response as JSON."""
        return self.response.body(self.promises)


def _uniform(error: dict[str, Any]) -> dict[str, Any]:
    """What depends on a child looks the same whoever said it, the link node or the door (I-17)."""
    code = error["extensions"].get("code")
    if code not in (NOT_AVAILABLE, WITHHELD):
        return error
    return {**error, "message": MESSAGE, "extensions": {"code": code}}


def _named(caller: Caller) -> str:
    """The organisation as the record has it: its kind and its code."""
    kind = caller.organisation_kind
    return f"{kind}:{caller.organisation.removeprefix(kind + ':')}"


def _case(caller: Caller, purpose: Declared) -> str | None:
    return case_digest(caller.organisation, purpose.case) if purpose.case else None


def _only(values: tuple[str, ...]) -> str | None:
    """The one header of its name; several are as good as none, because they could disagree."""
    return values[0] if len(values) == 1 else None
