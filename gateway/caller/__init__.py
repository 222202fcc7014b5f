"""A bearer token → Caller: who asks, in which one role, for which organisation.

The token proves an identity; the role and the organisation are what its issuer was registered to say, and
nothing in a request can add to them.

    issuer   who may vouch for callers, and for which of them
    keys     an issuer's keys: a file, or a URL read again when they change
    token    text → Caller
    demo     an issuer of our own for demonstrations and tests
"""

from gateway.caller.issuer import Issuer, read_issuers
from gateway.caller.keys import Fetch, KeyRing, read_keys
from gateway.caller.token import Caller, Callers

__all__ = ["Caller", "Callers", "Fetch", "Issuer", "KeyRing", "read_issuers", "read_keys"]
