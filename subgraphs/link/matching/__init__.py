"""Records of islands → pairs that may be one child, and what disagrees about one: for people to judge, never joined here.

Decided: nothing that a record says of a child is kept. What islands hand out lies in this process's memory while it is
compared; what stays are which records are in question, what was alike in words, and what was judged. There is no
register of children: a run looks at the records of one authority's area, and only where an agreement shares them.
"""
