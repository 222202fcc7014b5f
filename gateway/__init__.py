"""Causeway: one graph over agency identifier islands, answered only for a declared purpose.

bytes ─protocol─▶ Request              token ─caller─▶ Caller
        │                                 │
   read(request, schema)                  │            ▶ Operation    valid, within limits, conditions folded in
   admit(operation, caller, register) ◀───┘            ▶ Admission    what is open, what is withheld and why
   plan(admission.open, supergraph)                    ▶ Plan         cached by operation and what is closed
   ┌ ledger.append(record) ──────────┐                 ▶ Receipt
   └ execute(plan, doors) ───────────┘                 ▶ Outcome      doors = Crossed(Signed(Within(Http)))
   respond(plan, outcome)                              ▶ Response     only what was asked and released
bytes ◀─protocol──┘

No purpose, no fetch. No record, no release.
"""
