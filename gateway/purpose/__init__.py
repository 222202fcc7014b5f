"""What a declared purpose opens. Closed by default; a prohibition beats everything.

    declared   headers and extensions → the one purpose this request is for
    labels     a supergraph → what every field needs, closed over what it requires
    admit      operation, caller → the open operation, and what was withheld and why
    scopes     `@authenticated`, `@requiresScopes`, `@policy`, for supergraphs that use them

The table that decides is `gateway.register`, which the subgraphs share.
"""
