"""The register once more, as Cedar policies: a second implementation by other people's engine.

The policies are written straight from the file. Islands, categories and parts are Cedar's own hierarchy,
prohibitions are Cedar's own `forbid`; nothing of `gateway.register` is used to write them.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cedarpy import Decision, Entities, PolicySet, is_authorized_batch

from gateway.register import Opening, Register, load

FILE: dict[str, Any] = tomllib.loads(Path("schema/register.toml").read_text())
LETTERS = {"content": "CS", "existence": "CES", "counts": "PA"}
WRITTEN = {"content": "", "existence": ":E", "counts": ":A"}
SOME = 6
"""Cells looked at of each opening that is like another one."""
NEVER_LIFTED = ("not_sealed", "agreement", "not_detrimental")
EVERY_CALLER = "CAUSEWAY_EVERY_CELL" in os.environ
"""All cells of every role and kind of organisation, some 400,000, in minutes; else some of those that are alike."""
CONSENT = {
    "agreement_expected": "consent",
    "explicit_parental": "explicit_parental",
    "explicit_young_person": "explicit_young_person",
    "reg17": "reg17",
    "sought_unless_unsafe": "sought_unless_unsafe",
    "care_act_s58": "care_act_s58",
    "parent_applies": "application",
    "own_right": "own_record",
    "statutory_process": "statutory_process",
}


def entity(kind: str, name: str, *parents: str) -> dict[str, Any]:
    above = [{"type": kind, "id": parent} for parent in parents]
    return {"uid": {"type": kind, "id": name}, "attrs": {}, "parents": above}


def entities() -> Entities:
    found = [entity("Category", "*")]
    found += [
        entity("Category", f"{one}.*", "*") for one in {c.split(".")[0] for c in FILE["category"]}
    ]
    for code in FILE["category"]:
        above = code.rsplit(".", 1)[0]
        island = code.split(".")[0] + ".*"
        found.append(entity("Category", code, above if above in FILE["category"] else island))
    return Entities.from_json_str(json.dumps(found))


def within(patterns: list[str]) -> str:
    listed = ", ".join(f'Category::"{one}"' for one in patterns)
    return f"resource in [{listed}]"


def among(name: str, values: list[str]) -> str:
    return f"{json.dumps(values)}.contains(context.{name})"


def policies(code: str, row: dict[str, Any]) -> Iterator[str]:
    for pattern, exception in FILE["everywhere"]["never"].items():
        if code not in exception.get("except", []):
            yield forbid(within([pattern]))
    bans = [*row["never"], *FILE["family"][row["family"]].get("never", [])]
    if row["nhs_number"] == "never":
        bans.append("N.NUMBER")
    if "all_other" in bans:
        bans.remove("all_other")
        yield f"forbid(principal, action, resource) unless {{ {within(list(row['admits']))} }};"
    if bans:
        yield forbid(within(bans))
    for pattern, written in row["admits"].items():
        nearer = [one for one in row["admits"] if one != pattern and lies_within(one, pattern)]
        for grant in written if isinstance(written, list) else [written]:
            full = {"grant": grant} if isinstance(grant, str) else grant
            if FILE["switches"].get(full.get("switch"), "switch" not in full):
                yield permit(row, pattern, nearer, full)


def lies_within(code: str, pattern: str) -> bool:
    return pattern == "*" or code.startswith(pattern.removesuffix("*").rstrip(".") + ".")


def forbid(what: str) -> str:
    return f"forbid(principal, action, resource) when {{ {what} }};"


def permit(row: dict[str, Any], pattern: str, nearer: list[str], grant: dict[str, Any]) -> str:
    actions = ", ".join(f'Action::"{one}"' for one, of in LETTERS.items() if grant["grant"] in of)
    when = [within([pattern])]
    if grant.get("roles"):
        when.append(among("role", grant["roles"]))
    if grant.get("organisation_kinds"):
        when.append(among("kind", grant["organisation_kinds"]))
    needs = list(conditions(row, grant))
    lifted = [one for one in needs if one in row.get("break_glass", []) and one not in NEVER_LIFTED]
    always = [one for one in needs if one not in lifted]
    when.append(f"context.holds.containsAll({json.dumps(always)})")
    if lifted:
        when.append(f"(context.emergency || context.holds.containsAll({json.dumps(lifted)}))")
    hidden = within(FILE["restricted"]["suppressed"])
    excluded = row.get("restricted_records") == "exclude"
    shown = 'context.holds.contains("not_restricted")'
    when.append(shown if excluded else f"(!({hidden}) || {shown})")
    unless = f" unless {{ {within(nearer)} }}" if nearer else ""
    return f"permit(principal, action in [{actions}], resource) when {{ {' && '.join(when)} }}{unless};"


def conditions(row: dict[str, Any], grant: dict[str, Any]) -> Iterator[str]:
    yield "not_detrimental"
    if row["use"] != "sealed":
        yield "not_sealed"
    if not row.get("without_agreement"):
        yield "agreement"
    if not row.get("overrides_dissent"):
        yield "no_dissent"
    if row["relationship"] != "none":
        yield "relationship"
    if "age_months" in row:
        yield "age"
    if row["consent"]["rule"] in CONSENT:
        yield CONSENT[row["consent"]["rule"]]
    if grant["grant"] == "S":
        yield "own_record"
    if grant.get("second_person"):
        yield "second_person"
    yield from row.get("conditions", [])
    yield from grant.get("conditions", [])


@pytest.fixture(scope="module")
def everything() -> Entities:
    return entities()


@pytest.fixture(scope="module")
def register() -> Register:
    return load(Path("schema/register.toml"))


def of_purpose(register: Register, purpose: str) -> tuple[list[Opening], list[Opening]]:
    """A purpose's openings: one of each that are alike, and the rest."""
    mine = [one for one in register.openings.values() if one.purpose.code == purpose]
    alike = list({one.ways: one for one in mine}.values())
    return alike, [one for one in mine if one not in alike]


