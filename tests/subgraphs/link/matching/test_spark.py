"""The same settings on Spark as on DuckDB: for more records than one machine holds. Skipped where there is no pyspark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from subgraphs.link.matching.records import COLUMNS, Record, compared

pytest.importorskip("splink")
pytest.importorskip("pyspark")

from subgraphs.link.matching.likely import likely, linker, pair_of
from subgraphs.link.matching.model import LIKELY

BASE = Record("LA", "838:C0", "Lockyer", "Anna", date(2012, 3, 4), "F", "ZZ1 1AB", {})
RECORDS = [
    BASE,
    replace(BASE, number="838:C1", surname="Lokyer"),
    replace(BASE, number="838:C2", birth_date=date(2012, 4, 3)),
    replace(BASE, number="838:C3", forename="Bethan"),
    replace(BASE, number="838:C4", surname="Quill", forename="Zofia", birth_date=date(2009, 1, 9)),
]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession
    from splink.backends.spark import similarity_jar_location

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", similarity_jar_location())
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.filterwarnings("default")
def test_spark_finds_the_same_pairs_with_the_same_weights_and_words(spark: Any) -> None:
    from splink import SparkAPI

    records = [(record, str(nth)) for nth, record in enumerate(RECORDS)]
    rows = [compared(nth, record, node) for nth, (record, node) in enumerate(records)]
    columns = ", ".join(f"{name} string" for name in COLUMNS)
    frame = spark.createDataFrame(rows, columns)

    here = SparkAPI(spark_session=spark, break_lineage_method="persist")
    found = linker(here, frame).inference.predict(threshold_match_weight=LIKELY)

    pairs = [pair_of(row) for row in found.as_record_list()]
    assert {(pair.one, pair.other): pair for pair in pairs} == {
        (pair.one, pair.other): pair for pair in likely(records)
    }
    assert {(pair.one, pair.other) for pair in pairs} == {(0, 1), (0, 2), (1, 2)}
