"""Invented children → what the link node would hold about them: numbers, agreements, live work, consents, advisers.

The agreements and the live work are made so that each of the demonstration's callers has something to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from gateway.assertion import actor_id
from subgraphs.link.islands import ISLANDS
from subgraphs.link.keys import Keys, keys_in
from subgraphs.link.provenance import NHS, NumberCheck
from subgraphs.population import Child, Circumstance, Numbers
from subgraphs.postgres import copy_rows

INVENTED = "invented"
CANARY = "H838980021001"  # the UPN of nobody, of a school that issues none
HOSPITAL = "RQX"  # ODS code of the trust whose emergency department the demonstration speaks of
DWP = "DWP"
ISSUER = "https://demo.causeway.example"  # who vouches for a young person's account
_KINDS = (
    "LA", "ICB", "NHS_TRUST", "SCHOOL", "EY_SETTING", "FE_COLLEGE", "SPI", "HEALTH_VISITING", "HEALTH_PROVIDER", "POLICE",
    "PROBATION", "AMBULANCE", "GP", "GP_OOH", "COMMUNITY_HEALTH", "CAREERS_SERVICE", "DWP",
)  # fmt: skip
_OF_CHILD = (
    "approval", "emergency", "transfer", "cpis_access", "cpis_plan", "adviser", "objection", "consent", "holder", "relationship", "identifier", "child",
)  # fmt: skip

Rows = dict[str, list[dict[str, Any]]]
Record = tuple[str, dict[str, Any]]


async def load_population(
    connection: asyncpg.Connection, children: Sequence[Child], folder: Path
) -> None:
    """Replaces the children invented before, whole or not at all. `folder` holds the link node's keys."""
    keys = keys_in(folder)
    rows: Rows = {"child": [], "identifier": [], "agreement": list(_agreements(children))}
    for table, row in chain(_canary(keys), *(_of_child(child, keys) for child in children)):
        rows.setdefault(table, []).append(row)
    async with connection.transaction():
        await _forget(connection)
        for table, some in rows.items():
            await copy_rows(connection, f"link.{table}", some)


async def _forget(connection: asyncpg.Connection) -> None:
    """Removes what an earlier load invented, and nothing that it did not."""
    invented = await connection.fetchval(
        "SELECT array_agg(DISTINCT child) FROM link.identifier WHERE provenance = $1", INVENTED
    )
    for table in _OF_CHILD:
        await connection.execute(f"DELETE FROM link.{table} WHERE child = ANY ($1)", invented or [])
    await connection.execute(
        "DELETE FROM link.agreement WHERE starts_with(agreement, $1)", INVENTED
    )


def _canary(keys: Keys) -> Iterator[Record]:
    node = uuid5(NAMESPACE_URL, "https://causeway.example/invented/canary")
    yield (
        "child",
        {"child": node, "status": "01", "restriction": "U", "adopted": False, "canary": True},
    )
    yield "identifier", {**_identifier(keys, "UPN", CANARY), "child": node}


def _of_child(child: Child, keys: Keys) -> Iterator[Record]:
    if not child.linked:
        return
    nodes = list(_nodes(child))
    for node, numbers in nodes:
        yield "child", _child(child, node)
        yield from _identifiers(child, node, numbers, keys)
        yield from _work(child, node)
    if child.before_adoption:
        old = _node(child, "before")
        sealed = datetime.combine(child.today - timedelta(days=200), datetime.min.time(), UTC)
        yield "child", _child(child, old) | {"sealed_at": sealed, "adopted": False}
        yield from _identifiers(child, old, child.before_adoption, keys)


def _nodes(child: Child) -> Iterator[tuple[UUID, Numbers]]:
    """One for a verified child; one for each number of a child who is not: nothing joins them."""
    numbers = child.numbers
    if child.nhs_status == "01":
        yield _node(child, "whole"), numbers
        return
    alone = Numbers()
    for record in numbers.local_authority:
        yield _node(child, f"LA {record.la_code}"), replace(alone, local_authority=(record,))
    if numbers.upn:
        yield _node(child, "UPN"), replace(alone, upn=numbers.upn)
    if numbers.uln:
        yield _node(child, "ULN"), replace(alone, uln=numbers.uln)
    if numbers.child_benefit:
        yield _node(child, "CHB"), replace(alone, child_benefit=numbers.child_benefit)


