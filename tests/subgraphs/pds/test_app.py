"""What the stand-in says to whom, and in which order it looks."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.subgraphs.pds.conftest import GONE, JANE, JANET, OLD_JANE, Asking
from tests.subgraphs.pds.published import faults

BORN = "birthdate=eq2010-10-22"


async def test_a_patient_comes_with_the_version_and_what_was_sent_along(sandbox: Asking) -> None:
    known = str(uuid4())

    answer = await sandbox(
        f"/Patient/{JANE}", headers={"X-Request-ID": known, "X-Correlation-ID": "c-1"}
    )

    assert answer.status_code == 200
    assert answer.headers["ETag"] == 'W/"3"'
    assert answer.headers["X-Request-ID"] == known
    assert answer.headers["X-Correlation-ID"] == "c-1"
    assert answer.headers["Content-Type"].startswith("application/fhir+json")


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/Patient", {"X-Request-ID": None, "Authorization": "?"}, (400, "MISSING_VALUE")),
        ("/Patient", {"X-Request-ID": "7", "Authorization": "?"}, (400, "INVALID_VALUE")),
        ("/Patient", {"Authorization": "Basic x"}, (401, "ACCESS_DENIED")),
        ("/Patient", {"Authorization": "Bearer a b"}, (401, "ACCESS_DENIED")),
        ("/Patient", {}, (400, "UNSUPPORTED_SERVICE")),
        ("/Patient?model=1&birthdate=x", {}, (400, "ADDITIONAL_PROPERTIES")),
        ("/Patient?birthdate=20101022", {}, (400, "INVALID_VALUE")),
        ("/Patient?birthdate=2010-02-30", {}, (400, "INVALID_VALUE")),
        ("/Patient?death-date=x", {}, (400, "INVALID_VALUE")),
        ("/Patient?family=Smith", {}, (400, "MISSING_VALUE")),
        (f"/Patient?{BORN}", {}, (400, "INVALID_SEARCH_DATA")),
        (f"/Patient?family=Smith&{BORN}&gender=man", {}, (400, "INVALID_VALUE")),
        (f"/Patient?family=S*&{BORN}", {}, (400, "INVALID_VALUE")),
        (f"/Patient?family=Smith&{BORN}&_max-results=51", {}, (400, "INVALID_VALUE")),
        (
            f"/Patient?family=Smith&{BORN}&address-postcode=Z&address-postalcode=Z",
            {},
            (400, "INVALID_SEARCH_DATA"),
        ),
        (f"/Patient?family=Smith&{BORN}&_fuzzy-match=true", {}, (400, "INVALID_SEARCH_DATA")),
        (
            f"/Patient?family=Sm*&given=Jane&{BORN}&_fuzzy-match=true",
            {},
            (400, "INVALID_SEARCH_DATA"),
        ),
        ("/Patient/9000000000", {}, (400, "INVALID_RESOURCE_ID")),
        ("/Patient/9111231130", {}, (404, "RESOURCE_NOT_FOUND")),
        (f"/Patient/{GONE}", {}, (404, "INVALIDATED_RESOURCE")),
        (f"/Patient/{GONE}/RelatedPerson", {}, (404, "INVALIDATED_RESOURCE")),
        ("/Coverage", {}, (400, "UNSUPPORTED_SERVICE")),
    ],
)
async def test_the_first_thing_wrong_is_what_is_said(
    sandbox: Asking, path: str, headers: dict[str, str | None], expected: tuple[int, str]
) -> None:
    assert await sandbox.code(path, headers=headers) == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_can_be_written(sandbox: Asking, method: str) -> None:
    assert await sandbox.code(f"/Patient/{JANE}", method=method) == (403, "INVALID_METHOD")


async def test_more_than_one_result_is_not_for_an_application_alone(
    serve: Callable[[float], Asking],
) -> None:
    asking = serve(0)

    assert await asking.code(f"/Patient?family=Smith&{BORN}&_max-results=2") == (
        403,
        "INVALID_VALUE",
    )
    assert await asking.code(f"/Patient?family=Sm*&{BORN}") == (200, "TOO_MANY_MATCHES")
    assert await asking.found(f"family=Smith&{BORN}&_max-results=1") == {JANE: 1.0}


async def test_without_a_token_that_was_given_nothing_is_answered(
    serve: Callable[[float], Asking],
) -> None:
    asking = serve(0)

    for said in (None, "Bearer another"):
        refused = await asking.code(f"/Patient/{JANE}", headers={"Authorization": said})

        assert refused == (401, "ACCESS_DENIED")


async def test_the_sixth_request_of_a_second_is_told_to_wait(
    serve: Callable[[float], Asking],
) -> None:
    asking, now = serve(5), 100.0
    asking.service.pace.clock = lambda: now

    statuses = [(await asking(f"/Patient/{JANE}")).status_code for _ in range(5)]
    limited = await asking(f"/Patient/{JANE}")
    now += 0.2
    after = await asking(f"/Patient/{JANE}")

    assert statuses == [200] * 5
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "1")
    assert limited.json()["issue"][0]["details"]["coding"][0]["code"] == "TOO_MANY_REQUESTS"
    assert after.status_code == 200


async def test_the_same_request_again_is_answered_alike_and_counted_once(sandbox: Asking) -> None:
    known = {"X-Request-ID": str(uuid4())}

    first = await sandbox(f"/Patient?family=Smith&{BORN}", headers=known)
    again = await sandbox(f"/Patient?family=Smith&{BORN}", headers=known)

    assert first.content == again.content
    assert sandbox.service.accesses == {known["X-Request-ID"]: [JANE]}


async def test_every_patient_found_is_an_access(sandbox: Asking) -> None:
    found = await sandbox.found(f"family=Sm*&{BORN}")

    assert len(found) == 3
    assert [sorted(each) for each in sandbox.service.accesses.values()] == [sorted(found)]


async def test_a_superseded_number_leads_to_the_record_in_force(sandbox: Asking) -> None:
    answer = (await sandbox(f"/Patient/{OLD_JANE}")).json()

    assert answer["id"] == JANE
    assert "link" not in answer


async def test_a_restricted_record_has_no_places(sandbox: Asking) -> None:
    answer = (await sandbox(f"/Patient/{JANET}")).json()

    assert answer["meta"]["security"][0]["code"] == "R"
    hidden = {"address", "telecom", "contact", "generalPractitioner", "managingOrganization"}
    assert not hidden & answer.keys()
    assert [each["url"].rsplit("-", 1)[-1] for each in answer["extension"]] == [
        "DeathNotificationStatus"
    ]


async def test_relations_are_given_but_not_of_a_restricted_patient(sandbox: Asking) -> None:
    of_jane = (await sandbox(f"/Patient/{JANE}/RelatedPerson")).json()
    of_janet = (await sandbox(f"/Patient/{JANET}/RelatedPerson")).json()

    assert (of_jane["total"], of_jane["entry"][0]["resource"]["id"]) == (1, "A1")
    assert (of_janet["total"], "entry" in of_janet) == (0, False)


def test_the_published_shapes_are_not_satisfied_by_anything() -> None:
    assert faults("/Patient", {"resourceType": "Patient", "id": "12", "link": []}) != []
    assert faults("/Patient", {"resourceType": "Bundle", "type": "searchset"}) != []
    assert faults("/Patient", {"resourceType": "OperationOutcome", "issue": []}) != []
