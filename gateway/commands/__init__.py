"""One file per command of `causeway`."""
