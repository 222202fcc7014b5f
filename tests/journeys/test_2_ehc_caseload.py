"""Journey 2: what is due or late for a coordinator's own authority, by days left."""


async def test_the_caseload_lists_what_is_due_the_most_overdue_first(machine, journey) -> None:
    answer = await machine.ask("EHC coordinator", journey("ehc_caseload"))

    days = [case["clock"]["next"]["daysLeft"] for case in answer.data["ehcCaseload"]]
    assert days == sorted(days)
    assert days[0] < 0, "a late case is among the invented ones"
    assert max(days) <= 140


async def test_another_authoritys_caseload_is_its_own(machine, journey) -> None:
    from dataclasses import replace

    hers = replace(machine.people["EHC coordinator"], organisation="383")

    mine, other = [
        {
            case["caseRef"]
            for case in (await machine.ask(who, journey("ehc_caseload"))).data["ehcCaseload"]
        }
        for who in ("EHC coordinator", hers)
    ]

    assert mine and not mine & other


async def test_a_child_in_ones_own_island_crosses_to_others_only_as_the_link_node_opens_it(
    machine,
) -> None:
    query = "{ ehcCaseload { child { forename child { pupil { senProvision } } } } }"

    answer = await machine.ask("EHC coordinator", query)

    crossed = {
        case["child"]["forename"]: case["child"]["child"] for case in answer.data["ehcCaseload"]
    }
    assert crossed["Kai"]["pupil"]["senProvision"] == "K"
    assert crossed["Tobias"] is None or crossed["Tobias"]["pupil"] is None, (
        "status 02 joins nothing"
    )
