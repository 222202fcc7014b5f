"""The islands: each a federation subgraph over its own tables, answering only under the gateway's assertion.

A service is a folder; four of its files have the same names everywhere:

    __init__.py   SERVICE = Service(name, graph, loaders, folder), and load_population
    graph.py      what it adds to the graph: labelled Strawberry types, no SQL
    loaders.py    every read it makes: one query for many keys, no GraphQL
    tables.sql    its schema in the one database, safe to apply again

Beside them may stand its code sets, the parts of a large graph, and the rows it invents for the demonstration.

To add one: write the four, and a line in `roster.py`. Services never import each other; they meet in the graph, by key.
"""
