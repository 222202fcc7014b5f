"""Records → pairs that may be one child, each with its evidence. Splink on DuckDB in this process's memory.

Whatever DuckDB must put aside goes, encrypted, to a folder that ends with the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from splink import DuckDBAPI, Linker

from subgraphs.link.matching.evidence import Ground
from subgraphs.link.matching.model import COMMON, COMPARED, LIKELY, UNKNOWN, settings
from subgraphs.link.matching.records import COLUMNS, Record, compared

ENOUGH = 50_000
"""Records from which names weigh more by how common they are here than by how common names are."""
_NAMES = f"""
    select name, (count(*) + {ENOUGH * COMMON}) / (sum(count(*)) over () + {ENOUGH}) as tf_name
    from {{records}} where name is not null group by name
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, by place, that may be one child."""

    one: int
    other: int
    weight: float
    evidence: tuple[Ground, ...]


@contextmanager
def engine() -> Iterator[DuckDBAPI]:
    """A database in memory, for one run."""
    with TemporaryDirectory(prefix="causeway-match-") as folder, duckdb.connect() as connection:
        connection.execute("set temp_file_encryption = true")
        connection.execute(f"set temp_directory = '{folder}'")
        yield DuckDBAPI(connection)


def table(records: Iterable[tuple[Record, str]]) -> pa.Table:
    """Records with their nodes, as columns."""
    rows = [compared(nth, record, node) for nth, (record, node) in enumerate(records)]
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(COLUMNS, columns, strict=True)}
    )


def linker(engine: Any, records: Any) -> Linker:
    """Splink over a table of COLUMNS. `engine`: a DuckDBAPI or a SparkAPI; `records`: a table of its kind."""
    held = engine.register(records)
    made = Linker(held, settings(), log_level=None)
    common = engine.query_sql(_NAMES.format(records=held.physical_name))
    made.table_management.register_term_frequency_lookup(common, "name")
    return made


def likely(records: Sequence[tuple[Record, str]], least: float = LIKELY) -> list[Pair]:
    """The pairs that weigh `least` or more, the heaviest first."""
    if len(records) < 2:
        return []
    with engine() as here:
        found = linker(here, table(records)).inference.predict(threshold_match_weight=least)
        pairs = [pair_of(row) for row in found.as_record_list()]
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.one, pair.other))


def pair_of(row: Mapping[str, Any]) -> Pair:
    """A row of Splink's prediction, as evidence that can be read: a line for each comparison, whatever it weighs."""
    evidence = tuple(_ground(name, row) for name in COMPARED)
    one, other = sorted((int(row["unique_id_l"]), int(row["unique_id_r"])))
    return Pair(one, other, round(row["match_weight"], 2), evidence)


def _ground(name: str, row: Mapping[str, Any]) -> Ground:
    likenesses, otherwise = COMPARED[name]
    level = row[f"gamma_{name}"]
    weight = row[f"mw_{name}"] + (row.get(f"mw_tf_adj_{name}") or 0.0)
    if level == -1:
        return Ground(name, UNKNOWN, 0.0)
    # Splink counts levels from the least alike, which is 0.
    said = likenesses[len(likenesses) - level].said if level else otherwise
    return Ground(name, said, round(weight, 2))
