"""Operation, caller, purpose → Admission: the open operation, and what was withheld and why.

All static: nothing here has seen a child, so every reason is told. What is closed is never planned, so
it is never fetched (I-7). The decision depends on which fields are selected and on nothing else about
the text: aliases, fragments, order and repetition change nothing (I-6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.errors import Refused
from gateway.federation.planning.operation import Operation, closed, introspects
from gateway.federation.planning.standing import field_type, possible, standing
from gateway.federation.selection import Field, On, Selections
from gateway.purpose.labels import Coordinate, Labelled, Labels
from gateway.purpose.places import Reasons, reasons
from gateway.purpose.scopes import Demands, Held
from gateway.register import Opening, Register
from gateway.register.labels import Label

USE_OFF = "USE_NOT_SWITCHED_ON"
NOTHING_BELOW = "NOTHING_OPEN_BELOW"
NO_LABEL = "NO_LABEL"
NOTHING_HELD = Held()
NO_DEMANDS = Demands({})
UNLABELLED = Labelled(Label(0), {}, (), {})
NOTHING, PUBLISHED, PERSONAL = 0, 1, 2
KEPT = 20_000

Key = tuple[int, str, str, str, Held]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field that stays null: where the client asked, what it is, why, and the categories that close it."""

    path: tuple[str, ...]
    coordinate: str
    code: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """What may be planned and asked.

    `reasons` are the withheld fields as whoever asks is told of them. `asked` and `categories` are by subgraph: the permissions the open part uses there, as a mask and
    written out for the assertion. `released` are the open coordinates by the subgraphs that can
    resolve them, for the record, and `closed` the withheld ones, each with its reason. `obligations`
    are what the purpose lays on whoever gets the answer.
    """

    opening: Opening
    operation: Operation
    withheld: tuple[Withheld, ...]
    reasons: Reasons
    asked: Mapping[str, int]
    categories: Mapping[str, tuple[str, ...]]
    released: Mapping[str, tuple[str, ...]]
    closed: Mapping[str, tuple[tuple[str, str], ...]]
    obligations: tuple[str, ...]
    crosses: bool
    introspects: bool


@dataclass(slots=True)
class Admissions:
    """Admits operations by one register and one graph's labels, and remembers what it admitted."""

    register: Register
    labels: Labels
    demands: Demands = NO_DEMANDS
    _known: dict[Key, tuple[Operation, Admission]] = field(default_factory=dict)
    _told: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def admit(self, operation: Operation, opening: Opening, held: Held = NOTHING_HELD) -> Admission:
        """What of an operation is open. The same operation object is looked at once per opening.

        `held` are the caller's scopes and policies, for a graph whose fields demand them.
        """
        counts = held if self.demands.fields else NOTHING_HELD
        key = (id(operation), opening.purpose.code, opening.role, opening.organisation_kind, counts)
        known = self._known.get(key)
        if known is not None and known[0] is operation:
            return known[1]
        if len(self._known) >= KEPT:
            self._known.clear()
        admission = _Look(operation, opening, counts, self).admission()
        self._known[key] = (operation, admission)
        return admission

    def categories(self, released: tuple[str, ...]) -> tuple[str, ...]:
        """What these coordinates tell of a person."""
        known = self._told.get(released)
        if known is None:
            mask = 0
            for coordinate in released:
                owner, _, name = coordinate.partition(".")
                mask |= self.labels.need(owner, name) or 0
            if len(self._told) >= KEPT:
                self._told.clear()
            known = self._told[released] = self.register.scale.categories(mask)
        return known


def refuse_if_withheld(admission: Admission) -> None:
    """The mode `reject`: all of the operation or none of it. Raises Refused."""
    if admission.withheld:
        named = ", ".join(f"{one.coordinate} ({one.code})" for one in admission.withheld)
        raise Refused(
            f"not open for {admission.opening.purpose.code}: {named}", code="WITHHELD_REJECTED"
        )


