"""A Plan → text: the nested form that everyone knows, and a short numbered one for cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.federation.planning.steps import Each, Input, Key, Kind, Path, Plan, Sent, Step
from gateway.federation.selection import Field, On, Selections, print_selections


def short(plan: Plan) -> str:
    """One line per step: number, subgraph, what it waits for, where, what is sent, what is asked."""
    lines = [_line(plan, step) for step in plan.steps]
    for batch in plan.batches:
        groups = (" ".join(str(one) for one in group) for group in batch.groups)
        lines.append(f"together: {' + '.join(groups)}")
    for part in plan.deferred:
        steps = " ".join(str(one) for one in part.steps) or "nothing more"
        label = f" {part.label}" if part.label else ""
        places = " and ".join(_path(path) or "the root" for path in part.paths)
        lines.append(f"deferred{label} at {places}: {steps}")
    return "\n".join(lines)


def _line(plan: Plan, step: Step) -> str:
    after = f" after {' '.join(str(need) for need in step.needs)}" if step.needs else ""
    at = f" at {_path(step.path)}" if step.path else ""
    sent = f" sends {' '.join(map(_input, step.inputs))}" if step.inputs else ""
    taken = "".join(f" takes ${one.variable}" for one in step.taken)
    kind = f"{step.operation} " if step.operation != "query" else ""
    asked = print_selections(_asked(step))
    return f"{step.id}. {step.subgraph}{after}{at}{sent}{taken}: {kind}{asked}"


def _asked(step: Step) -> Selections:
    """What is selected; without the fragment when everything sent is of one type."""
    first = step.output[0]
    if step.kind is Kind.ENTITY and len(step.output) == 1 and isinstance(first, On):
        return first.inside
    return step.output


def _path(path: Path) -> str:
    found = ""
    for segment in path:
        if isinstance(segment, Key):
            found += f".{segment.name}" if found else segment.name
        elif isinstance(segment, Each):
            found += ".@"
        else:
            found += f"|[{'|'.join(sorted(segment.types))}]"
    return found


def _input(one: Input) -> str:
    name = one.typename or "|".join(sorted(one.types)) or "itself"
    told = (
        f"{'|'.join(sorted(one.types))} as " if one.types and one.typename not in one.types else ""
    )
    return f"{told if one.typename else ''}{name}{_sent(one.fields)}"


def _sent(fields: Sequence[Sent]) -> str:
    return "(" + " ".join(_sent_field(one) for one in fields) + ")"


def _sent_field(one: Sent) -> str:
    source = f"<{one.source}" if one.source != one.name else ""
    only = f" of {'|'.join(sorted(one.only))}" if one.only else ""
    return f"{one.name}{source}{only}{_sent(one.inside) if one.inside else ''}"


def tree(plan: Plan) -> str:
    """The plan as `QueryPlan { Sequence { Parallel { Flatten { Fetch … } } } }`."""
    waves = list(_waves(plan.steps))
    inner = [_indent(_wave(plan, wave)) for wave in waves]
    if len(inner) == 1:
        return f"QueryPlan {{\n{inner[0]}\n}}"
    body = _indent("Sequence {\n" + "\n".join(inner) + "\n}")
    return f"QueryPlan {{\n{body}\n}}" if inner else "QueryPlan {}"


def _waves(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps by when they can start, if all steps took equally long."""
    level: dict[int, int] = {}
    for step in steps:
        level[step.id] = 1 + max((level[need] for need in step.needs), default=0)
    for depth in range(1, max(level.values(), default=0) + 1):
        yield [step for step in steps if level[step.id] == depth]


def _wave(plan: Plan, wave: Sequence[Step]) -> str:
    if len(wave) == 1:
        return _node(wave[0])
    return "Parallel {\n" + "\n".join(_indent(_node(step)) for step in wave) + "\n}"


def _node(step: Step) -> str:
    sent = ""
    if step.inputs:
        given = "\n".join(_indent(_representation(one)) for one in step.inputs)
        sent = _indent("{\n" + given + "\n} =>") + "\n"
    asked = _indent("{\n" + _indent(_block(step.output)) + "\n}")
    fetch = f'Fetch(service: "{step.subgraph}") {{\n{sent}{asked}\n}}'
    if not step.path:
        return fetch
    return f'Flatten(path: "{_path(step.path)}") {{\n{_indent(fetch)}\n}}'


def _representation(one: Input) -> str:
    name = one.typename or "|".join(sorted(one.types)) or "_"
    fields = "\n".join(_indent(_sent_field(sent)) for sent in one.fields)
    body = _indent("__typename") + (f"\n{fields}" if fields else "")
    return f"... on {name} {{\n{body}\n}}"


def _block(selections: Selections) -> str:
    return "\n".join(map(_selection, selections))


def _selection(one: Field | On) -> str:
    if isinstance(one, On):
        return f"... on {one.type} {{\n{_indent(_block(one.inside))}\n}}"
    head = print_selections((Field(one.name, one.alias, one.arguments),))[1:-1]
    return f"{head} {{\n{_indent(_block(one.inside))}\n}}" if one.inside else head


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
