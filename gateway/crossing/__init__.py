"""The door between islands: each child's part of a call goes out only as far as that child's facts open it.

narrow   a fetch and what is open for one child → the fetch without the rest
door     Crossed: asks the link node about each child, prunes, sends, remembers what was decided
"""

from gateway.crossing.door import Crossed, Crossing, Decision, Link
from gateway.crossing.narrow import Fields, Narrowed, Narrower

__all__ = ["Crossed", "Crossing", "Decision", "Fields", "Link", "Narrowed", "Narrower"]
"""What the pipeline uses."""
