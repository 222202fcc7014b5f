"""What is read of a supergraph, and what is refused."""

from __future__ import annotations

import pytest

from gateway.federation.composition.composer import compose
from gateway.federation.composition.read import Source
from gateway.federation.errors import InvalidSupergraph
from gateway.federation.supergraph import Supergraph, load

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/{version}", for: EXECUTION)
  {more}
{{ query: Query }}
enum join__Graph {{ A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "") }}
"""
BODY = """
type Query @join__type(graph: A) @join__type(graph: B) {
  child: Child @join__field(graph: A)
}
type Child @join__type(graph: A, key: "id") @join__type(graph: B, key: "id name { first }") {
  id: ID!
  name: Name @join__field(graph: A) @join__field(graph: B, type: "Name!", external: true)
  age: Int @join__field(graph: B, requires: "name { first }")
}
type Name @join__type(graph: A) @join__type(graph: B) { first: String }
"""


def supergraph(body: str = BODY, version: str = "v0.3", more: str = "") -> Supergraph:
    return load(HEAD.format(version=version, more=more) + body)


@pytest.mark.parametrize("version", ["v0.1", "v0.2", "v0.3", "v0.4", "v0.5"])
def test_every_version_of_join_is_read(version: str) -> None:
    found = supergraph(version=version)

    assert found.subgraphs == {"a": "http://a", "b": ""}


def test_a_field_is_what_each_subgraph_has_of_it() -> None:
    found = supergraph()

    own = found.field_in("Child", "name", "b")
    assert own is not None and own.external and own.type.required == (True,)
    assert found.field_in("Child", "age", "a") is None
    assert found.field_in("Child", "id", "b") is not None


def test_what_a_field_requires_is_followed_to_the_end() -> None:
    found = supergraph()

    assert found.requirements("Child", "age") == {("Child", "name"), ("Name", "first")}
    assert found.requirements("Child", "name") == frozenset()


def test_requirements_go_through_chains() -> None:
    chain = """
    type Query @join__type(graph: A) { t: T }
    type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
      id: ID!
      one: Int @join__field(graph: A)
      two: Int @join__field(graph: B, requires: "one") @join__field(graph: A, external: true)
      three: Int @join__field(graph: A, requires: "two")
    }
    """

    assert supergraph(chain).requirements("T", "three") == {("T", "two"), ("T", "one")}


def test_requirements_follow_context() -> None:
    link = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8",'
        ' import: ["@key", "@context", "@fromContext"])\n'
    )
    sdl = """
    type Query { users: [User!]! }
    type User @key(fields: "id") @context(name: "user") { id: ID! currency: String! child: Child }
    type Child @key(fields: "id") {
      id: ID!
      price(currency: String @fromContext(field: "$user { currency }")): Int
    }
    """
    found = load(compose([Source("a", "http://a", link + sdl)]).sdl)

    assert found.requirements("Child", "price") == {("User", "currency")}


def test_directives_are_known_by_where_they_come_from() -> None:
    renamed = """
    type Query @join__type(graph: A) { child: Child }
    type Child @join__type(graph: A) {
      name: String @label(is: ["X"])
      note: String @category(is: ["Y"])
    }
    """
    link = '@link(url: "https://causeway.example/category/v1.0", import: [{name: "@category", as: "@label"}])'

    fields = supergraph(renamed, more=link).types["Child"].fields

    (applied,) = fields["name"].directives
    assert (applied.spec, applied.name) == ("https://causeway.example/category", "category")
    assert applied.arguments == {"is": ["X"]}
    assert [one.name for one in fields["note"].directives] == ["category"]
    assert "https://causeway.example/category" in {
        link.identity for link in supergraph(renamed, more=link).links
    }


def test_join_under_another_name_is_join() -> None:
    text = (HEAD + BODY.replace("{", "{{").replace("}", "}}")).format(version="v0.3", more="")
    text = text.replace("join__", "j__").replace('join/v0.3", for', 'join/v0.3", as: "j", for')

    assert load(text).subgraphs == supergraph().subgraphs


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('@link(url: "https://example.org/secret/v1.0", for: SECURITY)', "SECURITY"),
        ('@link(url: "https://example.org/run/v1.0", for: EXECUTION)', "EXECUTION"),
        ('@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)', "SECURITY"),
        (
            '@link(url: "https://specs.apollo.dev/inaccessible/v9.0", for: SECURITY)',
            "known versions",
        ),
        ("@link(url: 3)", "no usable url"),
    ],
)
def test_what_is_not_understood_refuses_the_whole(more: str, says: str) -> None:
    with pytest.raises(InvalidSupergraph, match=says):
        supergraph(more=more)


def test_what_the_caller_enforces_is_understood() -> None:
    more = '@link(url: "https://example.org/secret/v1.0", for: SECURITY)'
    text = HEAD.format(version="v0.3", more=more) + BODY

    assert load(text, understood=["https://example.org/secret"]).subgraphs


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("type Query {", "not GraphQL SDL"),
        ("type Query { a: Int }", "no join specification"),
        (HEAD.format(version="v0.9", more="") + BODY, "known versions"),
        (HEAD.format(version="v0.3", more="") + "type Child { a: Int }", "query root"),
        (
            HEAD.format(version="v0.3", more="") + BODY.replace("graph: B", "graph: C"),
            "C is no value",
        ),
        (
            HEAD.format(version="v0.3", more="") + BODY.replace('key: "id"', 'key: "id {"'),
            "field set",
        ),
        (HEAD.format(version="v0.3", more="") + BODY.replace(": Name ", ": Gone "), "not defined"),
        (
            HEAD.format(version="v0.3", more="") + BODY.replace('type: "Name!"', 'type: "["'),
            "no type",
        ),
        (
            HEAD.format(version="v0.3", more="").replace("@join__graph", "@other") + BODY,
            "join__graph",
        ),
    ],
)
def test_a_malformed_supergraph_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(InvalidSupergraph, match=says):
        load(text)
