"""The graph as crossing sees it: where the link node and crossing meet, and neither knows the other.

opened     what is open of a child, as it is written → masks
questions  keys of an island → crossings, or whose they are: one question for many
replies    what replies tell beside their answers → the children they are about
graph      a supergraph and its labels → fields' needs and entities' keys
"""

from gateway.linking.graph import Graph, crossing_keys
from gateway.linking.questions import asking, identify
from gateway.linking.replies import telling

__all__ = ["Graph", "asking", "crossing_keys", "identify", "telling"]
"""What the pipeline and the assembly use."""
