"""Facts of one child → what is open. The register's own conditions are tested where they live."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from gateway.register import Register
from subgraphs.link.decide import Asker, Decisions, Open, person_of
from subgraphs.link.islands import LINK, LOCAL_AUTHORITY, SCHOOLS, Island

TODAY = date(2026, 11, 22)
COORDINATOR = Asker(
    purpose="EHC_NEEDS_ASSESSMENT",
    role="ehc_coordinator",
    kind="LA",
    organisation="838",
    family="send",
    relationship="open_request",
    case=None,
    actor="someone",
)
EVERYTHING: tuple[str | None, list[str]] = (None, ["*"])


def row(**differences: Any) -> dict[str, Any]:
    """A child about whom everything that the purpose asks for is so."""
    ordinary = {
        "status": "01",
        "sealed_at": None,
        "adopted": False,
        "restriction": "U",
        "birth_date": date(2013, 2, 11),
        "related": True,
        "personal": False,
        "holds_restricted": False,
        "consents": orjson.dumps([["CONSENT", ["*"]]]).decode(),
        "objections": None,
    }
    return ordinary | differences


@pytest.fixture(scope="module")
def decisions(register: Register) -> Decisions:
    return Decisions(register)


def codes(decisions: Decisions, opened: Open) -> set[str]:
    return set(decisions.written(opened.mask))


def opened(
    decisions: Decisions,
    island: Island = SCHOOLS,
    custody: tuple[str | None, list[str]] = EVERYTHING,
    **differences: Any,
) -> set[str]:
    person = person_of(COORDINATOR, row(**differences), TODAY)
    return codes(decisions, decisions.opened(COORDINATOR, island, person, custody))


def test_when_everything_holds_all_that_the_purpose_admits_of_the_island_is_open(
    decisions: Decisions, register: Register
) -> None:
    admitted = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    of_schools = {c for c in register.scale.written(admitted.open) if c.startswith("SC.")}

    assert opened(decisions) == of_schools != set()


@pytest.mark.parametrize(
    "differences",
    [
        {"related": False},
        {"consents": None},
        {"objections": orjson.dumps([["DISSENT", ["*"]]]).decode()},
        {"objections": orjson.dumps([["DETRIMENT", ["*"]]]).decode()},
        {"sealed_at": TODAY},
        {"status": "02"},
        {"status": "07"},
    ],
)
def test_whatever_is_missing_closes_the_island(
    decisions: Decisions, differences: dict[str, Any]
) -> None:
    assert opened(decisions, **differences) == set()


def test_without_an_agreement_nothing_leaves_the_island_but_to_its_own_custodian(
    decisions: Decisions,
) -> None:
    assert opened(decisions, LOCAL_AUTHORITY, ("839", [])) == set()
    assert "LA.CORE" in opened(decisions, LOCAL_AUTHORITY, ("838", []))
    assert (
        opened(decisions, SCHOOLS, ("838", [])) == set()
    )  # an authority keeps no school's records


def test_an_agreement_opens_its_categories_and_no_others(decisions: Decisions) -> None:
    assert opened(decisions, custody=(None, ["SC.SEN"])) == {"SC.SEN", "SC.SEN:E"}


def test_a_dissent_closes_the_categories_it_names(decisions: Decisions) -> None:
    refused = orjson.dumps([["DISSENT", ["SC.EXCL"]]]).decode()

    assert opened(decisions) - opened(decisions, objections=refused) == {"SC.EXCL", "SC.EXCL:E"}


def test_a_restricted_record_closes_what_tells_where_the_child_is(decisions: Decisions) -> None:
    closed = opened(decisions) - opened(decisions, restriction="R")

    assert closed == {"SC.ENROL", "SC.ENROL:E"}
    assert opened(decisions, restriction="R", holds_restricted=True) == opened(decisions)


def test_of_an_unverified_child_everyone_may_learn_that_it_is_so(decisions: Decisions) -> None:
    assert opened(decisions, LINK, status="05") == {"N.STATUS", "N.STATUS:E"}


def test_an_unverified_child_stays_open_to_the_custodian(decisions: Decisions) -> None:
    verified = opened(decisions, LOCAL_AUTHORITY, ("838", ["*"]))

    assert opened(decisions, LOCAL_AUTHORITY, ("838", ["*"]), status="02") == verified != set()


def test_what_kept_something_closed_is_named_for_the_record(decisions: Decisions) -> None:
    person = person_of(COORDINATOR, row(related=False, consents=None), TODAY)

    found = decisions.opened(COORDINATOR, SCHOOLS, person, EVERYTHING)

    assert {condition for condition, _ in found.missing} == {"relationship", "consent"}
