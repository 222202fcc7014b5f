"""Journey 7: the record that follows a pupil; not for an adopted child, nor a restricted one without a DSL."""

from gateway.demo import Person


def senco(child) -> Person:
    return Person(
        "SENCO", "senco-7", "senco", str(child.school.urn), "SCHOOL_TRANSFER",
        child.forename, {"upn": str(child.numbers.upn)},
    )  # fmt: skip


async def test_the_pupils_record_is_there_and_nothing_of_other_islands(machine, journey) -> None:
    answer = await machine.ask("SENCO", journey("school_transfer"))

    pupil = answer.data["child"]["pupil"]
    assert pupil["uniquePupilNumber"] == str(machine.child("Kai").numbers.upn)
    assert pupil["attainment"] is not None and pupil["enrolments"]
    assert answer.codes["child.localAuthorityRecords"] == "PROHIBITED"
    assert answer.codes["child.nhsNumber"] == "PROHIBITED"


async def test_an_adopted_childs_record_does_not_follow(machine, journey) -> None:
    rowan = machine.child("Rowan")

    answer = await machine.ask(senco(rowan), journey("school_transfer"))

    pupil = (answer.data["child"] or {}).get("pupil")
    assert not pupil or not any(pupil.values())


async def test_a_restricted_record_does_not_tell_where_the_child_is(machine, journey) -> None:
    marcus = machine.child("Marcus")

    answer = await machine.ask(senco(marcus), journey("school_transfer"))

    pupil = (answer.data["child"] or {}).get("pupil") or {}
    assert not pupil.get("enrolments")
    assert marcus.school.name not in str(answer.body)
