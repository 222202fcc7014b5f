"""What an authority knows of a child → the child's NHS number and its status, by way of the NHS.

`pds` asks; `strategies` say what to ask; `matching` weighs the answers; `status` says what the number is then worth;
`verify` and `reconcile` look at a number that is already held; `batch` does it for a file, and survives being killed.
Statuses and thresholds are those of the Department's SUI matcher. An outage is an error here, never "no such child".
"""
