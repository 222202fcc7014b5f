"""A supergraph, a register, keys and a ledger → a Gateway that answers. Nothing starts unless all of it holds."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.assertion import Signer
from gateway.budget import USUAL, Budgets
from gateway.budget import Limits as LookupLimits
from gateway.caller import Callers
from gateway.crossing import Narrower
from gateway.federation.engine import Engine
from gateway.federation.execution.transport import Source, Transport
from gateway.federation.planning.limits import STRICT, Limits
from gateway.federation.schema import api_schema
from gateway.federation.supergraph import Supergraph
from gateway.ledger.append import Ledger
from gateway.ledger.checkpoint import Signer as Promising
from gateway.linking import Graph, crossing_keys, telling
from gateway.lookups import Lookups
from gateway.pipeline import Gateway
from gateway.purpose.admit import Admissions
from gateway.purpose.closable import closable
from gateway.purpose.labels import compiled
from gateway.purpose.scopes import demands
from gateway.register import Register


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gateway is made of: the graph and the table that decide, who may ask, the way out, the record."""

    supergraph: Supergraph
    register: Register
    callers: Callers
    door: Transport
    signer: Signer
    ledger: Ledger
    promising: Promising
    source: Source | None = None
    limits: Limits = STRICT
    lookups: LookupLimits = USUAL


def assembled(parts: Parts) -> Gateway:
    """The gateway. Raises CompositionError when a field of the graph has no usable label."""
    labels = compiled(parts.supergraph, parts.register)
    keys = crossing_keys(parts.supergraph, parts.register.link_subgraph)
    schema = closable(api_schema(parts.supergraph))
    return Gateway(
        engine=Engine(parts.supergraph, parts.limits, schema, echoed=keys),
        callers=parts.callers,
        admissions=Admissions(parts.register, labels, demands(parts.supergraph)),
        narrower=Narrower(Graph(parts.supergraph, labels)),
        keys=keys,
        link=telling(parts.register),
        door=parts.door,
        signer=parts.signer,
        ledger=parts.ledger,
        promising=parts.promising,
        lookups=Lookups(Budgets(parts.lookups)),
        source=parts.source,
    )
