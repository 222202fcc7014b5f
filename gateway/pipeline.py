"""The order of things: what happens to one request, from what was asked to what goes back.

`Gateway` answers for a declared purpose, and releases nothing that it has not recorded. `Plain` serves
a supergraph that has no purposes. Neither decides anything itself: each line hands on to who does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson

from gateway import recording
from gateway.assertion import Assertion, Signer, case_digest
from gateway.caller import Caller, Callers
from gateway.crossing import Crossed, Narrower
from gateway.crossing.door import MESSAGE, NOT_AVAILABLE
from gateway.doors.signed import Signed
from gateway.errors import BadRequest, GatewayError, Refused
from gateway.federation.engine import Engine
from gateway.federation.errors import InvalidOperation, TooCostly, Unplannable
from gateway.federation.execution import incremental
from gateway.federation.execution.executor import execute
from gateway.federation.execution.program import Program
from gateway.federation.execution.response import Response
from gateway.federation.execution.sse import MEDIA_TYPE as EVENT_STREAM
from gateway.federation.execution.subscription import primary, subscribe
from gateway.federation.execution.transport import Reply, Source, Transport
from gateway.ledger.append import Kept, Ledger
from gateway.ledger.checkpoint import Signer as Promising
from gateway.ledger.tried import texts
from gateway.linking import asking, identify, telling
from gateway.lookups import Lookups
from gateway.protocol import GRAPHQL_JSON, Answer, Asked, NotAcceptable, answer_type
from gateway.purpose.admit import Admission, Admissions, refuse_if_withheld
from gateway.purpose.declared import Declared, declared, opening
from gateway.purpose.scopes import Held
from gateway.recording import Circumstances
from gateway.streaming import server_sent, while_standing

MULTIPART = "multipart/mixed"
REJECT = "reject"
"""`extensions.whenWithheld`: all of the operation or none of it."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that answers are made of. `keys` are the key fields by which the link node knows entities."""

    engine: Engine
    callers: Callers
    admissions: Admissions
    narrower: Narrower
    keys: Mapping[str, tuple[str, ...]]
    door: Transport
    signer: Signer
    ledger: Ledger
    promising: Promising
    lookups: Lookups
    source: Source | None = None

    async def answer(self, asked: Asked) -> Answer:
        """Asked → Answer. Raises GatewayError for whatever stops it before there is an answer."""
        caller = await self.callers.caller(_only(asked.authorization), asked.proof)
        about = self._circumstances(asked, caller)
        try:
            purpose = declared(asked.declared_purpose, asked.request.extensions)
            about = replace(
                about, purpose=purpose.purpose, case=_case(caller, purpose), text=purpose.because
            )
            return await self._admitted(asked, caller, purpose, about)
        except (Refused, BadRequest) as refusal:
            tried = self.ledger.tried(texts(asked.request.document, asked.request.variables))
            about = replace(about, alert=refusal.alert)
            await self.ledger.append([recording.refusal(about, refusal.code, tried)])
            raise
        except (InvalidOperation, TooCostly, Unplannable) as unusable:
            return unanswered(unusable, asked.accept)

    async def _admitted(
        self, asked: Asked, caller: Caller, purpose: Declared, about: Circumstances
    ) -> Answer:
        open_to = opening(purpose, caller, self.admissions.register)
        about = replace(about, emergency=purpose.emergency)
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
        looked = self.lookups.begin((about.actor, about.organisation), admission, request.variables)
        about = replace(about, alert=looked.alert)
        program = await self.engine.program(admission.operation)
        if program.plan.operation == "subscription":
            return self._stream(asked, program, admission, about)
        crossed = self._crossed(caller, admission, about)
        response = await self.engine.run(program, request.variables, crossed)
        self.lookups.end(looked, response)
        # No record, no release: nothing has left yet, and nothing does unless this returns.
        signed = self._signed(caller, admission, about)
        receipts = await self._recorded(asked, (admission, about), (crossed, signed))
        response.errors[:] = [*map(_uniform, response.errors), *map(_withheld, admission.withheld)]
        return _answered(
            response,
            asked.accept,
            recording.promises(self.promising, receipts, admission.obligations),
        )

    def _stream(
        self, asked: Asked, program: Program, admission: Admission, about: Circumstances
    ) -> Answer:
        if EVENT_STREAM not in asked.accept or self.source is None:
            raise NotAcceptable(f"a subscription is answered as {EVENT_STREAM}: accept it")
        return Answer(
            server_sent(self._events(self.source, asked, program, (admission, about))),
            media_type=EVENT_STREAM,
        )

    async def _events(
        self, source: Source, asked: Asked, program: Program, under: tuple[Admission, Circumstances]
    ) -> AsyncGenerator[Recorded]:
        """A response per event; each is decided, asserted and recorded as if it had been asked for (I-11)."""
        admission, about = under
        caller = await self.callers.standing(_only(asked.authorization))
        call = self._signed(caller, admission, about).bearing(
            primary(program, asked.request.variables)
        )
        events = while_standing(
            source.events(call), lambda: self.callers.standing(_only(asked.authorization))
        )
        async with aclosing(events):
            try:
                async for event in events:
                    yield await self._event(asked, program, under, event)
            except GatewayError:
                return  # the token has run out, or nothing can be recorded: nothing more is said

    async def _event(
        self,
        asked: Asked,
        program: Program,
        under: tuple[Admission, Circumstances],
        event: Reply,
    ) -> Recorded:
        admission, about = under
        caller = await self.callers.standing(_only(asked.authorization))
        about = replace(about, transaction=uuid4().hex)
        crossed = self._crossed(caller, admission, about)
        crossed.hear(event)
        response = await execute(program, asked.request.variables, crossed, event=event)
        signed = self._signed(caller, admission, about)
        receipts = await self._recorded(asked, (admission, about), (crossed, signed))
        response.errors[:] = [*map(_uniform, response.errors), *map(_withheld, admission.withheld)]
        return Recorded(
            response, recording.promises(self.promising, receipts, admission.obligations)
        )

    async def _recorded(
        self, asked: Asked, under: tuple[Admission, Circumstances], doors: tuple[Crossed, Signed]
    ) -> tuple[Kept, ...]:
        """Keeps what was decided; nothing may leave before this returns."""
        (admission, about), (crossed, signed) = under, doors
        if crossed.read:
            await identify(crossed, signed, self.admissions.register)
        made = recording.records(about, admission, self.admissions, crossed)
        return await self.ledger.append(
            [
                replace(one, tried=self.ledger.tried(recording.named(one, crossed, asked.request)))
                if one.subject is None
                else one
                for one in made
            ]
        )

    def _circumstances(self, asked: Asked, caller: Caller) -> Circumstances:
        return Circumstances(
            operation=sha256(asked.request.document.encode()).hexdigest(),
            operation_name=recording.operation_name(asked.request.operation_name),
            purpose=None,
            case=None,
            register=self.admissions.register.digest,
            organisation=_named(caller),
            role=caller.role,
            actor=caller.actor,
            transaction=uuid4().hex,
        )

    def _crossed(self, caller: Caller, admission: Admission, about: Circumstances) -> Crossed:
        signed = self._signed(caller, admission, about)
        ask = asking(signed, self.admissions.register)
        link = telling(self.admissions.register)
        return Crossed(signed, ask, self.narrower, self.keys, link)

    def _signed(self, caller: Caller, admission: Admission, about: Circumstances) -> Signed:
        assertion = Assertion(
            purpose=admission.opening.purpose.code,
            role=caller.role,
            organisation=caller.organisation,
            organisation_kind=caller.organisation_kind,
            actor=about.actor,
            register=about.register,
            request=about.transaction,
            case=about.case,
            emergency=about.emergency,
        )
        return Signed(self.door, self.signer, assertion, admission.categories)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's response, with the receipts of its record."""

    response: Response
    receipts: Mapping[str, Any]

    def body(self) -> bytes:
        """The response as JSON."""
        return self.response.body(self.receipts)


