"""No record, no release."""
