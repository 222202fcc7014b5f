"""admit.case: what each purpose opens of an operation, as an IG lead can read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.federation.planning.operation import Operation
from gateway.purpose.admit import Admission, Admissions, refuse_if_withheld
from gateway.purpose.labels import Labels
from gateway.register import Register, load

Read = Callable[[str], Operation]


@dataclass(frozen=True)
class Case:
    title: str
    caller: tuple[str, str, str]
    uses: tuple[str, ...]
    operation: str
    then: str


def cases() -> Iterator[Case]:
    text = Path(__file__).with_name("admit.case").read_text()
    for block in re.split(r"^# ", text, flags=re.M)[1:]:
        title, rest = block.split("\n--- as ", 1)
        who, rest = rest.split("\n", 1)
        asked, then = rest.split("--- then\n")
        purpose, role, kind, *uses = who.split()
        yield Case(title, (purpose, role, kind), tuple(uses[1:]), asked, then.strip())


def admitted(case: Case, read: Read, register: Register, labels: Labels) -> Admission:
    if case.uses:
        register = load(Path("schema/register.toml"), uses=case.uses)
    opening = register.opening(*case.caller)
    return Admissions(register, labels).admit(read(case.operation), opening)


def told(admission: Admission) -> str:
    lines = dict.fromkeys(
        " ".join([one.coordinate, one.code, *one.categories]) for one in admission.withheld
    )
    asked = [
        f"asked {subgraph}: {', '.join(codes)}"
        for subgraph, codes in sorted(admission.categories.items())
        if codes
    ]
    return "\n".join([*sorted(lines), *asked]) or "everything is open"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.title)
def test_the_purpose_opens(case: Case, operation: Read, register: Register, labels: Labels) -> None:
    assert told(admitted(case, operation, register, labels)) == case.then


def test_withheld_fields_are_named_where_the_client_asked(
    operation: Read, register: Register, labels: Labels
) -> None:
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    asked = operation("{ a: pupil(upn: 1) { lunch: meals } b: pupil(upn: 2) { sen meals } }")

    withheld = Admissions(register, labels).admit(asked, opening).withheld

    assert [(one.path, one.coordinate) for one in withheld] == [
        (("a", "lunch"), "Pupil.meals"),
        (("b", "meals"), "Pupil.meals"),
    ]


def test_what_is_released_is_named_by_island(
    operation: Read, register: Register, labels: Labels
) -> None:
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    asked = operation("{ child(upn: 1) { pupil { sen meals } } }")

    released = Admissions(register, labels).admit(asked, opening).released

    assert released == {"link": ("Child.pupil", "Query.child"), "schools": ("Pupil.sen",)}


def test_a_client_may_ask_for_all_or_nothing(
    operation: Read, register: Register, labels: Labels
) -> None:
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    admissions = Admissions(register, labels)

    refuse_if_withheld(admissions.admit(operation("{ pupil(upn: 1) { sen } }"), opening))
    with pytest.raises(Refused, match=r"Pupil\.meals \(PROHIBITED\)"):
        refuse_if_withheld(admissions.admit(operation("{ pupil(upn: 1) { meals sen } }"), opening))


def test_an_operation_is_looked_at_once(
    operation: Read, register: Register, labels: Labels
) -> None:
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    other = register.opening("EHC_NEEDS_ASSESSMENT", "send_manager", "LA")
    admissions = Admissions(register, labels)
    asked = operation("{ pupil(upn: 1) { sen } }")

    assert admissions.admit(asked, opening) is admissions.admit(asked, opening)
    assert admissions.admit(asked, opening) is not admissions.admit(asked, other)
