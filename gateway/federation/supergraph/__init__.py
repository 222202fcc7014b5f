"""A supergraph's SDL → Supergraph: who has which type, and who resolves which field, and how."""

from gateway.federation.supergraph.model import (
    INACCESSIBLE,
    JOIN,
    OPERATIONS,
    Applied,
    Contextual,
    FieldDefinition,
    FieldJoin,
    Key,
    Supergraph,
    Type,
    TypeJoin,
    TypeRef,
    context_selection,
    contexts_of,
    reference,
)
from gateway.federation.supergraph.reading import load

__all__ = [
    "INACCESSIBLE",
    "JOIN",
    "OPERATIONS",
    "Applied",
    "Contextual",
    "FieldDefinition",
    "FieldJoin",
    "Key",
    "Supergraph",
    "Type",
    "TypeJoin",
    "TypeRef",
    "context_selection",
    "contexts_of",
    "load",
    "reference",
]
