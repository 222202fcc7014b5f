"""The door between islands: each child's part of a call goes out only as far as that child's facts open it.

told       what the link node says of a key: whose it is, and what is open there
keys       a representation → the key of its entity
narrow     a fetch and what is open for one child → the fetch without the rest
weave      replies about parts of a call → one reply
parts      a call and its children → its parts, narrowed; sent, one reply again
decisions  parts, and for whom → what was decided for each child in each island
door       Crossed: asks the link node about each child, prunes, sends, remembers what was decided
"""

from gateway.crossing.decisions import NO_CROSSING, Decision
from gateway.crossing.door import LINK_DOWN, Crossed
from gateway.crossing.narrow import Fields, Narrowed, Narrower
from gateway.crossing.parts import MESSAGE, NOT_AVAILABLE, WITHHELD
from gateway.crossing.told import Ask, Crossing, Key, Link, LinkUnavailable, Reasons, Told

__all__ = [
    "LINK_DOWN",
    "MESSAGE",
    "NOT_AVAILABLE",
    "NO_CROSSING",
    "WITHHELD",
    "Ask",
    "Crossed",
    "Crossing",
    "Decision",
    "Fields",
    "Key",
    "Link",
    "LinkUnavailable",
    "Narrowed",
    "Narrower",
    "Reasons",
    "Told",
]
"""What the pipeline uses."""
