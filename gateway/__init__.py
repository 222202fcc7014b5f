"""Causeway: one graph over agency identifier islands, answered only for a declared purpose.

bytes ─protocol─▶ Request              token ─caller─▶ Caller
        │                                 │
   read(request, schema)                  │            ▶ Operation    valid, within limits, conditions folded in
   admit(operation, caller, register) ◀───┘            ▶ Admission    what is open, what is withheld and why
   plan(admission.open, supergraph)                    ▶ Plan         cached by operation and what is closed
   execute(plan, doors)                                ▶ Outcome      doors = Crossed(Signed(Http))
   ledger.append(records)                              ▶ Receipts     or nothing is released
bytes ◀─protocol── respond                             ▶ Response     only what was asked and released

No purpose, no fetch. No record, no release.
"""
