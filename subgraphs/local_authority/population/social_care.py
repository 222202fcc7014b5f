"""Referrals, assessments, enquiries and plans: children in need now or before, and children at risk."""

from __future__ import annotations

from datetime import timedelta

from subgraphs.local_authority.population.rows import File, Rows
from subgraphs.population import Circumstance

_WORKERS = ("Morgan Ellery", "Ravi Banerjee", "Siobhan Crewe", "Tunde Alabi", "Gwen Prosser")
_SOURCES = ("2A", "3A", "3B", "3E", "6", "1A", "5D")
_WITH_WORKER = {
    Circumstance.CHILD_IN_NEED: "Social worker",
    Circumstance.CHILD_PROTECTION_PLAN: "Social worker",
    Circumstance.LOOKED_AFTER: "Social worker",
    Circumstance.CARE_LEAVER: "Personal adviser",
}


def rows(file: File) -> Rows:
    child = file.child
    yield from _worker(file)
    if child.has(Circumstance.CHILD_IN_NEED_BEFORE):
        yield from _before(file)
    in_need = child.has(Circumstance.CHILD_IN_NEED)
    at_risk = child.has(Circumstance.CHILD_PROTECTION_PLAN)
    if in_need or at_risk or child.has(Circumstance.LOOKED_AFTER):
        yield from _open(file)
    if in_need and not at_risk:
        start = file.ago(file.dice.randrange(10, 60))
        yield file.row("cin_plan_dates", referral=2, cin_plan_start_date=start)
    if at_risk:
        yield from _protected(file)


def worker(file: File, role: str, name: str | None = None) -> Rows:
    code, dice = str(file.known_as.la_code), file.dice
    yield file.row(
        "key_worker",
        worker_role=role,
        worker_name=name or dice.choice(_WORKERS),
        team=f"{dice.choice(('North', 'South', 'Central'))} team",
        # 01632 960 is Ofcom's range for fiction.
        telephone=f"01632 960{code}",
        duty_telephone="01632 960999",
        start_date=file.ago(dice.randrange(30, 500)),
    )


def _worker(file: File) -> Rows:
    for circumstance, role in _WITH_WORKER.items():
        if file.child.has(circumstance):
            yield from worker(file, role)
            return


def _before(file: File) -> Rows:
    """A closed episode; for every other child it ended with a child protection plan, within the year."""
    dice = file.dice
    start = file.ago(dice.randrange(500, 1200))
    yield file.row(
        "cin_details",
        sequence=1,
        cin_referral_date=start,
        referral_source=dice.choice(_SOURCES),
        referral_nfa=False,
        primary_need_code=dice.choice(("N2", "N4", "N5")),
        cin_closure_date=file.ago(190),
        reason_for_closure=dice.choice(("RC7", "RC8", "RC9")),
    )
    yield from _assessed(file, 1, 500)
    if file.child.number % 2:
        yield file.row(
            "child_protection_plan",
            referral=1,
            cpp_start_date=file.ago(480),
            cpp_end_date=file.ago(200),
            initial_category_of_abuse="NEG",
            latest_category_of_abuse="EMO",
            number_of_previous_cpp=0,
            cpp_review_dates=[file.ago(390), file.ago(210)],
        )


def _open(file: File) -> Rows:
    dice = file.dice
    days = dice.randrange(80, 300)
    yield file.row(
        "cin_details",
        sequence=2,
        cin_referral_date=file.ago(days),
        referral_source=dice.choice(_SOURCES),
        referral_nfa=False,
        primary_need_code=dice.choice(("N1", "N1", "N2", "N4", "N5", "N8")),
    )
    yield from _assessed(file, 2, days - 2)


def _assessed(file: File, referral: int, days: int) -> Rows:
    start = file.ago(days)
    yield file.row(
        "assessment",
        referral=referral,
        assessment_actual_start_date=start,
        assessment_internal_review_date=file.after(start, 14),
        assessment_authorisation_date=file.after(start, file.dice.randrange(25, 80)),
        assessment_factors=file.dice.sample(("3B", "4B", "2B", "4A", "16A", "17A", "10A"), 2),
    )


def _protected(file: File) -> Rows:
    """An enquiry, and the plan its conference made; a child born days ago still awaits the conference."""
    dice = file.dice
    start = file.ago(dice.randrange(40, 75))
    conference = file.after(start, 18)
    yield file.row(
        "section47",
        referral=2,
        s47_actual_start_date=start,
        initial_cpc_target=start + timedelta(days=21),
        date_of_initial_cpc=conference,
        icpc_not_required=False,
    )
    category = dice.choice(("NEG", "EMO", "PHY", "SAB"))
    previous = dice.randrange(2)
    if conference:
        yield file.row(
            "child_protection_plan",
            referral=2,
            cpp_start_date=conference,
            initial_category_of_abuse=category,
            latest_category_of_abuse=category,
            number_of_previous_cpp=previous,
            cpp_review_dates=[],
        )
