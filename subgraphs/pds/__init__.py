"""A stand-in for the NHS Personal Demographics Service: the FHIR R4 interface, over stub or invented patients.

Learned from the published interface (NHSDigital/personal-demographics-service-api, OpenAPI and sandbox) and built
anew: where the NHS sandbox answers a few canned questions, this searches. Not a subgraph; no part of the gateway asks
it in earnest, and no patient in it is a person.
"""
