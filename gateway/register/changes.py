"""Two registers → what the change from one to the other opens, closes and alters, purpose by purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.register.opening import Opening
from gateway.register.rows import Purpose
from gateway.register.table import Register

Who = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change to one purpose: what it is about, and for which roles (none: all of it)."""

    purpose: str
    kind: str
    about: str
    roles: tuple[str, ...] = ()

    def __str__(self) -> str:
        to = f"  [{', '.join(self.roles)}]" if self.roles else ""
        return f"{self.kind} {self.about}{to}"


def changes(old: Register, new: Register) -> tuple[Change, ...]:
    """Every change, in the new register's order, what has gone last."""
    codes = [*new.purposes, *(code for code in old.purposes if code not in new.purposes)]
    return tuple(change for code in codes for change in _of_purpose(code, old, new))


def front(old: Register, new: Register) -> Iterator[str]:
    """What changed on the front page: uses that are on, switches, dates."""
    for use in sorted(old.uses ^ new.uses):
        yield f"use {use}: now {'on' if use in new.uses else 'off'}"
    before, after = old.document, new.document
    for name in sorted(before.switches.keys() | after.switches.keys()):
        if before.switches.get(name) != after.switches.get(name):
            yield f"switch {name}: now {'on' if after.switches.get(name) else 'off'}"
    for key in ("version", "edition", "status", "effective_from", "review_by"):
        if getattr(before, key) != getattr(after, key):
            yield f"{key}: {getattr(before, key)} → {getattr(after, key)}"


def _of_purpose(code: str, old: Register, new: Register) -> Iterator[Change]:
    before, after = old.purposes.get(code), new.purposes.get(code)
    if before is None or after is None:
        yield Change(code, "new purpose" if before is None else "purpose gone", code)
        return
    for key in ("use", "relationship", "consent", "nhs_number", "age_months", "law", "conditions"):
        was, is_now = getattr(before, key), getattr(after, key)
        if was != is_now:
            yield Change(code, "alters", f"{key}: {was} → {is_now}")
    yield from _bans(before, after)
    yield from _grants(code, old, new)


def _bans(before: Purpose, after: Purpose) -> Iterator[Change]:
    for category in sorted(after.never - before.never):
        yield Change(after.code, "forbids", category)
    for category in sorted(before.never - after.never):
        yield Change(after.code, "no longer forbids", category)


def _grants(code: str, old: Register, new: Register) -> Iterator[Change]:
    was, is_now = _by_permission(code, old), _by_permission(code, new)
    for permission in dict.fromkeys([*is_now, *was]):
        before, after = was.get(permission, {}), is_now.get(permission, {})
        yield from _change(code, "opens", permission, after.keys() - before.keys())
        yield from _change(code, "closes", permission, before.keys() - after.keys())
        kept = before.keys() & after.keys()
        yield from _change(
            code, "other conditions for", permission, {w for w in kept if before[w] != after[w]}
        )


def _change(code: str, kind: str, permission: str, who: set[Who]) -> Iterator[Change]:
    if who:
        yield Change(code, kind, permission, tuple(sorted({role for role, _ in who})))


def _by_permission(code: str, register: Register) -> dict[str, dict[Who, frozenset[object]]]:
    """Each permission → who has it, and under which alternatives of conditions."""
    found: dict[str, dict[Who, frozenset[object]]] = {}
    for opening in register.openings.values():
        if opening.purpose.code == code:
            for permission, conditions in _conditions(opening, register):
                found.setdefault(permission, {})[opening.role, opening.organisation_kind] = (
                    conditions
                )
    return found


def _conditions(opening: Opening, register: Register) -> Iterator[tuple[str, frozenset[object]]]:
    for permission in register.scale.written(opening.open):
        need = register.scale.read([permission])
        yield (
            permission,
            frozenset(way.conditions for way in opening.ways if not need & ~way.opens),
        )
