"""What a step selects → the text that its subgraph is sent, with only the variables that it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.federation.selection import Selections, print_selections, variables

ENTITIES = "_entities"
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
    asked = entities([(ENTITIES, "representations", output)])
    return f"query{_declared(declared)}{asked}", used


def batch_document(
    outputs: Sequence[Selections], definitions: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Several requests for entities as one; the i-th takes `$r<i>` and answers as `_e<i>`."""
    used = tuple(dict.fromkeys(name for output in outputs for name in variables(output)))
    declared = [f"$r{place}: [_Any!]!" for place in range(len(outputs))]
    declared += [definitions[name] for name in used]
    asked = entities((f"_e{place}", f"r{place}", output) for place, output in enumerate(outputs))
    return f"query{_declared(declared)}{asked}", used


def entities(asked: Iterable[tuple[str, str, Selections]]) -> str:
    """The end of a request for entities: under which key of the answer, of which variable, and what."""
    each = (
        f"{'' if key == ENTITIES else f'{key}: '}{ENTITIES}(representations: ${variable})"
        + print_selections(output)
        for key, variable, output in asked
    )
    return f"{{{' '.join(each)}}}"


def _declared(declared: Sequence[str]) -> str:
    return f"({', '.join(declared)})" if declared else ""
