"""What may be changed through the link node: consents, agreements, live work, protections, and the life of an identity."""

from __future__ import annotations

import strawberry

from subgraphs.link.adoption import AdoptionChanges
from subgraphs.link.agreements import AgreementChanges
from subgraphs.link.approvals import ApprovalChanges
from subgraphs.link.consents import ConsentChanges
from subgraphs.link.cpis import CpisChanges
from subgraphs.link.identities import IdentityChanges
from subgraphs.link.matching.corrections import CorrectionChanges
from subgraphs.link.matching.graph import MatchingChanges
from subgraphs.link.protections import ProtectionChanges
from subgraphs.link.relationships import RelationshipChanges
from subgraphs.link.tracing.graph import TracingChanges
from subgraphs.link.transfers import TransferChanges


@strawberry.type
class Mutation(
    ConsentChanges,
    AgreementChanges,
    RelationshipChanges,
    ProtectionChanges,
    AdoptionChanges,
    ApprovalChanges,
    CpisChanges,
    IdentityChanges,
    TransferChanges,
    TracingChanges,
    MatchingChanges,
    CorrectionChanges,
):
    pass
