"""Plan and Step: who is asked what, where the answer lands, what it waits for. Data that prints.

A plan carries no trace of a caller or a run: it can be cached, printed, compared and checked.

The answer grows in one tree of plain dicts and lists in the client's shape. A step reads the objects
at its `path`, sends a representation of each, and merges what comes back into those same objects.
`Shape` then says what of that tree the client gets, and under which key: planning may have fetched a
field under an alias of its own (`source`) where the client's key would have collided. A source that is
empty names nothing in the tree: the field is withheld, and prints as null or bubbles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.federation.selection import Selections


class Kind(StrEnum):
    """How a step asks."""

    ROOT = "root"
    ENTITY = "entity"


@dataclass(frozen=True, slots=True)
class Key:
    """Go into the value under this key of the tree."""

    name: str


@dataclass(frozen=True, slots=True)
class Each:
    """Go into every element, through lists of lists too."""


@dataclass(frozen=True, slots=True)
class Only:
    """Go on only with objects whose runtime type is one of these."""

    types: frozenset[str]


Segment = Key | Each | Only
Path = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One field of a representation: `name` for the subgraph, read from `source` in the tree.

    `inside` is empty for a leaf. `required` says that the target declares it non-null: an object
    in which it is null is not sent. `only` limits the field to those runtime types of its object.
    """

    name: str
    source: str
    inside: tuple[Sent, ...] = ()
    required: bool = False
    only: frozenset[str] = frozenset()
    key: bool = True


@dataclass(frozen=True, slots=True)
class Input:
    """What a step sends of an object: for the runtime types in `types`, `__typename` and fields.

    `typename` is what the subgraph is told the object is; None sends the runtime type itself.
    `types` empty means any object at the path.
    """

    types: frozenset[str]
    typename: str | None
    fields: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A variable whose value stands in an ancestor of the step's objects (`@fromContext`).

    The ancestor is the object at `path[:above]` on the way to each object; `sources` say, by its
    runtime type ("" for any), under which keys below it the value is found. Objects with different
    values go in different requests.
    """

    variable: str
    above: int
    sources: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One request to one subgraph.

    ROOT: `output` is selected on the operation's root type, and merges at `path` (empty but for
    re-entry below a field that returns the root type again).
    ENTITY: `inputs` make the representations of the objects at `path`; `output` is what is selected
    on `_entities`, an `On` per entity type. Its document takes `$representations`.
    `variables` are the client's, sent when the client gave them; defaults stand in the document.
    A step of a subscription plan whose `operation` is "subscription" is the primary stream, always
    the first; the others run for each event.
    """

    id: int
    subgraph: str
    kind: Kind
    operation: str
    path: Path
    inputs: tuple[Input, ...]
    output: Selections
    needs: tuple[int, ...]
    document: str
    variables: tuple[str, ...]
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, enum or `__typename` for the client: `key` in the answer, `source` in the tree.

    `required` says for each level, outermost list first, whether null may not stand there; its
    length less one is the list depth. `scalar` is the API type's name. `values` are the enum values
    that the API knows, None for a scalar.
    """

    key: str
    source: str
    scalar: str
    required: tuple[bool, ...]
    values: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """An object or list of objects for the client."""

    key: str
    source: str
    required: tuple[bool, ...]
    inside: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """What the client gets of an object: by runtime type, its fields in the client's order.

    `type` is the static API type; `abstract` says that it is an interface or union, when the
    object's own `__typename` decides. A runtime type missing from `fields` is not in the API at this
    position: the object is null. `typename` leaves have the source `__typename`.
    """

    type: str
    abstract: bool
    fields: Mapping[str, tuple[Leaf | Branch, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """ENTITY steps that become ready together and are asked in one request.

    `groups[i]` are the ids of the steps whose representations share the variable `$r{i}` and whose
    answer is `_e{i}: _entities(representations: $r{i})`: steps of one group have equal `inputs` and
    equal `output`, and differ in their `path` only. All steps of a batch have the same subgraph,
    kind and `needs`; `variables` are those of all of them.
    """

    groups: tuple[tuple[int, ...], ...]
    document: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deferred:
    """A part of the answer that comes after the first: an `@defer`red fragment.

    `paths` are where its objects are in the tree, `shape` what it adds to each of them, and `steps`
    the ids of the steps that only deferred parts wait for. The first payload waits for every step
    that no deferred part names.
    """

    label: str | None
    paths: tuple[Path, ...]
    shape: Shape
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in an order in which every step comes after those it needs, and the client's shape.

    `shape` is without the `deferred` parts, `whole` with them, for who takes no parts; None when there
    are none. `introspection` is the `__schema` and `__type` part, to be answered from the API schema; its
    fields stand in `shape` as leaves of the root.
    """

    operation: str
    steps: tuple[Step, ...]
    shape: Shape
    batches: tuple[Batch, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    whole: Shape | None = None
    introspection: str = ""
