import re
from pathlib import Path

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.rules import MERGED_RULES, RULES
from gateway.federation.errors import CompositionError

CASES = "rules"
CODE = re.compile(r"^([A-Z0-9_]+): ", re.MULTILINE)


def test_every_problem_is_found_and_said(case):
    with pytest.raises(CompositionError) as raised:
        compose(case.sources)

    assert str(raised.value).splitlines() == list(case.problems)


def test_every_rule_has_a_case():
    texts = (path.read_text() for path in (Path(__file__).parent / CASES).glob("*.case"))
    shown = {code for text in texts for code in CODE.findall(text)}

    assert {code for code, _ in (*RULES, *MERGED_RULES)} <= shown


def test_problems_are_code_and_sentence_pairs():
    with pytest.raises(CompositionError) as raised:
        compose([])

    assert raised.value.problems == (
        ("NO_QUERIES", "No subgraph has a query; define at least one field on Query"),
    )
