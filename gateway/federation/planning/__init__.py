"""An operation in, a Plan out. No waiting, no network, no caller."""
