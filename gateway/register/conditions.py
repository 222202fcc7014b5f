"""Facts about one child in one island → which categories a condition holds for.

The list is closed and every condition is a pure function. Unknown is not satisfied: a fact that is None
holds for nothing. The register names conditions; the link node knows facts; nobody else decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ADULT_MONTHS = 18 * 12

Codes = frozenset[str]
"""Category codes; `*` stands for all of them. A code covers its parts: LA.CORE covers LA.CORE.DOB."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The categories a condition holds for: those in `codes`, or with `others` all but those."""

    codes: Codes
    others: bool = False


EVERYTHING = Scope(frozenset(), others=True)
NOTHING = Scope(frozenset())


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one child in one island for one caller. None: not known."""

    # May these two organisations share at all, and is this caller working with this child?
    custodian: bool | None = None  # the caller's own organisation holds the record
    agreed: Codes | None = None  # live data-sharing agreements for this purpose cover these
    relationship: bool | None = None  # a live case of the purpose's kind, of this caller's team
    # What did the family, the young person or a worker decide?
    consented: Codes | None = None  # agreement by someone entitled to give it
    explicit_parental: Codes | None = None
    explicit_young_person: Codes | None = None
    necessity_opinion: bool | None = None  # SEND Regulations 2014 reg 17, recorded by the authority
    reason_without_consent: bool | None = None  # recorded: why it was unsafe to ask
    best_interests: bool | None = None  # Care Act 2014 s58(3)-(4), or risk of abuse or neglect
    application: bool | None = None  # the parent's own, on file
    parent_agrees: Codes | None = None
    dissented: Codes | None = None  # refusals and objections in force; empty when there are none
    detrimental: Codes | None = None  # Children Act 2004 s16LA(3); empty when there is none
    # What is this record?
    sealed: bool | None = None
    adopted: bool | None = None
    restricted: bool | None = None
    own_team: bool | None = None  # the caller is the team that holds the restricted record
    age_months: int | None = None
    # Who asks, and with whom?
    own_record: bool | None = None  # the caller is the child, or holds the right on its behalf
    serious_harm: Codes | None = None
    third_party: Codes | None = None  # categories that speak of someone else here
    own_advice: bool | None = None
    carer_of_this_placement: bool | None = None
    dsl: bool | None = None  # the caller is a designated safeguarding lead known to the link node
    dsl_handover: bool | None = None  # from one designated safeguarding lead to another
    incident: bool | None = None  # an open incident names this child
    statutory_process: bool | None = None
    second_person: bool | None = None  # a second person has approved this release


Condition = Callable[[Facts], Scope]


def _if(value: bool | None) -> Scope:
    return EVERYTHING if value is True else NOTHING


def _for(codes: Codes | None) -> Scope:
    return NOTHING if codes is None else Scope(codes)


def _but(codes: Codes | None) -> Scope:
    return NOTHING if codes is None else Scope(codes, others=True)


def _agreement(facts: Facts) -> Scope:
    return EVERYTHING if facts.custodian is True else _for(facts.agreed)


def _reg17(facts: Facts) -> Scope:
    return EVERYTHING if facts.necessity_opinion is True else _for(facts.consented)


def _sought_unless_unsafe(facts: Facts) -> Scope:
    return EVERYTHING if facts.reason_without_consent is True else _for(facts.consented)


def _care_act_s58(facts: Facts) -> Scope:
    return EVERYTHING if facts.best_interests is True else _for(facts.consented)


def _not_restricted(facts: Facts) -> Scope:
    return _if(facts.restricted is False or facts.own_team is True)


def _dsl_when_restricted(facts: Facts) -> Scope:
    return _if(facts.restricted is False or facts.dsl is True)


def _aged_18(facts: Facts) -> Scope:
    return _if(facts.age_months is not None and facts.age_months >= ADULT_MONTHS)


CONDITIONS: Mapping[str, Condition] = {
    # of every cell
    "agreement": _agreement,
    "not_detrimental": lambda facts: _but(facts.detrimental),
    "not_sealed": lambda facts: _if(facts.sealed is False),
    "no_dissent": lambda facts: _but(facts.dissented),
    "not_restricted": _not_restricted,
    "relationship": lambda facts: _if(facts.relationship),
    # of the consent rules
    "consent": lambda facts: _for(facts.consented),
    "explicit_parental": lambda facts: _for(facts.explicit_parental),
    "explicit_young_person": lambda facts: _for(facts.explicit_young_person),
    "reg17": _reg17,
    "sought_unless_unsafe": _sought_unless_unsafe,
    "care_act_s58": _care_act_s58,
    "application": lambda facts: _if(facts.application),
    "own_record": lambda facts: _if(facts.own_record),
    "statutory_process": lambda facts: _if(facts.statutory_process),
    # of single rows
    "parent_agrees": lambda facts: _for(facts.parent_agrees),
    "necessity_opinion": lambda facts: _if(facts.necessity_opinion),
    "not_adopted": lambda facts: _if(facts.adopted is False),
    "dsl_when_restricted": _dsl_when_restricted,
    "dsl_handover": lambda facts: _if(facts.dsl_handover),
    "own_advice": lambda facts: _if(facts.own_advice),
    "carer_of_this_placement": lambda facts: _if(facts.carer_of_this_placement),
    "no_serious_harm": lambda facts: _but(facts.serious_harm),
    "no_third_party": lambda facts: _but(facts.third_party),
    "incident": lambda facts: _if(facts.incident),
    "second_person": lambda facts: _if(facts.second_person),
    "aged_18": _aged_18,
}
"""Every condition there is. `age` is missing here: its bounds are the purpose's own."""

CONSENT_RULES: Mapping[str, tuple[str, ...]] = {
    "not_needed": (),
    "agreement_expected": ("consent",),
    "explicit_parental": ("explicit_parental",),
    "explicit_young_person": ("explicit_young_person",),
    "reg17": ("reg17",),
    "sought_unless_unsafe": ("sought_unless_unsafe",),
    "care_act_s58": ("care_act_s58",),
    "parent_applies": ("application",),
    "implied_direct_care": (),
    "objection_honoured": (),
    "own_right": ("own_record",),
    "statutory_process": ("statutory_process",),
}
"""A purpose's consent rule → the conditions it puts on each of its cells. Where a rule puts none,
dissent still closes, unless the purpose's statute overrides it."""

NEVER_OVERRIDDEN = frozenset({"not_sealed", "agreement", "not_detrimental"})
"""No emergency stands in for these."""


def within(bounds: tuple[int, int], facts: Facts) -> Scope:
    """The condition `age`: between two ages in months, both included."""
    age = facts.age_months
    return _if(age is not None and bounds[0] <= age <= bounds[1])
