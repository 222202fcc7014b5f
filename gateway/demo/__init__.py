"""Causeway on one machine, with invented children: for trying it, showing it and testing it whole.

people    the ready-made callers
machine   Postgres, six subgraphs and the gateway, for as long as a block lasts
journeys  who asks what, about whom: a question each, and what there is to see
shown     how `causeway journey` finds a demonstration that runs
"""

from gateway.demo.machine import Running, running
from gateway.demo.people import Person, people

__all__ = ["Person", "Running", "people", "running"]
