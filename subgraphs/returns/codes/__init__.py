"""Code sets of the statutory returns, each the union of every year's: an old file loads as it was filed."""
