"""The code sets of the statutory collections the authority files, a module by subject."""
