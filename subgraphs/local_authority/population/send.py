"""EHC cases at every stage of the clock: new, late, excused, refused, drafted, in force, under review, transferring, ceased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from subgraphs.local_authority.population.rows import SOURCE, File, Rows, Written, of_case
from subgraphs.local_authority.population.social_care import worker
from subgraphs.population import Circumstance, school_year

_COORDINATORS = ("Alex Thornbury", "Jo Castellan")
_ADVICE = (
    (
        "EDUCATIONAL",
        "head teacher",
        "School",
        "Works two years below age in reading; settles with a visual timetable.",
    ),
    (
        "PSYCHOLOGICAL",
        "educational psychologist",
        "Local authority",
        "Attention and working memory are the barrier.",
    ),
    (
        "MEDICAL",
        "community paediatrician",
        "NHS trust",
        "Under review for coordination; no medication.",
    ),
    ("SOCIAL_CARE", "social worker", "Local authority", "Known to early help; no current plan."),
    ("PARENT_OR_YOUNG_PERSON", "parent", "Family", "Wants to stay at the school with support."),
)
_SECTIONS = (
    ("A", "Hopes to work with animals and to have a best friend.", "parent and child"),
    ("B", "Needs help to follow spoken instructions and to start written work.", "educational psychologist"),
    ("C", "Coordination difficulties affect handwriting and dressing.", "community paediatrician"),
    ("D", "No social care needs that arise from the special educational needs.", "social worker"),
    ("E", "By the end of the key stage writes a paragraph unaided.", "EHC plan coordinator"),
    ("F", "15 hours a week of small-group teaching; weekly language programme.", "EHC plan coordinator"),
    ("G", "Occupational therapy programme, reviewed each term.", "occupational therapist"),
    ("H1", "None.", "social worker"),
    ("H2", "Short breaks, four hours a week.", "social worker"),
    ("I", "The school named on this plan.", "EHC plan coordinator"),
    ("J", "No personal budget was asked for.", "EHC plan coordinator"),
    ("K", "Advice of the head teacher, psychologist, paediatrician, social worker and parent.", "EHC plan coordinator"),
)  # fmt: skip


def requested(file: File, place: int) -> Rows:
    """An assessment that was asked for; `place` deals the stage it has reached."""
    weeks_ago, stage = _STAGES[place % len(_STAGES)]
    received = file.today - timedelta(weeks=weeks_ago)
    reached = stage(received)
    yield _case(file, received, reached)
    yield from worker(file, "EHC plan coordinator", _coordinator(file))
    yield _need(file, received)
    if reached.get("request_outcome") == "Y":
        yield from _advice(file, received + timedelta(weeks=6), weeks_ago)
    if draft := reached.get("draft_sent_on"):
        yield from _consulted(file, draft)


def planned(file: File, place: int) -> Rows:
    """A plan in force, or that was; `place` deals what is next for it."""
    years_ago, stage = _PLANS[place % len(_PLANS)]
    start = file.today - timedelta(days=years_ago)
    received = start - timedelta(weeks=19)
    yield _case(file, received, _issued(received, start) | _moving(file) | stage(file.today))
    yield from worker(file, "EHC plan coordinator", _coordinator(file))
    yield _need(file, start)
    yield from _sections(file, start)
    yield from _advice(file, received + timedelta(weeks=6), 52)
    yield _placed(file, start)
    yield from _reviews(file, place % len(_PLANS))


# Stages of a request: weeks since it was received, and what has been decided by then.


def _undecided(_: date) -> dict[str, Any]:
    return {}


def _assessing(received: date) -> dict[str, Any]:
    return {"request_outcome": "Y", "request_outcome_date": received + timedelta(weeks=5)}


def _drafted(received: date) -> dict[str, Any]:
    told = _assessing(received) | {
        "assessment_outcome": "Y",
        "assessment_outcome_date": received + timedelta(weeks=14),
    }
    return told | {"draft_sent_on": received + timedelta(weeks=14, days=3)}


def _excused(received: date) -> dict[str, Any]:
    return _drafted(received) | {"week20": True, "exception": "SCHOOL_CLOSED"}


def _not_assessed(received: date) -> dict[str, Any]:
    return {"request_outcome": "N", "request_outcome_date": received + timedelta(weeks=6)}


def _not_issued(received: date) -> dict[str, Any]:
    decided = received + timedelta(weeks=15)
    return _assessing(received) | {"assessment_outcome": "N", "assessment_outcome_date": decided}


_STAGES: tuple[tuple[int, Callable[[date], dict[str, Any]]], ...] = (
    (10, _assessing),
    (23, _excused),
    (13, _assessing),  # two advisers are late
    (2, _undecided),
    (7, _undecided),  # the six weeks are over
    (16, _drafted),
    (22, _drafted),  # so are the twenty
    (9, _not_assessed),
    (18, _not_issued),
)


def _issued(received: date, start: date) -> dict[str, Any]:
    return _drafted(received) | {
        "start_date": start,
        "plan_wbp": False,
        "pb": False,
        "oa": False,
        "dp": False,
    }


def _in_force(_: date) -> dict[str, Any]:
    return {}


def _ceased(today: date) -> dict[str, Any]:
    return {"cease_date": today - timedelta(days=30), "cease_reason": "2"}


def _moved_in(today: date) -> dict[str, Any]:
    return {"moved_in_on": today - timedelta(weeks=3), "transfer_la": "815"}


# Days since the plan was issued, and what has become of it. _reviews tells the rest by the same place.
_PLANS: tuple[tuple[int, Callable[[date], dict[str, Any]]], ...] = (
    (340, _in_force),  # its first review is due
    (400, _in_force),  # and here overdue
    (800, _in_force),  # reviewed, the decision late
    (800, _in_force),  # amendments proposed
    (500, _moved_in),
    (900, _ceased),
)


def _reviews(file: File, place: int) -> Rows:
    held = {2: 35, 3: 50, 4: 120}.get(place)
    if held is None:
        return
    meeting = file.today - timedelta(days=held)
    told = None if place == 2 else meeting + timedelta(weeks=4)
    yield of_case(
        _ref(file), "ehc_review", review_meeting=meeting, review_outcome=None if place == 2 else "A",
        review_outcome_date=told, review_draft=told,
        review_final=meeting + timedelta(weeks=11) if place == 4 else None,
    )  # fmt: skip


_LAST_YEARS = {
    2: "INFANT_TO_JUNIOR",
    6: "PRIMARY_TO_SECONDARY",
    11: "SECONDARY_TO_POST16",
    13: "BETWEEN_POST16",
}


def _moving(file: File) -> dict[str, Any]:
    """Those in the last year of a phase go through a transfer at the end of the school year."""
    transfer = _LAST_YEARS.get(file.child.year_group)
    if not transfer:
        return {}
    due = date(school_year(file.today) + 1, 9, 1)
    return {"phase_transfer": transfer, "phase_transfer_due_date": due}


def _coordinator(file: File) -> str:
    return _COORDINATORS[file.child.number % 2]


def _ref(file: File) -> str:
    return f"EHC-{file.known_as.la_code}-{file.child.number:05}"


def _case(file: File, received: date, reached: dict[str, Any]) -> Written:
    return file.row(
        "ehc_case",
        case_ref=_ref(file),
        coordinator=_coordinator(file),
        team="SEND statutory team",
        telephone=f"01632 960{file.known_as.la_code}",
        received_date=received,
        request_source=file.dice.choice(("1", "2", "2")),
        rya=False,
        request_mediation=False,
        request_tribunal=False,
        **{"week20": False} | reached,
    )


def _need(file: File, on: date) -> Written:
    kinds = ("SLCN", "ASD", "SEMH", "MLD", "HI", "PD")
    return of_case(
        _ref(file), "ehc_need", sen_type=file.dice.choice(kinds), sen_type_rank=1, recorded_on=on,
        author_role="educational psychologist", basis="the assessment",
    )  # fmt: skip


def _advice(file: File, asked: date, weeks: int) -> Rows:
    """The first two are back and agreed sufficient by all, the third by two of three, the rest may be late."""
    for place, (kind, role, organisation, text) in enumerate(_ADVICE):
        back = asked + timedelta(weeks=3 + place)
        received = back if back <= file.today and (place < 3 or weeks > 14) else None
        agreed = received if place < 3 else None
        yield of_case(
            _ref(file),
            "ehc_advice",
            advice_kind=kind,
            adviser_role=role,
            adviser_organisation=organisation,
            requested_on=asked,
            received_on=received,
            summary=text if received else None,
            recorded_on=received,
            basis="own assessment" if received else None,
            sufficient_for_provider=agreed,
            sufficient_for_la=agreed,
            sufficient_for_parent=agreed if place < 2 else None,
        )


def _consulted(file: File, draft: date) -> Rows:
    urn = str(file.child.school.urn) if file.child.school else None
    sent = draft + timedelta(days=3)
    yield of_case(
        _ref(file),
        "ehc_consultation",
        urn=urn,
        sent_on=sent,
        replied_on=file.after(sent, 12),
        reply="ACCEPTS",
    )
    yield of_case(_ref(file), "ehc_consultation", urn="990099", sent_on=sent)


def _sections(file: File, on: date) -> Rows:
    for section, content, role in _SECTIONS:
        yield "ehc_section", {
            "source": SOURCE, "as_at": file.today, "case_ref": _ref(file), "section": section, "content": content,
            "author_role": role, "recorded_on": on, "basis": "the final plan",
        }  # fmt: skip


def _placed(file: File, start: date) -> Written:
    school, provider = file.child.school, file.child.provider
    neet = file.child.has(Circumstance.NOT_PARTICIPATING)
    return of_case(
        _ref(file),
        "ehc_placement",
        named=True,
        urn=str(school.urn) if school else None,
        ukprn=str(provider.ukprn) if provider and not school else None,
        sen_setting="NEET" if neet else None if school or provider else "OLA",
        placement_rank=1,
        sen_unit_indicator=False,
        resourced_provision_indicator=False,
        entry_date=start,
    )