Asked = tuple[dict[str, Any], bool]


def cells(register: Register, opening: Opening) -> Iterator[Asked]:
    """Every question about an opening, and what our masks answer: all holds, each condition missing, in an emergency."""
    names = {name for way in opening.ways for name in way.conditions}
    for code in FILE["category"]:
        for action, suffix in WRITTEN.items():
            need = register.scale.read([code + suffix])
            missing = [None, *sorted(names)] if opening.permits(need) else [None]
            for one in missing:
                for emergency in (False, True) if opening.purpose.break_glass else (False,):
                    holds = names - {one}
                    asked = question(opening, (code, action), holds, emergency=emergency)
                    yield asked, answer(opening, need, holds, emergency=emergency)


def question(
    opening: Opening, what: tuple[str, str], holds: set[str], *, emergency: bool
) -> dict[str, Any]:
    code, action = what
    return {
        "principal": {"type": "Caller", "id": "any"},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Category", "id": code},
        "context": {
            "role": opening.role,
            "kind": opening.organisation_kind,
            "holds": sorted(holds),
            "emergency": emergency,
        },
    }


def answer(opening: Opening, need: int, holds: set[str], *, emergency: bool) -> bool:
    if emergency:
        holds = holds | (opening.purpose.break_glass - set(NEVER_LIFTED))
    return any(not need & ~way.opens and holds.issuperset(way.conditions) for way in opening.ways)


@pytest.mark.parametrize("purpose", list(FILE["purpose"]))
def test_cedar_and_the_masks_agree_on_every_cell(
    purpose: str, register: Register, everything: Entities
) -> None:
    text = "\n".join(policies(purpose, FILE["purpose"][purpose]))
    alike, others = of_purpose(register, purpose)
    asked = [one for opening in alike for one in cells(register, opening)]
    rng = Random(purpose)
    for opening in others:
        mine = list(cells(register, opening))
        asked += mine if EVERY_CALLER else rng.sample(mine, SOME)

    found = is_authorized_batch([one for one, _ in asked], PolicySet.from_str(text), everything)

    assert not [one.diagnostics.errors for one in found if one.diagnostics.errors]
    mismatches = [
        one
        for (one, ours), theirs in zip(asked, found, strict=True)
        if ours != (theirs.decision == Decision.Allow)
    ]
    assert mismatches == []
    assert len(asked) >= len(FILE["category"]) * 3 + SOME * len(others)


def test_the_comparison_can_fail(register: Register, everything: Entities) -> None:
    """One row of the register otherwise, and Cedar says something else than the masks."""
    row = FILE["purpose"]["EHC_NEEDS_ASSESSMENT"]
    narrower = {**row, "admits": {**row["admits"], "SC.SEN": "E"}}
    text = "\n".join(policies("EHC_NEEDS_ASSESSMENT", narrower))
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")
    asked = list(cells(register, opening))

    found = is_authorized_batch([one for one, _ in asked], PolicySet.from_str(text), everything)

    wrong = {
        one["resource"]["id"]
        for (one, ours), theirs in zip(asked, found, strict=True)
        if ours != (theirs.decision == Decision.Allow)
    }
    assert wrong == {"SC.SEN"}
