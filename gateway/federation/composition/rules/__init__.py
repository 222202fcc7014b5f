"""What must hold: one small function per code, in RULES for a subgraph alone and in MERGED_RULES for all of them together.

A rule yields a sentence for every breach. The codes are those the ecosystem knows; some are found while reading, upgrading or
merging, by the code that stumbles over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from gateway.federation.composition.findings import Findings
from gateway.federation.composition.merge.merged import Merged
from gateway.federation.composition.rules import (
    access,
    contexts,
    cost,
    declarations,
    field_sets,
    inaccessible,
    merged_graph,
)
from gateway.federation.composition.subgraph import Subgraph

Rule = Callable[[Subgraph], Iterator[str]]
MergedRule = Callable[[Sequence[Subgraph], Merged], Iterator[str]]


def _for_each(
    code: str, rule: Callable[[str, Subgraph], Iterator[str]], *names: str
) -> Iterator[tuple[str, Rule]]:
    for name in names:
        yield f"{name.upper()}_{code}", partial(rule, name)


RULES: tuple[tuple[str, Rule], ...] = (
    *_for_each("INVALID_FIELDS_TYPE", field_sets.fields_type, "key", "requires", "provides"),
    *_for_each("INVALID_FIELDS", field_sets.invalid_fields, "key", "requires", "provides"),
    *_for_each(
        "DIRECTIVE_IN_FIELDS_ARG", field_sets.directives_inside, "key", "requires", "provides"
    ),
    *_for_each("UNSUPPORTED_ON_INTERFACE", field_sets.on_interface, "key", "requires", "provides"),
    *_for_each("FIELDS_HAS_ARGS", field_sets.fields_with_arguments, "key", "provides"),
    *_for_each("FIELDS_MISSING_EXTERNAL", field_sets.missing_external, "requires", "provides"),
    ("KEY_FIELDS_SELECT_INVALID_TYPE", field_sets.abstract_key_fields),
    ("PROVIDES_ON_NON_OBJECT_FIELD", field_sets.provides_on_leaf),
    ("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", field_sets.provides_on_external),
    ("EXTERNAL_UNUSED", declarations.unused_external),
    ("EXTERNAL_ON_INTERFACE", declarations.external_on_interface),
    ("INVALID_SHAREABLE_USAGE", declarations.shareable_on_interface),
    ("INTERFACE_OBJECT_USAGE_ERROR", declarations.interface_object_without_key),
    ("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", declarations.interface_key_not_implemented),
    ("COST_APPLIED_TO_INTERFACE_FIELD", cost.cost_on_interface),
    ("LIST_SIZE_APPLIED_TO_NON_LIST", cost.size_of_no_list),
    ("LIST_SIZE_INVALID_ASSUMED_SIZE", cost.negative_size),
    ("LIST_SIZE_INVALID_SLICING_ARGUMENT", cost.wrong_slicing_argument),
    ("LIST_SIZE_INVALID_SIZED_FIELD", cost.wrong_sized_field),
    ("CONTEXT_NAME_INVALID", contexts.invalid_name),
    ("CONTEXT_NOT_SET", contexts.not_set),
    ("NO_CONTEXT_IN_SELECTION", contexts.names_no_context),
    ("CONTEXT_INVALID_SELECTION", contexts.invalid_selection),
    ("CONTEXT_NO_RESOLVABLE_KEY", contexts.no_resolvable_key),
    ("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", access.on_interface),
)

MERGED_RULES: tuple[tuple[str, MergedRule], ...] = (
    ("INVALID_GRAPHQL", merged_graph.reserved_names),
    ("INTERFACE_FIELD_NO_IMPLEM", merged_graph.interface_field_missing),
    ("REQUIRES_INVALID_FIELDS", merged_graph.requirement_unmet),
    ("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", access.transitive),
    ("REFERENCED_INACCESSIBLE", inaccessible.referenced),
    ("QUERY_ROOT_TYPE_INACCESSIBLE", inaccessible.query_root),
    ("ONLY_INACCESSIBLE_CHILDREN", inaccessible.only_hidden_children),
    ("REQUIRED_INACCESSIBLE", inaccessible.required),
    ("IMPLEMENTED_BY_INACCESSIBLE", inaccessible.implemented_by),
    ("DEFAULT_VALUE_USES_INACCESSIBLE", inaccessible.used_by_default),
    ("DISALLOWED_INACCESSIBLE", inaccessible.disallowed),
)


def check_subgraph(subgraph: Subgraph, found: Findings) -> None:
    """Every rule that a subgraph must keep by itself."""
    for code, rule in RULES:
        for message in rule(subgraph):
            found.problem(code, f"{subgraph.name}: {message}")


def check_merged(subgraphs: Sequence[Subgraph], merged: Merged, found: Findings) -> None:
    """Every rule about the merged graph; meaningful once merging found no problems."""
    for code, rule in MERGED_RULES:
        for message in rule(subgraphs, merged):
            found.problem(code, message)