class _Look:
    """One operation looked at for one opening: what each coordinate needs, and what lies open below it."""

    def __init__(self, operation: Operation, opening: Opening, held: Held, by: Admissions) -> None:
        self._operation = operation
        self._opening = opening
        self._held = held
        self._demands = by.demands
        self._labels = by.labels
        self._scale = by.register.scale
        self._link = (by.register.link_subgraph,)
        self._crosses = by.register.crosses(opening.purpose.code)
        self._filters: dict[Coordinate, int] = {}
        self._needs: dict[Coordinate, int] = {}
        self._below: dict[Coordinate, int] = {}
        self._opened: dict[Coordinate, int] = {}
        self._reached: set[Coordinate] = set()
        self._walk()

    def admission(self) -> Admission:
        """What came of it."""
        operation, shut = closed(self._operation, self._is_open)
        asked = self._asked()
        withheld = tuple(
            Withheld(one.path, one.coordinate, *self._reason((one.type, one.field))) for one in shut
        )
        return Admission(
            opening=self._opening,
            operation=operation,
            withheld=withheld,
            reasons=reasons(self._operation, withheld),
            asked=asked,
            categories={name: self._scale.written(mask) for name, mask in asked.items()},
            released=self._released(),
            closed=self._withheld_in(withheld),
            obligations=self._opening.purpose.obligations,
            crosses=self._crosses,
            introspects=introspects(self._operation),
        )

    def _withheld_in(
        self, withheld: tuple[Withheld, ...]
    ) -> dict[str, tuple[tuple[str, str], ...]]:
        """Each subgraph → the fields of it that the purpose keeps closed, each with its reason."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for one in withheld:
            owner, _, name = one.coordinate.partition(".")
            for subgraph in self._labels.fields.get((owner, name), UNLABELLED).subgraphs:
                found.setdefault(subgraph, {})[one.coordinate, one.code] = None
        return {subgraph: tuple(pairs) for subgraph, pairs in found.items()}

    def _walk(self) -> None:
        """Gather what each coordinate needs, over all its places, then find what leads somewhere."""
        for coordinate, one in self._places(self._operation.root, self._operation.written):
            labelled = self._labels.fields.get(coordinate, UNLABELLED)
            filters = self._filters.get(coordinate, 0)
            for argument in one.arguments:
                filters |= labelled.arguments.get(argument.name, 0)
            self._filters[coordinate] = filters
            self._needs[coordinate] = labelled.label.need | filters
        self._openings(self._operation.root, self._operation.written, above=True)
        self._reached.update(self._reach(self._operation.root, self._operation.written))

    def _reach(self, parent: str, selections: Selections) -> Iterator[Coordinate]:
        """What is open with everything above it open."""
        for owner, one in self._fields(parent, selections):
            coordinate = (owner, one.name)
            if self._opened[coordinate]:
                yield coordinate
                if one.inside:
                    target = field_type(self._operation.schema, *coordinate).name
                    yield from self._reach(target, one.inside)

    def _places(self, parent: str, selections: Selections) -> Iterator[tuple[Coordinate, Field]]:
        schema = self._operation.schema
        for owner, one in self._fields(parent, selections):
            yield (owner, one.name), one
            if one.inside:
                below = field_type(schema, owner, one.name).name
                yield from self._places(below, one.inside)

    def _fields(self, parent: str, selections: Selections) -> Iterator[tuple[str, Field]]:
        """Each selected field with each object type that may hold it; `__` fields say nothing."""
        schema = self._operation.schema
        for one in selections:
            if isinstance(one, On):
                for name in possible(schema, one.type) & possible(schema, parent):
                    yield from self._fields(name, one.inside)
            elif not one.name.startswith("__"):
                for name in standing(schema, parent):
                    yield name, one

    def _openings(self, parent: str, selections: Selections, *, above: bool) -> tuple[int, int]:
        """What lies open in these selections (nothing, published facts, facts about a person), and
        what all of them would need. `above`: no category closes the way here."""
        strongest, needs = NOTHING, 0
        for owner, one in self._fields(parent, selections):
            found, need = self._opens((owner, one.name), one, above=above)
            strongest, needs = max(strongest, found), needs | need
        return strongest, needs

    def _opens(self, coordinate: Coordinate, one: Field, *, above: bool) -> tuple[int, int]:
        need = self._needs[coordinate]
        may = above and self._may(coordinate)
        found, below = NOTHING, 0
        if one.inside:
            target = field_type(self._operation.schema, *coordinate).name
            found, below = self._openings(target, one.inside, above=may)
        labelled = self._labels.fields.get(coordinate, UNLABELLED)
        if not may:
            found = NOTHING
        elif not labelled.label.leads:
            found = max(found, PERSONAL if need else PUBLISHED)
        gives = found
        if found == PUBLISHED and not labelled.impersonal:
            # A published fact must tell neither that a child is known nor which institution it goes to.
            gives = NOTHING
            found = NOTHING if labelled.label.leads else found
        self._opened[coordinate] = max(self._opened.get(coordinate, NOTHING), found)
        self._below[coordinate] = self._below.get(coordinate, 0) | need | below
        return gives, need | below

    def _may(self, coordinate: Coordinate) -> bool:
        labelled = self._labels.fields.get(coordinate)
        if labelled is None or (not self._crosses and labelled.subgraphs == self._link):
            return False
        if self._demands.unmet(coordinate, self._held) is not None:
            return False
        return self._opening.permits(self._needs[coordinate])

    def _is_open(self, type_name: str, name: str) -> bool:
        return self._opened.get((type_name, name), NOTHING) > NOTHING

    def _reason(self, coordinate: Coordinate) -> tuple[str, tuple[str, ...]]:
        """Why a coordinate is closed: a code, and the categories it is about."""
        labelled = self._labels.fields.get(coordinate)
        if labelled is None:
            return NO_LABEL, ()
        if not self._crosses and labelled.subgraphs == self._link:
            return USE_OFF, ()
        unmet = self._demands.unmet(coordinate, self._held)
        if unmet is not None:
            return unmet, ()
        need = self._needs[coordinate]
        if self._opening.permits(need):
            need = self._below[coordinate]
        code = self._opening.reason(need)
        return code or NOTHING_BELOW, self._scale.categories(need & ~self._opening.open)

    def _asked(self) -> dict[str, int]:
        """Each subgraph → the permissions that the open part of the operation uses there."""
        found = dict.fromkeys(self._labels.subgraphs, 0)
        for coordinate in self._reached:
            labelled = self._labels.fields[coordinate]
            for subgraph, need in labelled.uses.items():
                found[subgraph] |= need
            for subgraph in labelled.subgraphs:
                found[subgraph] |= self._filters[coordinate]
        return found

    def _released(self) -> dict[str, tuple[str, ...]]:
        """Each subgraph → the open coordinates that it can resolve, in order."""
        found: dict[str, list[str]] = {}
        for type_name, name in sorted(self._reached):
            for subgraph in self._labels.fields[type_name, name].subgraphs:
                found.setdefault(subgraph, []).append(f"{type_name}.{name}")
        return {subgraph: tuple(names) for subgraph, names in found.items()}
