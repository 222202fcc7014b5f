"""The federation engine: GraphQL in, GraphQL out; no purposes, children, HTTP or SQL."""
