"""A Plan in, a Response out, through one door."""