def _node(child: Child, part: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://causeway.example/invented/{child.number}/{part}")


def _child(child: Child, node: UUID) -> dict[str, Any]:
    verified = child.nhs_status == "01"
    return {
        "child": node,
        "status": child.nhs_status,
        "verified_on": _verified_on(child) if verified else None,
        "verified_by": "PDS trace" if verified else "recorded by the agency",
        "birth_date": child.birth_date,
        "restriction": child.restriction.value,
        "adopted": child.before_adoption is not None,
        "canary": False,
        "gp_practice": child.gp_practice,
        "sealed_at": None,
    }


def _verified_on(child: Child) -> date:
    return child.today - timedelta(days=child.number % 90)


def _identifiers(child: Child, node: UUID, numbers: Numbers, keys: Keys) -> Iterator[Record]:
    for kind, text, custodian in _numbers(child, numbers):
        traced = kind == "NHS" and child.nhs_status == "01"
        checked = (NumberCheck.TRACED.value, NHS, _verified_on(child)) if traced else (None,) * 3
        yield (
            "identifier",
            {
                **_identifier(keys, kind, text),
                **dict(zip(("checked", "checked_by", "checked_on"), checked, strict=True)),
                "child": node,
                "custodian": custodian,
            },
        )


def _identifier(keys: Keys, kind: str, text: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "index": keys.index(kind, text),
        "cipher": keys.sealed(kind, text),
        "provenance": INVENTED,
    }


def _numbers(child: Child, numbers: Numbers) -> Iterator[tuple[str, str, str | None]]:
    """Kind, text, and the organisation that keeps the record."""
    if numbers.nhs:
        yield "NHS", str(numbers.nhs), None
    for record in numbers.local_authority:
        yield "LA", str(record), str(record.la_code)
    if numbers.upn:
        yield "UPN", str(numbers.upn), str(child.school.urn) if child.school else None
    if numbers.uln:
        yield "ULN", str(numbers.uln), str(child.provider.ukprn) if child.provider else None
    if numbers.child_benefit:
        yield "CHB", str(numbers.child_benefit), DWP


def _agreements(children: Sequence[Child]) -> Iterator[dict[str, Any]]:
    """Every island shares with every kind of organisation that may declare a purpose; the register says what."""
    day = children[0].today if children else datetime.now(UTC).date()
    for island in (*ISLANDS, "link"):
        for kind in _KINDS:
            yield {
                "agreement": f"{INVENTED}: {island} to {kind}",
                "island": island,
                "recipient_kind": kind,
                "purposes": ["*"],
                "categories": ["*"],
                "valid_from": day - timedelta(days=365),
                "valid_until": day + timedelta(days=3650),
            }


# (circumstance, relationship, purposes the family has agreed to, kind of that agreement)
_SEND = ("EHC_NEEDS_ASSESSMENT", "EHC_PLAN_REVIEW")
_OF_AUTHORITY: tuple[tuple[Circumstance, str, tuple[str, ...], str], ...] = (
    (Circumstance.EHC_REQUESTED, "open_request", _SEND, "CONSENT"),
    (Circumstance.EHC_PLAN, "active_plan", _SEND, "CONSENT"),
    (Circumstance.CHILD_IN_NEED, "open_referral", ("CIN_S17_ASSESSMENT",), "CONSENT"),
    (Circumstance.CHILD_IN_NEED, "contact_id", ("MASH_TRIAGE",), "CONSENT"),
    (Circumstance.CHILD_PROTECTION_PLAN, "s47_id", (), ""),
    (Circumstance.LOOKED_AFTER, "cla_episode", (), ""),
    (
        Circumstance.INTEGRATED_REVIEW,
        "registered_child",
        ("INTEGRATED_REVIEW_2",),
        "EXPLICIT_PARENTAL",
    ),
    (Circumstance.EARLY_YEARS, "application", ("EY_ENTITLEMENT_CHECK",), "APPLICATION"),
    (Circumstance.WORKING_FAMILY, "application", ("EY_ENTITLEMENT_CHECK",), "APPLICATION"),
    (Circumstance.FREE_SCHOOL_MEALS, "enrolled", ("FSM_EYPP_CHECK",), "APPLICATION"),
    (Circumstance.CARE_LEAVER, "pathway_plan", ("CARE_LEAVER_SUPPORT",), "EXPLICIT_YOUNG_PERSON"),
)


def _work(child: Child, node: UUID) -> Iterator[Record]:
    authority = str(child.authority)
    for circumstance, kind, purposes, given in _OF_AUTHORITY:
        if child.has(circumstance):
            yield _relationship(child, node, (authority, kind))
            yield from (_consent(child, node, purpose, given) for purpose in purposes)
    yield _relationship(child, node, (authority, "residence_in_la"))
    yield _relationship(child, node, (authority, "live_case_of_caller"))
    if 16 <= child.age < 18 or (child.has(Circumstance.EHC_PLAN) and child.age < 25):
        yield _relationship(child, node, (authority, "resident_16_17_or_ehcp_25"))
    yield from _elsewhere(child, node)
    yield from _cpis(child, node)
    if child.numbers.upn or child.year_group < 0:
        yield _adviser(child, node)


def _elsewhere(child: Child, node: UUID) -> Iterator[Record]:
    """The school's own pupils, the hospital's encounters, and the young person's own record."""
    if child.school:
        for kind in ("enrolled", "leaver_and_joiner"):
            yield _relationship(child, node, (str(child.school.urn), kind))
    if child.story:
        yield _relationship(child, node, (HOSPITAL, "encounter_id"))
    if child.account:
        own = _relationship(child, node, (str(child.authority), "verified_identity"))
        yield own[0], own[1] | {"actor": actor_id(ISSUER, child.account)}
    yield _relationship(child, node, (str(child.authority), "incident_or_sample"))


def _relationship(child: Child, node: UUID, whose: tuple[str, str]) -> Record:
    organisation, kind = whose
    return "relationship", {
        "child": node,
        "organisation": organisation,
        "kind": kind,
        "opened_on": child.today - timedelta(days=30),
    }


def _consent(child: Child, node: UUID, purpose: str, kind: str) -> Record:
    own = child.age >= 16 or kind == "EXPLICIT_YOUNG_PERSON"
    return "consent", {
        "child": node,
        "kind": kind,
        "purpose": purpose,
        "categories": ["*"],
        "given_by": "young person" if own else "parent",
        "capacity": "presumed, 16 or over" if own else "parental responsibility",
        "form": "WRITTEN",
        "recorded_by": "ehc_coordinator" if purpose in _SEND else "social_worker",
        "given_on": child.today - timedelta(days=25),
        "refresh_by": child.today + timedelta(days=340),
    }


_ON_CPIS = ((Circumstance.CHILD_PROTECTION_PLAN, "CPP"), (Circumstance.LOOKED_AFTER, "LAC"))


def _cpis(child: Child, node: UUID) -> Iterable[Record]:
    for circumstance, plan in _ON_CPIS:
        if child.has(circumstance):
            yield (
                "cpis_plan",
                {
                    "child": node,
                    "plan_type": plan,
                    "start_date": child.today - timedelta(days=210),
                    "la_code": str(child.authority),
                    "contact_telephone": f"01632 962{child.authority}",
                },
            )


def _adviser(child: Child, node: UUID) -> Record:
    role, name = (
        ("health visitor", "Ms T. Aldous")
        if child.year_group < 0
        else ("school nurse", "Mr J. Pell")
    )
    return "adviser", {
        "child": node,
        "role": role,
        "name": name,
        "organisation": "community health service",
        "telephone": f"01632 963{child.number % 1000:03}",
        "since": child.today - timedelta(days=400),
    }
