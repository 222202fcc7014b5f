"""Schools and their pupils: enrolment, special needs, attendance, exclusions, attainment, contacts."""
