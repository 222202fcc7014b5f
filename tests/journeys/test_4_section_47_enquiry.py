"""Journey 4: a section 47 enquiry: more is open, consent is not waited for, and some things stay closed."""

from gateway.demo import Person
from subgraphs.population import Circumstance


def social_worker(child) -> Person:
    known = child.numbers.local_authority[0]
    number = {"laCode": str(known.la_code), "localChildId": str(known.local_child_id)}
    return Person(
        "Social worker", "sw-47", "social_worker", str(child.authority), "CP_S47_ENQUIRY",
        child.forename, {"laChild": number},
    )  # fmt: skip


async def test_an_enquiry_sees_plan_and_category_with_whose_judgement_it_is(
    machine, journey
) -> None:
    child = machine.first(Circumstance.CHILD_PROTECTION_PLAN)

    answer = await machine.ask(social_worker(child), journey("section_47_enquiry"))

    plans = answer.data["child"]["localAuthorityRecords"][0]["childProtectionPlans"]
    assert plans[0]["latestCategoryOfAbuse"]["authorRole"]
    assert answer.data["child"]["cpis"]["planType"] == "CPP"


async def test_what_nobody_may_see_stays_closed_even_here(machine, journey) -> None:
    child = machine.first(Circumstance.CHILD_PROTECTION_PLAN)

    answer = await machine.ask(social_worker(child), journey("section_47_enquiry"))

    assert answer.codes["child.localAuthorityRecords.0.adoption"] == "PROHIBITED"
    assert answer.codes["child.learner"] == "PROHIBITED"
    assert answer.codes["child.pupil.postLookedAfter"] == "PROHIBITED"


async def test_without_a_live_enquiry_the_child_crosses_nowhere(machine, journey) -> None:
    kai = machine.child("Kai")

    answer = await machine.ask(social_worker(kai), journey("section_47_enquiry"))

    child = answer.data["child"]
    assert child is None or not any(child[name] for name in ("pupil", "cpis"))


async def test_another_authoritys_social_worker_sees_nothing(machine, journey) -> None:
    from dataclasses import replace

    child = machine.first(Circumstance.CHILD_PROTECTION_PLAN)
    stranger = replace(
        social_worker(child), organisation="383" if str(child.authority) != "383" else "838"
    )

    answer = await machine.ask(stranger, journey("section_47_enquiry"))

    child = answer.data["child"]
    assert child is None or not any(child[name] for name in ("pupil", "cpis"))