@dataclass(frozen=True, slots=True)
class Plain:
    """Serves a supergraph without purposes, for whoever may reach it. `labels` draws a request's overrides."""

    engine: Engine
    door: Transport
    source: Source
    labels: Callable[[], frozenset[str]] = frozenset
    mask_errors: bool = False

    async def answer(self, asked: Asked) -> Answer:
        """Asked → Answer; raises NotAcceptable for a subscription by a client that takes no stream."""
        request = asked.request
        try:
            program = await self.engine.program(
                await self.engine.read(request.document, request.operation_name, request.variables),
                self.labels(),
            )
        except (InvalidOperation, TooCostly, Unplannable) as unusable:
            return unanswered(unusable, asked.accept)
        if program.plan.operation == "subscription":
            return self._stream(asked, program)
        if program.plan.deferred and MULTIPART in asked.accept:
            parts = self.engine.parts(
                program, request.variables, self.door, mask_errors=self.mask_errors
            )
            return Answer(parts, media_type=incremental.MEDIA_TYPE)
        response = await self.engine.run(
            program, request.variables, self.door, mask_errors=self.mask_errors
        )
        return _answered(response, asked.accept)

    def _stream(self, asked: Asked, program: Program) -> Answer:
        if EVENT_STREAM not in asked.accept:
            raise NotAcceptable(f"a subscription is answered as {EVENT_STREAM}: accept it")
        responses = subscribe(
            program,
            asked.request.variables,
            self.source,
            self.door,
            mask_errors=self.mask_errors,
        )
        return Answer(server_sent(responses), media_type=EVENT_STREAM)


