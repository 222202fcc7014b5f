"""A key is whole or it is none: nothing crosses by half of one, and nobody by another's."""

from typing import Any

import pytest

from gateway.crossing.keys import key_of

NAMES = {"Pupil": ("upn",), "School": ("urn",), "LocalAuthorityChild": ("laCode", "localChildId")}


@pytest.mark.parametrize(
    ("representation", "key"),
    [
        ({"__typename": "Pupil", "upn": "A"}, (("upn", "A"),)),
        ({"__typename": "Pupil", "upn": "A", "sen": None}, (("upn", "A"),)),
        ({"__typename": "Pupil", "upn": ""}, (("upn", ""),)),
        (
            {"localChildId": "1", "__typename": "LocalAuthorityChild", "laCode": "838"},
            (("laCode", "838"), ("localChildId", "1")),
        ),
        ({"__typename": "Pupil", "upn": None}, None),
        ({"__typename": "Pupil"}, None),
        ({"__typename": "Pupil", "urn": "A"}, None),
        ({"__typename": "LocalAuthorityChild", "laCode": "838"}, None),
        ({"__typename": "LocalAuthorityChild", "laCode": "838", "localChildId": None}, None),
        ({"__typename": "Teacher", "upn": "A"}, None),
        ({"upn": "A"}, None),
    ],
)
def test_a_key_is_whole_or_none(representation: dict[str, Any], key: Any) -> None:
    assert key_of(representation, NAMES) == key


def test_the_same_value_under_another_name_is_another_key() -> None:
    keys = [
        key_of({"__typename": "Pupil", "upn": "100"}, NAMES),
        key_of({"__typename": "School", "urn": "100"}, NAMES),
    ]

    assert None not in keys and keys[0] != keys[1]
