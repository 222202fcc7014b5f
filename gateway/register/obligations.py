"""What a purpose obliges to → who carries it out. The list is closed: a register with another obligation is not read.

`HERE` are carried out by the system wherever the purpose is declared; `BY_CALLER` are duties of people that no system
can do for them: they are told with every answer (`extensions.obligations`), and stand in every record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ON_ALERT = "alert_caldicott_guardian"
"""The purpose is an emergency by itself."""

HERE: Mapping[str, str] = {
    ON_ALERT: "the link node alerts on `link_alerts` and keeps the attempt; the ledger's review queue shows it",
    "review_within_one_working_day": "the ledger's review queue shows it with the day by which it is due",
    "withhold_from_subject_until_reviewed": "the subject's view leaves it out until a guardian has cleared it",
    "not_in_parents_view": "a parent's view leaves it out",
    "record_reason_without_consent": "the consent rule `sought_unless_unsafe` opens nothing without one",
    "notify_authority": "each access to CP-IS is told to the responsible authority",
    "suppress_small_counts": "counts are kept as they may be published, and no other way",
    "redact_third_parties": "the condition `no_third_party` closes what speaks of somebody else",
    "no_bulk_export": "no operation answers for more than a caseload, and nothing is listed",
    "alert_on_rate": "the budgets of a caller end what is asked too often, and alert",
    "two_people": "the condition `second_person` opens nothing to one person alone",
}
BY_CALLER: Mapping[str, str] = {
    "tell_family_unless_risk": "tell the family that you asked, unless that puts the child at risk",
    "airlock": "what leaves the project is checked by a second person first",
}
OBLIGATIONS = frozenset({*HERE, *BY_CALLER})


def told(obligations: Iterable[str]) -> dict[str, str]:
    """Those that whoever asks has to carry out, each with what it says."""
    return {one: BY_CALLER[one] for one in obligations if one in BY_CALLER}
