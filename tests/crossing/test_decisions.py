"""What the record says was decided about each child: of what is remembered between requests, nothing is another's."""

from __future__ import annotations

import pytest

from gateway.crossing.decisions import NOBODY, Decided, Silence, decisions
from gateway.crossing.narrow import Cut, Measured
from gateway.crossing.told import Crossing

SEN, ATTENDANCE = 1, 2


def part(*kept: str, cut: dict[str, int] | None = None) -> Measured:
    cuts = tuple(Cut((name,), name, need) for name, need in (cut or {}).items())
    return Measured(dict.fromkeys(kept), cuts)


def of(*decided: Decided) -> dict[tuple[str | None, str], tuple[tuple[str, ...], dict[str, str]]]:
    return {
        place: (tuple(one.released), dict(one.withheld))
        for place, one in decisions(decided).items()
    }


def test_each_child_has_its_own_reasons_for_the_same_cut() -> None:
    same = part("Pupil.sen", cut={"Pupil.absences": ATTENDANCE})
    children = [
        Crossing("s1", SEN, (("consent", ATTENDANCE),)),
        Crossing("s2", SEN, (("agreement", SEN | ATTENDANCE), ("consent", ATTENDANCE))),
        Crossing("s3", SEN, (("consent", SEN),)),
        Crossing("s4", SEN),
        None,
    ]

    found = of(("schools", children, same), ("schools", children, same))

    assert {subject: refused["Pupil.absences"] for (subject, _), (_, refused) in found.items()} == {
        "s1": "consent",
        "s2": "agreement",
        "s3": "not_open",
        "s4": "not_open",
        None: "no_crossing",
    }
    assert {released for released, _ in found.values()} == {("Pupil.sen",)}


def test_a_child_that_several_fetches_were_about_has_all_of_them_and_the_first_reason() -> None:
    first = part("Pupil.sen", cut={"Pupil.absences": ATTENDANCE})
    second = part("Pupil.name", "Pupil.sen", cut={"Pupil.absences": ATTENDANCE})

    found = of(
        ("schools", [Crossing("s1", SEN, (("consent", ATTENDANCE),))], first),
        ("learners", [Crossing("s1", 0)], part()),
        ("schools", [Crossing("s1", SEN, (("dissent", ATTENDANCE),))], second),
    )

    assert found == {
        ("s1", "schools"): (("Pupil.sen", "Pupil.name"), {"Pupil.absences": "consent"}),
        ("s1", "learners"): ((), {}),
    }


def test_nobody_found_and_a_child_that_was_not_told_of_are_kept_with_why() -> None:
    assert of(
        ("link", NOBODY, Silence("no_child")),
        ("link", [Crossing("s1", 0, (("seal", SEN),), seen=False)], Silence("seal")),
    ) == {(None, "link"): ((), {"*": "no_child"}), ("s1", "link"): ((), {"*": "seal"})}


def test_a_part_that_is_gone_leaves_nothing_to_another() -> None:
    """Decisions are remembered by the objects they are of; an object that is gone may leave its place to the next."""
    for serial in range(10_000):
        name = f"Pupil.f{serial}"

        found = of(("schools", [Crossing("s", 0)], part(name)))

        assert found["s", "schools"] == ((name,), {})


def test_what_is_shared_between_requests_can_be_changed_by_none() -> None:
    once = part("Pupil.sen", cut={"Pupil.absences": ATTENDANCE})
    (decision,) = decisions([("schools", [Crossing("s1", SEN)], once)]).values()

    with pytest.raises(TypeError):
        decision.released["Pupil.absences"] = None
    with pytest.raises(TypeError):
        del decision.withheld["Pupil.absences"]
    assert decisions([("schools", [Crossing("s2", SEN)], once)])["s2", "schools"] is decision
