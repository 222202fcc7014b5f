"""What a step selects → the text that its subgraph is sent, with only the variables that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.federation.selection import Selections, print_selections, variables

REPRESENTATIONS = "$representations: [_Any!]!"


def root_document(
    operation: str, output: Selections, definitions: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """A request to a root type, and its variables; `definitions` are the client's, by name."""
    used = variables(output)
    declared = [definitions[name] for name in used]
    head = operation if operation != "query" or declared else ""
    return f"{head}{_declared(declared)}{print_selections(output)}", used


def entity_document(
    output: Selections, definitions: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """A request for entities, and its variables beside the representations."""
    used = variables(output)
    declared = [REPRESENTATIONS, *(definitions[name] for name in used)]
    entities = f"{{_entities(representations: $representations){print_selections(output)}}}"
    return f"query{_declared(declared)}{entities}", used


def batch_document(
    outputs: Sequence[Selections], definitions: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Several requests for entities as one; the i-th takes `$r<i>` and answers as `_e<i>`."""
    used = tuple(dict.fromkeys(name for output in outputs for name in variables(output)))
    declared = [f"$r{place}: [_Any!]!" for place in range(len(outputs))]
    declared += [definitions[name] for name in used]
    asked = " ".join(
        f"_e{place}: _entities(representations: $r{place}){print_selections(output)}"
        for place, output in enumerate(outputs)
    )
    return f"query{_declared(declared)}{{{asked}}}", used


def _declared(declared: Sequence[str]) -> str:
    return f"({', '.join(declared)})" if declared else ""
