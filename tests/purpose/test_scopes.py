"""Apollo's directives, and the four ways round them that were published in November 2025."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.federation.errors import CompositionError, InvalidSupergraph
from gateway.federation.planning.operation import read
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import load
from gateway.purpose.admit import Admissions
from gateway.purpose.labels import compiled
from gateway.purpose.scopes import UNDERSTOOD, Demands, Held, demands
from gateway.register import Register

GRAPH = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
{ query: Query }

enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
scalar Secret @join__type(graph: A) @policy(policies: [["secret"]])

type Query @join__type(graph: A) {
  open: Int
  me: User @authenticated
  admin: Int @requiresScopes(scopes: [["read", "admin"], ["root"]])
  never: Int @requiresScopes(scopes: [])
  user: User
  post: Post
  node: Node
  vault: Vault
  secret: Secret
}
type User implements Node @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__implements(graph: A, interface: "Node") {
  id: ID!
  name: String @join__field(graph: A)
  email: String @join__field(graph: A) @requiresScopes(scopes: [["email"]])
  hash: String @join__field(graph: B, requires: "email")
  avatar: String @join__field(graph: A, requires: "hash")
}
type Post implements Node @join__type(graph: A) @join__implements(graph: A, interface: "Node") { id: ID! text: String }
interface Node @join__type(graph: A) { id: ID! @policy(policies: [["ids"]]) }
type Vault @join__type(graph: A) @requiresScopes(scopes: [["vault"]]) { gold: Int }
"""

ALL = Held(frozenset({"read", "admin", "email", "vault"}), frozenset({"secret", "ids"}))


def graph_demands(text: str = GRAPH) -> Demands:
    return demands(load(text, UNDERSTOOD))


def withheld(query: str, held: Held | None, text: str = GRAPH) -> list[tuple[str, ...]]:
    supergraph = load(text, UNDERSTOOD)
    asked = read(query, None, None, api_schema(supergraph))
    _, found = demands(supergraph).narrowed(asked, held)
    return [one.path for one in found]


@pytest.mark.parametrize(
    ("query", "held", "closed"),
    [
        ("{ open me { name } }", None, [("me",)]),
        ("{ open me { name } }", Held(), []),
        ("{ admin }", Held(frozenset({"read"})), [("admin",)]),
        ("{ admin }", Held(frozenset({"read", "admin"})), []),
        ("{ admin }", Held(frozenset({"root"})), []),
        ("{ never }", ALL, [("never",)]),
        ("{ a: admin b: open }", Held(), [("a",)]),
        ("{ vault { gold } }", Held(), [("vault",)]),
        ("{ secret }", Held(), [("secret",)]),
        ("{ secret }", Held(frozenset({"secret"})), [("secret",)]),
        ("{ secret vault { gold } admin }", ALL, []),
    ],
)
def test_a_field_is_closed_until_what_it_demands_is_held(
    query: str, held: Held | None, closed: list[tuple[str, ...]]
) -> None:
    assert withheld(query, held) == closed


def test_an_objects_field_has_the_demands_of_its_interface() -> None:
    """CVE-2025-64530: the implementation was asked instead of the interface."""
    for query in ("{ post { id } }", "{ node { ... on Post { id } } }", "{ node { id } }"):
        assert withheld(query, Held())
        assert not withheld(query, ALL)


def test_an_interface_asks_every_object_that_may_stand_there() -> None:
    """CVE-2025-64173: the interface was asked instead of the implementations."""
    alike = GRAPH.replace('{ id: ID! @policy(policies: [["ids"]]) }', "{ id: ID! }")
    alike = alike.replace("  id: ID!\n  name", '  id: ID! @policy(policies: [["ids"]])\n  name')
    alike = alike.replace("{ id: ID! text", '{ id: ID! @policy(policies: [["ids"]]) text')

    assert withheld("{ node { id } }", Held(), alike)
    assert not withheld("{ node { id } }", ALL, alike)


def test_a_directive_is_known_under_any_name() -> None:
    """CVE-2025-64347: a renamed directive was not seen."""
    renamed = GRAPH.replace(
        'authenticated/v0.1", for', 'authenticated/v0.1", as: "login", for'
    ).replace("@authenticated", "@login")
    imported = GRAPH.replace(
        'requiresScopes/v0.1", for',
        'requiresScopes/v0.1", import: [{name: "@requiresScopes", as: "@needs"}], for',
    ).replace("@requiresScopes(", "@needs(")

    assert withheld("{ me { name } }", None, renamed) == [("me",)]
    assert withheld("{ admin }", Held(), imported) == [("admin",)]
    assert graph_demands(renamed) == graph_demands(imported) == graph_demands()


@pytest.mark.parametrize("field", ["email", "hash", "avatar"])
def test_what_a_field_requires_is_demanded_at_any_depth(field: str) -> None:
    """GHSA-m8jr-fxqx-8xx6, and the chain that its first fix missed."""
    assert withheld(f"{{ user {{ {field} }} }}", Held()) == [("user", field)]
    assert not withheld(f"{{ user {{ {field} }} }}", ALL)


def test_each_copys_demand_counts() -> None:
    both = GRAPH.replace(
        '@requiresScopes(scopes: [["email"]])',
        '@requiresScopes(scopes: [["email"]]) @requiresScopes(scopes: [["pii"]])',
    )

    assert withheld("{ user { email } }", ALL, both) == [("user", "email")]


def test_who_does_not_enforce_them_cannot_load_such_a_graph() -> None:
    with pytest.raises(InvalidSupergraph, match="SECURITY"):
        load(GRAPH)
    with pytest.raises(CompositionError, match=r"v0\.2"):
        demands(load(GRAPH.replace("policy/v0.1", "policy/v0.2"), UNDERSTOOD))


def test_scopes_and_purposes_both_have_to_open_a_field(register: Register) -> None:
    text = Path(__file__).with_name("graph.graphql").read_text()
    text = text.replace(
        "\n{\n  query",
        '\n  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)\n{\n  query',
        1,
    ).replace(
        '@category(is: ["SC.ATT"])', '@category(is: ["SC.ATT"]) @requiresScopes(scopes: [["att"]])'
    )
    supergraph = load(text, UNDERSTOOD)
    asked = read(
        "{ pupil(upn: 1) { sen attendance } x: pupil(upn: 1) { meals } }",
        None,
        None,
        api_schema(supergraph),
    )
    admissions = Admissions(register, compiled(supergraph, register), demands(supergraph))
    opening = register.opening("EHC_NEEDS_ASSESSMENT", "ehc_coordinator", "LA")

    def codes(held: Held) -> dict[str, Any]:
        return {one.coordinate: one.code for one in admissions.admit(asked, opening, held).withheld}

    assert codes(Held()) == {"Pupil.attendance": "SCOPE_REQUIRED", "Pupil.meals": "PROHIBITED"}
    assert codes(Held(frozenset({"att"}))) == {"Pupil.meals": "PROHIBITED"}
