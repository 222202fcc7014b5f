"""School census COLLECT tables (CSV) → what schools returned about each pupil in one term.

A COLLECT export carries the Department's own row numbers and a name for the school that is not its
URN; it names neither authority nor year. Its UPNs are often made opaque: such a pupil is kept as
filed and joins nobody. Source: school census specifications 2015 to 2026.
"""

from __future__ import annotations

from datetime import date, timedelta

from subgraphs.returns.codes import schools as codes
from subgraphs.returns.format import Format
from subgraphs.returns.kinds import (
    DATE,
    DECIMAL,
    FLAG,
    SEX,
    TEXT,
    ULN,
    UPN,
    WHOLE,
    Kind,
    code,
)
from subgraphs.returns.record import Item, Table

_SEN = code(codes.SEN_PROVISIONS)
_REASON = code(codes.EXCLUSION_REASONS)
_YES_NO = code({"Y", "N"}, {"Yes": "Y", "No": "N"})


def _items(kind: Kind, **named: str) -> tuple[Item, ...]:
    """Column → heading."""
    return tuple(Item(heading, kind, column) for column, heading in named.items())


_ON, _OFF = "pupilonrolltableid", "pupilnolongeronrolltableid"
# A pupil who left twice has one number and two sources: only all three together are one row.
_RECORD = "concat_ws('/', t.native_id, t.pupil_number, t.source_number)"


def _table(
    name: str, collect: str, pupil: str, *items: Item, known_by: str, **carries: str
) -> Table:
    """A COLLECT table. Pupils off roll share the island's tables with those on it, as a part of their own."""
    number = f"{collect}tableid"
    own_number = () if number == pupil else (Item(number, TEXT, "collect_id", required=True),)
    return Table(
        f"schools.{name}",
        (
            Item(pupil, TEXT, "pupil_number", required=True, carried=True),
            Item("sourceid", TEXT, "source_number", required=True, carried=True),
            Item("NativeId", TEXT, "native_id", required=True, carried=bool(own_number)),
            *own_number,
            Item(f"{collect}orderseqcolumn", TEXT, "collect_sequence", required=True),
            *items,
        ),
        key=(
            "pupil_number",
            "source_number",
            "native_id",
            *(("collect_id", "collect_sequence") if own_number else ()),
        ),
        carries={
            "source": "$1",
            "record": _RECORD,
            **carries,
        },
        known_by=(number, pupil, "sourceid", "NativeId", *known_by.split()),
        part="" if pupil == _ON else "off-roll",
    )


def _pupil(name: str, pupil: str, on_roll: str, *items: Item, known_by: str) -> Table:
    return _table(
        "pupil",
        name,
        pupil,
        *_PERSON,
        *items,
        known_by=f"upn {known_by}",
        as_at="$2",
        on_roll=on_roll,
    )


_PERSON = (
    Item("upn", UPN),
    Item("formerupn", UPN, "former_upn"),
    Item("uniquelearnernumber", ULN, "unique_learner_number"),
    Item("surname", TEXT),
    Item("forename", TEXT),
    *_items(TEXT, middle_names="middlenames", preferred_surname="preferredsurname"),
    Item("formersurname", TEXT, "former_surname"),
    Item("dob", DATE, "birth_date"),
    Item("sex", SEX, also=("gender",)),
    Item("ethnicity", code(codes.ETHNICITIES)),
    Item("language", code(codes.LANGUAGES)),
    Item("entrydate", DATE, "entry_date"),
    Item("parttime", FLAG, "part_time"),
    Item("boarder", code(codes.BOARDING)),
    Item("termlysessionspossible", WHOLE, "termly_sessions_possible"),
)
_EXCLUSION = (
    Item("startdate", DATE, "start_date"),
    Item("sessions", WHOLE),
    Item("category", code(codes.EXCLUSIONS)),
    Item("reason1", _REASON, also=("reason",)),
    Item("reason2", _REASON),
    Item("reason3", _REASON),
    Item("senprovision", _SEN, "sen_provision"),
)
_SESSIONS = (
    Item("sessions", WHOLE, required=True),
    Item("attendancereason", code(codes.ATTENDANCE), "attendance_reason", required=True),
)

_TABLES = (
    _pupil(
        "pupilonroll",
        _ON,
        "true",
        Item("enrolstatus", code(codes.ENROLMENT), "enrol_status"),
        Item("ncyearactual", code(codes.YEAR_GROUPS), "nc_year_actual"),
        Item("classtype", code(codes.CLASS_TYPES), "class_type"),
        Item("senprovision", _SEN, "sen_provision"),
        *_items(
            FLAG,
            sen_unit_indicator="senunitindicator",
            resourced_provision_indicator="resourcedprovisionindicator",
            top_up_funding="topupfunding",
            daf_indicator="dafindicator",
            school_lunch_taken="schoollunchtaken",
        ),
        *_items(
            DECIMAL,
            hours_at_setting="hoursatsetting",
            funded_hours="fundedhours",
            extended_hours="extendedhours",
            unit_contact_time="unitcontacttime",
        ),
        Item("eyppr", _YES_NO),
        Item("eyppbf", code(codes.PREMIUM_BASIS)),
        Item("eligibilitycode", TEXT, "eligibility_code"),
        Item("plaa", code(codes.POST_LOOKED_AFTER)),
        Item("servicechild", code(codes.SERVICE_CHILD), "service_child"),
        Item("youngcarer", code(codes.YOUNG_CARER), "young_carer"),
        known_by="enrolstatus",
    ),
    _pupil(
        "pupilnolongeronroll",
        _OFF,
        "false",
        Item("leavingdate", DATE, "leaving_date"),
        known_by="leavingdate",
    ),
    _table(
        "sen_need",
        "senneeds",
        _ON,
        Item("sentyperank", WHOLE, "sen_type_rank"),
        Item("sentype", TEXT, "sen_type"),  # opaque in exports: no code set can be held against it
        known_by="sentype",
    ),
    _table(
        "fsm_period",
        "fsmperiod",
        _ON,
        Item("fsmstartdate", DATE, "fsm_start_date"),
        Item("fsmenddate", DATE, "fsm_end_date"),
        Item("ukcountry", code(codes.COUNTRIES), "uk_country"),
        known_by="fsmstartdate",
    ),
    *(
        _table("exclusion", f"termlyexclusions{roll}", pupil, *_EXCLUSION, known_by="startdate")
        for roll, pupil in (("onroll", _ON), ("offroll", _OFF))
    ),
    *(
        _table(
            "session_detail",
            f"termlysessiondetails{roll}",
            pupil,
            *_SESSIONS,
            known_by="attendancereason",
        )
        for roll, pupil in (("onroll", _ON), ("offroll", _OFF))
    ),
)


_CENSUS_DAYS = {"autumn": (10, 1), "spring": (1, 3), "summer": (5, 3)}  # month, which Thursday


def census_day(year: str, term: str) -> date:
    """The Thursday a term's census speaks of: first in October, third in January and in May."""
    month, nth = _CENSUS_DAYS[term]
    first = date(int(year), month, 1)
    thursday = first + timedelta((3 - first.weekday()) % 7)
    return thursday + timedelta(weeks=nth - 1)


SCHOOL_CENSUS = Format(
    name="school-census",
    title="School census, COLLECT tables (CSV)",
    tables=_TABLES,
    speaks_of=census_day,
    termly=True,
)
