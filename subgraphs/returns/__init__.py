"""Statutory return files → rows of the islands' own tables.

What a file says is kept as it was filed: one table per record of the return, in the schema of the
island that owns it (`local_authority`, `schools`, `learners`), each row with its file and line.
A row is stored whole or reported with its reasons; rows read = rows stored + rows reported.
"""
