"""`causeway register`: read what the register opens, ask why, compare two of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.commands.register_matrix import FORMATS
from gateway.federation.errors import FederationError
from gateway.federation.planning.operation import read as read_operation
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph
from gateway.federation.supergraph import load as load_supergraph
from gateway.purpose.admit import Admission, Admissions
from gateway.purpose.labels import Labels, compiled
from gateway.register import InvalidRegister, Opening, Register, load, signed
from gateway.register.cells import words
from gateway.register.changes import changes, front
from gateway.register.lint import findings
from gateway.register.read import USES
from gateway.register.table import NOT_SWITCHED_ON

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REGISTER = click.option(
    "--register", "path", type=FILE, default="schema/register.toml", show_default=True
)
SUPERGRAPH = click.option(
    "--supergraph", type=FILE, default="schema/supergraph.graphql", show_default=True
)
USES_ON = click.option(
    "--use",
    "uses",
    multiple=True,
    type=click.Choice(USES),
    help="A use of the NHS number that is switched on; the register's own when left out.",
)
PURPOSE = click.option("--purpose", required=True, help="A purpose of the register.")
ROLE = click.option("--role", required=True, help="A role of the register.")
KIND = click.option(
    "--kind", help="A kind of organisation; every kind the purpose allows when left out."
)


@click.group()
def register() -> None:
    """Which purpose opens what: read it, ask why, compare two of them."""


@register.command()
@REGISTER
@click.option(
    "--format", "shape", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
def matrix(path: Path, shape: str) -> None:
    """Purposes by categories: `causeway register matrix --format html > register.html`."""
    click.echo(FORMATS[shape](_register(path)))


@register.command()
@click.argument("coordinate")
@PURPOSE
@ROLE
@KIND
@USES_ON
@REGISTER
@SUPERGRAPH
def explain(
    coordinate: str,
    purpose: str,
    role: str,
    kind: str | None,
    uses: tuple[str, ...],
    path: Path,
    supergraph: Path,
) -> None:
    """Why a field is open or closed, naming the rows. Exit: 0 open, 1 closed, 2 cannot say.

    causeway register explain Pupil.freeMeals --purpose EHC_NEEDS_ASSESSMENT --role ehc_coordinator
    """
    table = _register(path, uses)
    openings = _openings(table, purpose, role, kind)
    labels = _labels(_supergraph(supergraph), table)
    type_name, _, name = coordinate.partition(".")
    if (type_name, name) not in labels.fields:
        _stop(f"{coordinate} is no field of an object type of {supergraph}; write it Type.field")
    closed = False
    for opening in openings:
        for line in _explained(labels, table, opening, (type_name, name)):
            click.echo(line)
        closed |= not _permitted(labels, table, opening, (type_name, name))
    sys.exit(int(closed))


@register.command()
@click.argument("operation", type=FILE)
@PURPOSE
@ROLE
@KIND
@USES_ON
@REGISTER
@SUPERGRAPH
@click.option("--name", help="The operation's name, when the document has several.")
def check(
    operation: Path,
    purpose: str,
    role: str,
    kind: str | None,
    uses: tuple[str, ...],
    path: Path,
    supergraph: Path,
    name: str | None,
) -> None:
    """What would be withheld from an operation. Exit: 0 nothing, 1 something, 2 cannot say.

    causeway register check ehc.graphql --purpose EHC_NEEDS_ASSESSMENT --role ehc_coordinator
    """
    table = _register(path, uses)
    openings = _openings(table, purpose, role, kind)
    graph = _supergraph(supergraph)
    labels = _labels(graph, table)
    try:
        asked = read_operation(operation.read_text(), name, None, api_schema(graph))
    except FederationError as error:
        _stop(f"{operation}: {error}")
    withheld = False
    for opening in openings:
        admission = Admissions(table, labels).admit(asked, opening)
        click.echo("\n".join(_checked(admission)))
        withheld |= bool(admission.withheld)
    sys.exit(int(withheld))


@register.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
def diff(old: Path, new: Path) -> None:
    """What a change opens and closes. Exit: 0 no change, 1 changes, 2 cannot say.

    causeway register diff signed.toml schema/register.toml
    """
    before, after = _register(old), _register(new)
    found = changes(before, after)
    facing = list(front(before, after))
    for line in facing:
        click.echo(line)
    for purpose in dict.fromkeys(change.purpose for change in found):
        click.echo(f"\n{purpose}")
        for change in found:
            if change.purpose == purpose:
                click.echo(f"  {change}")
    sys.exit(int(bool(found or facing)))


@register.command()
@REGISTER
@click.option("--supergraph", type=FILE, help="Check this graph's labels too.")
def lint(path: Path, supergraph: Path | None) -> None:
    """What a reviewer should look at again. Exit: 0 nothing, 1 something, 2 it cannot be read."""
    table = _register(path)
    if supergraph is not None:
        _labels(_supergraph(supergraph), table)
    found = findings(table, datetime.now(UTC).date())
    for line in found:
        click.echo(line)
    click.echo(
        f"{len(table.purposes)} purposes, {len(table.categories)} categories: {len(found)} findings"
    )
    sys.exit(int(bool(found)))


@register.command()
@click.option("--name", required=True, help="Who signs, as the signers' file has it.")
@click.option("--key", type=FILE, required=True, help="An Ed25519 private key, PEM.")
@REGISTER
def sign(name: str, key: Path, path: Path) -> None:
    """Add one person's signature to the file beside the register.

    openssl genpkey -algorithm ed25519 -out me.pem
    causeway register sign --name "Caldicott Guardian, Borough" --key me.pem
    """
    _register(path)
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        _stop(f"{key}: {error}")
    if not isinstance(private, Ed25519PrivateKey):
        _stop(f"{key}: no Ed25519 key; make one with openssl genpkey -algorithm ed25519")
    beside = signed.signature_path(path)
    before = signed.read_signatures(beside.read_bytes() if beside.exists() else b"{}")
    beside.write_bytes(signed.written(signed.sign(path.read_bytes(), name, private, before)))
    click.echo(f"{beside}: signed by {name}. For the signers' file:")
    click.echo(f'"{name}" = "{signed.public_text(private)}"')


@register.command()
@click.option("--signers", type=FILE, required=True, help="Names and public keys, TOML.")
@REGISTER
def verify(signers: Path, path: Path) -> None:
    """Whether the register may serve: two known signers, in force today. Exit: 0 it may, 2 it may not."""
    try:
        found = signed.load_signed(path, signers, on=datetime.now(UTC).date())
    except (InvalidRegister, OSError) as error:
        _stop(str(error))
    click.echo(
        f"{path}: version {found.version}, edition {found.document.edition}, {found.digest}, may serve"
    )


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)


def _register(path: Path, uses: tuple[str, ...] = ()) -> Register:
    try:
        return load(path, uses=uses or None)
    except InvalidRegister as error:
        _stop("\n".join(f"{path}: {problem}" for problem in error.problems))


def _supergraph(path: Path) -> Supergraph:
    try:
        return load_supergraph(path.read_text())
    except FederationError as error:
        _stop(f"{path}: {error}")


def _labels(graph: Supergraph, table: Register) -> Labels:
    try:
        return compiled(graph, table)
    except FederationError as error:
        _stop(str(error))


def _openings(table: Register, purpose: str, role: str, kind: str | None) -> tuple[Opening, ...]:
    found = table.purposes.get(purpose)
    if found is None:
        _stop(f"{purpose} is no purpose of the register; it has {', '.join(table.purposes)}")
    if role not in found.roles:
        _stop(
            f"{purpose} may not be declared by {role}; it may by {', '.join(sorted(found.roles))}"
        )
    kinds = sorted(found.organisation_kinds)
    if kind is not None and kind not in kinds:
        _stop(f"{purpose} may not be declared for {kind}; it may for {', '.join(kinds)}")
    if table.refusal(purpose, role, kinds[0]) == NOT_SWITCHED_ON:
        _stop(f"{purpose} is refused while {found.use} is off; with --use {found.use} it is on")
    different: dict[object, Opening] = {}
    for one in [kind] if kind else kinds:
        opening = table.opening(purpose, role, one)
        different.setdefault((opening.open, opening.ways), opening)
    return tuple(different.values())


def _permitted(
    labels: Labels, table: Register, opening: Opening, coordinate: tuple[str, str]
) -> bool:
    labelled = labels.fields[coordinate]
    off = labelled.subgraphs == (table.link_subgraph,) and not table.crosses(opening.purpose.code)
    return not off and opening.permits(labelled.label.need)


def _explained(
    labels: Labels, table: Register, opening: Opening, coordinate: tuple[str, str]
) -> Iterator[str]:
    labelled = labels.fields[coordinate]
    need = labelled.label.need
    name = ".".join(coordinate)
    who = f"{opening.role} of {opening.organisation_kind}"
    if not _permitted(labels, table, opening, coordinate):
        reason = opening.reason(need) or "USE_NOT_SWITCHED_ON"
        yield f"{name}: closed to {who} ({reason})"
    elif labelled.label.leads:
        yield f"{name}: only leads to an object; open to {who} when something below it is"
    else:
        yield f"{name}: open to {who}"
    permissions = table.scale.written(need)
    for permission in permissions:
        yield f"  {permission:<14} {_row(table, opening, permission)}"
    if permissions and all(one.endswith(":A") for one in permissions):
        yield "  counted once a month, of all whom the island's custodian does not leave out"
        return
    for conditions in sorted({way.conditions for way in opening.ways if need & way.opens}):
        yield f"  for each child, when: {', '.join(conditions)}"
    for subgraph, mask in labelled.uses.items():
        if subgraph not in labelled.subgraphs:
            yield f"  it requires {', '.join(table.scale.written(mask))} of {subgraph}"


def _row(table: Register, opening: Opening, permission: str) -> str:
    code = permission.partition(":")[0]
    title = table.categories[code].title
    return f"{title}. {opening.purpose.code}: {words(opening.purpose, code)}"


def _checked(admission: Admission) -> Iterator[str]:
    opening = admission.opening
    yield f"{opening.purpose.code} as {opening.role} of {opening.organisation_kind}"
    for one in admission.withheld:
        categories = f" ({', '.join(one.categories)})" if one.categories else ""
        yield f"  withheld  {'.'.join(one.path)}  {one.coordinate}  {one.code}{categories}"
    for subgraph, names in sorted(admission.released.items()):
        yield f"  asked of {subgraph}: {', '.join(names)}"
    if admission.obligations:
        yield f"  obliges to: {', '.join(admission.obligations)}"
