"""What a field says → `@category`, which the register opens or closes per purpose.

Every output field carries at least one category, and is released only when all of its categories are open.
The codes are those of the islands (LA, SC, L, D) and of the link node (N); besides them
`STRUCTURE` marks a field that only leads to an object, `PUBLIC` a published fact about an institution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import strawberry
from strawberry.directive import directive_field
from strawberry.federation.schema_directive import schema_directive
from strawberry.schema_directive import Location

Resolver = TypeVar("Resolver", bound=Callable[..., Any])

SPECIFICATION = "https://causeway.example/specs/category/v1.0"


@schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION],
    name="category",
    description="What the field says of a person. Released only when every code is open.",
    repeatable=True,
    compose=True,
    import_url=SPECIFICATION,
)
class Category:
    """`existence`: the field tells only that something exists, holds or has a status."""

    codes: list[str] = directive_field(name="is")
    existence: bool = directive_field(name="existence", default=False)


def says(*codes: str, existence: bool = False) -> tuple[Category]:
    """The label of a field: `field(directives=says("SC.SEN"))`."""
    return (Category(codes=list(codes), existence=existence),)


def fact(
    *codes: str, about: str, existence: bool = False, directives: Sequence[object] = (), **more: Any
) -> Any:
    """A labelled field. `about` is its description: what it means, its source and code set."""
    return strawberry.federation.field(
        description=about, directives=[*says(*codes, existence=existence), *directives], **more
    )


def reads(
    *codes: str, about: str, existence: bool = False, **more: Any
) -> Callable[[Resolver], Resolver]:
    """A labelled field that the decorated method resolves."""
    decorate: Callable[[Resolver], Resolver] = fact(
        *codes, about=about, existence=existence, **more
    )
    return decorate


def key_fact(*codes: str, about: str) -> Any:
    """A field of an entity's key: what the gateway crosses by. No client sees it (trust.md I-5).

    The number itself is a field of its own in its island, so that it is decided on for each child
    like any other: a key is fetched wherever a crossing needs it.
    """
    return fact(*codes, about=about, inaccessible=True)
