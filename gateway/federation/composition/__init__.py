"""Subgraphs in, one supergraph out, or every reason why not. Before serving, never during."""
