"""A Plan in, a Response out, through one door.

plan ─program─▶ Program ─executor─▶ Response         flow: each fetch starts when those it needs have ended
                          │
                          ├ columnar   clean answers: layout and columns, compiled once; structs all through
                          └ general    any answer: asking → collect · represent; merge; faults; project

When an answer is not clean, the general executor starts over with the replies that are there: nothing
is asked twice, and a test holds each to the other. `subscription` runs a program for each event,
`incremental` hands out deferred parts as they come.
"""
