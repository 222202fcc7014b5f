"""Name → service, for every service of this deployment. A module is read only when its service is asked for."""

from __future__ import annotations

from importlib import import_module

from subgraphs.service import Service

NAMES = ("local_authority", "schools", "learners", "benefits", "link", "ledger")


def service(name: str) -> Service:
    """Raises KeyError for a name not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found = import_module(f"subgraphs.{name}").SERVICE
    assert isinstance(found, Service)
    return found