def unanswered(error: InvalidOperation | TooCostly | Unplannable, accept: str) -> Answer:
    """An operation that cannot be run, as GraphQL clients read it (GraphQL over HTTP §6.4)."""
    media = answer_type(accept)
    if isinstance(error, InvalidOperation):
        found: Mapping[str, Any] = {"errors": [_coded(one) for one in error.errors]}
    elif isinstance(error, TooCostly):
        found = {"errors": [{"message": str(error), "extensions": {"code": error.code}}]}
    else:
        problem = {"message": str(error), "extensions": {"code": "UNPLANNABLE"}}
        return Answer(orjson.dumps({"data": None, "errors": [problem]}), media_type=media)
    return Answer(orjson.dumps(found), 400 if media == GRAPHQL_JSON else 200, media)


def _coded(error: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}, **error}


def _answered(
    response: Response, accept: str, extensions: Mapping[str, Any] | None = None
) -> Answer:
    return Answer(response.body(extensions), media_type=answer_type(accept))


def _uniform(error: dict[str, Any]) -> dict[str, Any]:
    """What depends on a child looks the same whoever said it, the link node or the door (I-17)."""
    if error["extensions"].get("code") != NOT_AVAILABLE:
        return error
    return {**error, "message": MESSAGE, "extensions": {"code": NOT_AVAILABLE}}


def _withheld(one: Any) -> dict[str, Any]:
    extensions = {
        "code": one.code,
        "coordinate": one.coordinate,
        "categories": list(one.categories),
    }
    message = f"{one.coordinate} is withheld: {one.code}"
    return {"message": message, "path": list(one.path), "extensions": extensions}


def _named(caller: Caller) -> str:
    """The organisation as the record has it: its kind and its code."""
    kind = caller.organisation_kind
    return f"{kind}:{caller.organisation.removeprefix(kind + ':')}"


def _case(caller: Caller, purpose: Declared) -> str | None:
    return case_digest(caller.organisation, purpose.case) if purpose.case else None


def _only(values: tuple[str, ...]) -> str | None:
    """The one header of its name; several are as good as none, because they could disagree."""
    return values[0] if len(values) == 1 else None
