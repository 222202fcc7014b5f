"""Journey 5: the integrated review at 2 to 2½: both opinions, on the parent's explicit consent."""

from gateway.demo import Person


def key_person(child, **changed) -> Person:
    known = child.numbers.local_authority[0]
    number = {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}
    return Person(
        "Early years adviser", "ey-1", "ey_adviser", str(child.authority), "INTEGRATED_REVIEW_2",
        child.forename, {"laChild": number},
    )  # fmt: skip


async def test_both_opinions_come_side_by_side_with_who_gave_them(machine, journey) -> None:
    poppy = machine.child("Poppy")

    answer = await machine.ask(key_person(poppy), journey("integrated_review"))

    reviews = answer.data["child"]["localAuthorityRecords"][0]["developmentReviews"]
    assert len({review["instrument"] for review in reviews}) == 2
    assert all(review["judgement"]["authorRole"] for review in reviews if review["judgement"])


async def test_social_care_is_closed_to_the_review_whatever_anyone_agrees(machine, journey) -> None:
    answer = await machine.ask(key_person(machine.child("Poppy")), journey("integrated_review"))

    assert answer.codes["child.localAuthorityRecords.0.referrals"] == "PROHIBITED"


async def test_a_child_outside_the_age_of_the_review_has_nothing_open(machine, journey) -> None:
    answer = await machine.ask(key_person(machine.child("Kai")), journey("integrated_review"))

    child = answer.data["child"]
    records = child and child["localAuthorityRecords"]
    assert not records or not any(records[0].values())
