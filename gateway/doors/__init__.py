"""Ways to a subgraph: a Call goes in at the front door, and a Reply comes back. A door wraps a door."""

from gateway.doors.around import Counted, Shared, Within
from gateway.doors.events import Events
from gateway.doors.http import Http

__all__ = ["Counted", "Events", "Http", "Shared", "Within"]
