"""Get Information About Schools extracts (CSV) → establishments, their links and groups, and SEN counts.

Public facts about institutions. An extract may hold a few schools or all of them: a newer row
replaces the older one of the same key and leaves the rest, for GIAS closes schools and deletes none.
"""

from __future__ import annotations

from subgraphs.returns.format import Format
from subgraphs.returns.kinds import DATE, DECIMAL, TEXT, URN, WHOLE, Kind
from subgraphs.returns.record import Item, Table

_URN = Item("URN", URN, required=True)


def _items(names: str, kind: Kind = TEXT) -> tuple[Item, ...]:
    return tuple(Item(name.strip(), kind) for name in names.split(","))


def _table(name: str, items: tuple[Item, ...], *, key: str, known_by: str) -> Table:
    return Table(
        f"schools.{name}",
        items,
        key=tuple(key.split()),
        carries={"source": "$1"},
        known_by=tuple(heading.strip() for heading in known_by.split(",")),
        standing=True,
    )


_NEEDS = (
    "spld",
    "mld",
    "sld",
    "pmld",
    "semh",
    "slcn",
    "hi",
    "vi",
    "msi",
    "pd",
    "asd",
    "oth",
    "nsa",
)

_TABLES = (
    _table(
        "school",
        (
            _URN,
            Item("EstablishmentName", TEXT, "name", required=True),
            Item("LA (code)", TEXT, "la_code"),
            Item("EstablishmentNumber", TEXT, "establishment_number"),
            Item("TypeOfEstablishment (name)", TEXT, "type_of_establishment"),
            Item("PhaseOfEducation (name)", TEXT, "phase_of_education"),
            Item("EstablishmentStatus (name)", TEXT, "establishment_status"),
            Item("StatutoryLowAge", WHOLE, "statutory_low_age"),
            Item("StatutoryHighAge", WHOLE, "statutory_high_age"),
            Item("UKPRN", TEXT),
            Item("OpenDate", DATE, "open_date"),
            Item("CloseDate", DATE, "close_date"),
            Item("Street", TEXT),
            Item("Town", TEXT),
            Item("Postcode", TEXT, "post_code"),
            Item("TelephoneNum", TEXT, "telephone"),
            Item("SchoolWebsite", TEXT, "website"),
        ),
        key="urn",
        known_by="URN, EstablishmentName, EstablishmentStatus (code)",
    ),
    _table(
        "school_link",
        (
            _URN,
            Item("LinkURN", URN, required=True),
            Item("LinkName", TEXT),
            Item("LinkType", TEXT, required=True),
            Item("LinkEstablishedDate", DATE),
        ),
        key="urn linkurn linktype",
        known_by="URN, LinkURN, LinkType",
    ),
    _table(
        "school_group",
        (
            _URN,
            Item("Group UID", TEXT, required=True),
            *_items("Group ID, Group Name, Companies House Number"),
            *_items("Group Type (code), Group Type, Group Status (code), Group Status"),
            *_items("Open date, Incorporated on (open date), Closed Date, Joined date", DATE),
        ),
        key="urn group_uid",
        known_by="URN, Group UID, Joined date",
    ),
    _table(
        "school_sen_count",
        (
            _URN,
            Item("time_period", TEXT, required=True),
            *_items("old_la_code, laestab, school_name"),
            *_items("Total pupils, SEN support, EHC plan", DECIMAL),
            *(Item(f"EHC_Primary_need_{need}", DECIMAL) for need in _NEEDS),
            *(Item(f"SUP_Primary_need_{need}", DECIMAL) for need in _NEEDS),
            *_items("SEN_Unit, RP_Unit", DECIMAL),
        ),
        key="urn time_period",
        known_by="URN, time_period, SEN support, EHC plan",
    ),
)

GIAS = Format(
    name="gias",
    title="Get Information About Schools extracts (CSV)",
    tables=_TABLES,
    national=True,
)
