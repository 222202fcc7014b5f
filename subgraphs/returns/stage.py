"""A table's declaration → the SQL that stages its rows, settles them, and moves them to the island.

Rows first go to temporary tables of their own types, where those that repeat and those whose
parent fell away are found by Postgres, not in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from subgraphs.returns.record import Table

# The parameters of every insert. $1 the return (what islands call source), $2 the day it speaks of,
# $3 the authority or provider. All are named in each statement so that their types are known.
PARAMETERS = "($1::text, $2::date, $3::text)"
PLACE = ("record", "line", "parent", "nth")
REPORTED = "stage_reported"
FURTHER = "stage_further"

BESIDE = (
    f'create temp table {REPORTED} (record integer, line integer, "table" text, item text, reason text)'
    " on commit drop;"
    f'create temp table {FURTHER} (record integer, line integer, "table" text, items jsonb)'
    " on commit drop;"
)


@dataclass(frozen=True, slots=True)
class Staged:
    """A table and the temporary one its rows wait in, below those of the records above it."""

    table: Table
    above: Staged | None = None

    @property
    def name(self) -> str:
        return "stage_" + self.table.name.replace(".", "_")

    @property
    def columns(self) -> list[str]:
        """Every column of the temporary table, in the order rows are copied."""
        return [*PLACE, *(name for name, _ in self.table.columns)]

    def create(self) -> str:
        """SQL for the temporary table."""
        own = "".join(f', "{name}" {kind}' for name, kind in self.table.columns)
        return (
            f"create temp table {self.name} (record integer primary key, line integer, "
            f"parent integer, nth integer{own}) on commit drop;"
        )

    def ready(self) -> str:
        """SQL that makes looking rows up by their parent quick."""
        return f"create index on {self.name} (parent); analyze {self.name};"

    def report_repeated(self) -> str:
        """SQL that reports each row whose key stood earlier in the file; nothing without a key."""
        if not self.table.key:
            return ""
        key = ", ".join(f'"{column}"' for column in self.table.key)
        return self._report(
            "REPEATED_ROW",
            f"using (select record, row_number() over (partition by {key} order by record) as turn"
            f" from {self.name}) as o where o.record = s.record and o.turn > 1",
        )

    def report_orphans(self) -> str:
        """SQL that reports each row whose parent is not stored; nothing for outermost tables."""
        if not self.above:
            return ""
        return self._report(
            "PARENT_NOT_STORED",
            f"where not exists (select from {self.above.name} p where p.record = s.parent)",
        )

    def _report(self, reason: str, which: str) -> str:
        return (
            f"with gone as (delete from {self.name} s {which} returning s.record, s.line) "
            f"insert into {REPORTED} select record, line, '{self.table.name}', '', '{reason}' from gone"
        )

    def insert(self) -> str:
        """SQL that moves the rows to the island's table, with what they carry and what is folded in."""
        carried = {**self.table.carries, **self._folded()}
        own = [f'"{name}"' for name in self.table.own]
        targets = [*(f'"{name}"' for name in carried), *own]
        values = [*carried.values(), *(f"t.{name}" for name in own)]
        return (
            f"with given (a, b, c) as (values {PARAMETERS}) "
            f"insert into {self.table.name} ({', '.join(targets)}) "
            f"select {', '.join(values)} from {self.name} t{self._above()} order by t.record"
        )

    def _folded(self) -> dict[str, str]:
        return {each.table.name: each.as_json("t") for each in self.inner() if each.table.folded}

    def as_json(self, above: str) -> str:
        """SQL for these rows as one JSON list, of the record whose alias is `above`."""
        alias = f"{above}{above[0]}"
        fields = ", ".join(f"'{name}', {alias}.\"{name}\"" for name, _ in self.table.columns)
        for each in self.inner():
            fields += f", '{each.table.name}', {each.as_json(alias)}"
        return (
            f"(select jsonb_agg(jsonb_strip_nulls(jsonb_build_object({fields})) order by {alias}.record)"
            f" from {self.name} {alias} where {alias}.parent = {above}.record)"
        )

    def _above(self) -> str:
        joins = ""
        alias, at = "t", self.above
        for name in ("p", "g"):
            if at:
                joins += f" join {at.name} {name} on {name}.record = {alias}.parent"
                alias, at = name, at.above
        return joins

    def replace(self) -> str:
        """SQL that removes what the island holds of this return, or of these rows where rows stand alone."""
        if not self.table.standing:
            return f"delete from {self.table.name} where source = $1"
        same = " and ".join(f'i."{column}" = s."{column}"' for column in self.table.key)
        return f"delete from {self.table.name} i using {self.name} s where {same}"

    def inner(self) -> list[Staged]:
        """The tables inside this one."""
        return [Staged(table, self) for table in self.table.nested.values()]

    def family(self) -> Iterator[Staged]:
        """This table and all inside it, parents first."""
        yield self
        for each in self.inner():
            yield from each.family()


def staged(tables: Iterable[Table]) -> list[Staged]:
    """Every table of a file, parents first."""
    return [one for table in tables for one in Staged(table).family()]
