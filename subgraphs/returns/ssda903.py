"""SSDA903 CSV tables → what one authority holds about the children it looks after.

No 903 file says which authority or year it is: the command must. Source: SSDA903 guides 2017 to 2026.
"""

from __future__ import annotations

import re
from datetime import date

from subgraphs.returns.codes import social_care as codes
from subgraphs.returns.format import Format
from subgraphs.returns.kinds import (
    DATE,
    FLAG,
    LOCAL_CHILD_ID,
    SEX,
    TEXT,
    UPN,
    WHOLE,
    Kind,
    Values,
    code,
    whole,
)
from subgraphs.returns.reasons import Reason
from subgraphs.returns.record import Item, Table

_CHILD = Item("CHILD", LOCAL_CHILD_ID, "local_child_id", required=True)
_DOB = Item("DOB", DATE, "dob")


def _partial_date(text: str) -> Values | Reason:
    return (
        (text,)
        if re.fullmatch(r"(?:[0-9]{1,2}|zz)/(?:[0-9]{1,2}|zz)/[0-9]{4}", text, re.I)
        else Reason.NOT_A_DATE
    )


# zz/mm/yyyy and zz/zz/yyyy are allowed when the day or month of an order is not known.
_PARTIAL_DATE = Kind((("", "text"),), _partial_date)


def _table(name: str, *items: Item, key: tuple[str, ...], known_by: str) -> Table:
    return Table(
        f"local_authority.{name}",
        (_CHILD, *items),
        key=("local_child_id", *key),
        carries={"source": "$1", "as_at": "$2", "la_code": "$3"},
        known_by=("CHILD", *known_by.split()),
    )


_TABLES = (
    _table(
        "child",
        Item("SEX", SEX),
        Item("DOB", DATE, "person_birth_date"),
        Item("ETHNIC", code(codes.ETHNICITIES), "ethnicity"),
        Item("UPN", UPN),
        Item("MOTHER", FLAG),
        Item("MC_DOB", DATE),
        key=(),
        known_by="SEX DOB ETHNIC",
    ),
    _table(
        "episode",
        Item("DECOM", DATE, required=True),
        Item("RNE", code(codes.REASONS_FOR_EPISODE)),
        Item("LS", code(codes.LEGAL_STATUSES)),
        Item("CIN", code(codes.NEEDS)),
        Item("PLACE", code(codes.PLACEMENTS)),
        Item("PLACE_PROVIDER", code(codes.PLACEMENT_PROVIDERS)),
        Item("DEC", DATE),
        Item("REC", code(codes.EPISODE_ENDS)),
        Item("REASON_PLACE_CHANGE", code(codes.PLACE_CHANGE_REASONS)),
        Item("HOME_POST", TEXT),
        Item("PL_POST", TEXT),
        Item("URN", TEXT),  # Ofsted's own number for a children's home, not GIAS's
        key=("decom",),
        known_by="DECOM RNE LS",
    ),
    _table(
        "review",
        _DOB,
        Item("REVIEW", DATE, required=True),
        Item("REVIEW_CODE", code(codes.REVIEW_CODES)),
        key=("review", "review_code"),
        known_by="REVIEW REVIEW_CODE",
    ),
    _table(
        "missing",
        _DOB,
        Item("MISSING", code(codes.MISSING_OR_AWAY)),
        Item("MIS_START", DATE, required=True),
        Item("MIS_END", DATE),
        key=("missing", "mis_start"),
        known_by="MISSING MIS_START MIS_END",
    ),
    _table(
        "oc2",
        _DOB,
        Item("SDQ_SCORE", whole(0, 40)),
        Item("SDQ_REASON", code(codes.SDQ_REASONS)),
        Item("CONVICTED", FLAG),
        Item("HEALTH_CHECK", FLAG),
        Item("IMMUNISATIONS", FLAG),
        Item("TEETH_CHECK", FLAG),
        Item("HEALTH_ASSESSMENT", FLAG),
        Item("SUBSTANCE_MISUSE", FLAG),
        Item("INTERVENTION_RECEIVED", FLAG),
        Item("INTERVENTION_OFFERED", FLAG),
        key=(),
        known_by="SDQ_SCORE CONVICTED",
    ),
    _table(
        "oc3",
        _DOB,
        Item("IN_TOUCH", code(codes.IN_TOUCH)),
        Item("ACTIV", code(codes.ACTIVITIES)),
        Item("ACCOM", code(codes.ACCOMMODATION)),
        key=(),
        known_by="IN_TOUCH ACTIV ACCOM",
    ),
    _table(
        "ad1",
        _DOB,
        Item("DATE_INT", DATE),
        Item("DATE_MATCH", DATE),
        Item("FOSTER_CARE", FLAG),
        Item("NB_ADOPTR", WHOLE),
        Item("SEX_ADOPTR", code(codes.SEXES_OF_ADOPTERS)),
        Item("LS_ADOPTR", code(codes.LEGAL_STATUSES_OF_ADOPTERS)),
        key=(),
        known_by="DATE_INT DATE_MATCH NB_ADOPTR",
    ),
    _table(
        "placed_for_adoption",
        _DOB,
        Item("DATE_PLACED", DATE, required=True),
        Item("DATE_PLACED_CEASED", DATE),
        Item("REASON_PLACED_CEASED", code(codes.ADOPTION_CEASED)),
        key=("date_placed",),
        known_by="DATE_PLACED DATE_PLACED_CEASED",
    ),
    _table(
        "previous_permanence",
        _DOB,
        Item("PREV_PERM", code(codes.PREVIOUS_PERMANENCE)),
        Item("LA_PERM", TEXT),
        Item("DATE_PERM", _PARTIAL_DATE),
        key=(),
        known_by="PREV_PERM LA_PERM DATE_PERM",
    ),
    _table(
        "uasc", Item("SEX", SEX), _DOB, Item("DUC", DATE), key=(), known_by="SEX DUC"
    ),
    _table(
        "sw_episode",
        _DOB,
        Item("SW_ID", TEXT, required=True),
        Item("SW_DECOM", DATE, required=True),
        Item("SW_DEC", DATE),
        Item("SW_REASON", code(codes.SOCIAL_WORKER_CHANGES)),
        key=("sw_id", "sw_decom"),
        known_by="SW_ID SW_DECOM",
    ),
    _table(
        "dolo",
        _DOB,
        Item("DOLO_START", DATE, required=True),
        Item("DOLO_END", DATE),
        key=("dolo_start",),
        known_by="DOLO_START DOLO_END",
    ),
)  # fmt: skip

SSDA903 = Format(
    name="ssda903",
    title="SSDA903 looked-after children return (CSV tables)",
    tables=_TABLES,
    # The return year ends on 31 March.
    speaks_of=lambda year, _term: date(int(year), 3, 31),
)
