"""gateway.identifiers → GraphQL scalars: parsed on the way in, canonical on the way out.

A field annotated with an identifier class is that scalar. A malformed value is refused without being quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition, scalar

from gateway.identifiers import (
    ChildBenefitNumber,
    DfeLaCode,
    Identifier,
    LocalChildId,
    MalformedIdentifier,
    NhsNumber,
    Nino,
    Ukprn,
    Uln,
    Upn,
    Urn,
)

I = TypeVar("I", bound=Identifier)  # noqa: E741

_NAMES: Mapping[type[Identifier], str] = {
    NhsNumber: "NHSNumber",
    Upn: "UPN",
    Uln: "ULN",
    Nino: "NINO",
    ChildBenefitNumber: "ChildBenefitNumber",
    LocalChildId: "LAChildID",
    DfeLaCode: "LACode",
    Urn: "URN",
    Ukprn: "UKPRN",
}


def identifier_scalars(*, synthetic: bool) -> dict[object, ScalarDefinition]:
    """Class → scalar, for StrawberryConfig. `synthetic`: take National Insurance numbers of invented people."""
    parsers: dict[type[Identifier], Callable[[str], Identifier]] = {
        kind: kind.parse for kind in _NAMES
    }
    parsers[Nino] = partial(Nino.parse, synthetic=synthetic)
    return {kind: _scalar(kind, parse) for kind, parse in parsers.items()}


def _scalar(kind: type[Identifier], parse: Callable[[str], Identifier]) -> ScalarDefinition:
    def value(raw: object) -> Identifier:
        try:
            if not isinstance(raw, str):
                raise MalformedIdentifier(kind.kind, "should be a string")
            return parse(raw)
        except MalformedIdentifier as fault:
            raise GraphQLError(str(fault), extensions={"code": "BAD_IDENTIFIER"}) from None

    def literal(node: ValueNode, _variables: object = None) -> Identifier:
        return value(node.value if isinstance(node, StringValueNode) else None)

    return scalar(
        name=_NAMES[kind],
        description=_sentence(kind),
        serialize=str,
        parse_value=value,
        parse_literal=literal,
    )


def _sentence(kind: type[Identifier]) -> str:
    return (kind.__doc__ or "").split("\n")[0]
