"""What the purpose tests share: the register as it stands, and a small graph with its labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import GraphQLSchema

from gateway.federation.planning.operation import Operation, read
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph, load
from gateway.purpose.labels import Labels, compiled
from gateway.register import Register
from gateway.register import load as load_register

REGISTER = Path("schema/register.toml")
GRAPH = Path(__file__).with_name("graph.graphql")


@pytest.fixture(scope="session")
def register() -> Register:
    return load_register(REGISTER)


@pytest.fixture(scope="session")
def supergraph() -> Supergraph:
    return load(GRAPH.read_text())


@pytest.fixture(scope="session")
def schema(supergraph: Supergraph) -> GraphQLSchema:
    return api_schema(supergraph)


@pytest.fixture(scope="session")
def labels(supergraph: Supergraph, register: Register) -> Labels:
    return compiled(supergraph, register)


@pytest.fixture(scope="session")
def operation(schema: GraphQLSchema) -> Callable[[str], Operation]:
    return lambda text: read(text, None, None, schema)
