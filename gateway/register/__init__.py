"""`schema/register.toml` → Register: which purpose opens which category, for whom, under which conditions.

Pure, and shared: the gateway decides by it, every subgraph re-checks with its own copy, and the link node
decides by it for each child. Closed by default; a prohibition beats everything.

    conditions   the closed list of conditions: pure functions over facts about one child
    rows         what the file says, as frozen values, wildcards and parts written out
    read         bytes → rows, or every reason why not
    opening      one purpose, role and kind of organisation → what is open, what is closed and why
    ruling       an opening and the facts about one child in one island → what is released
    table        the Register
    labels       what `@category` says of a field → what the field needs
    signed       who signed exactly these bytes
    lint, changes, cells: what reviewers read
"""

from gateway.register.conditions import Facts
from gateway.register.opening import Opening
from gateway.register.read import InvalidRegister
from gateway.register.ruling import Ruling, rule
from gateway.register.table import Register, load, read

__all__ = ["Facts", "InvalidRegister", "Opening", "Register", "Ruling", "load", "read", "rule"]
