"""Journey 8: post-16 participation: status and destinations only."""


async def test_a_participation_officer_sees_status_and_destinations(machine, journey) -> None:
    answer = await machine.ask("Participation officer", journey("post16_participation"))

    learner = answer.data["child"]["learner"]
    assert learner["participates"] is False
    assert learner["participation"][0]["activityStatus"]
    assert learner["hasEhcPlan"] is True


async def test_needs_plans_and_earnings_stay_closed(machine, journey) -> None:
    answer = await machine.ask("Participation officer", journey("post16_participation"))

    child = answer.data["child"]
    assert child["pupil"] is None and child["learner"]["employment"] is None
    assert answer.codes["child.localAuthorityRecords.0.childProtectionPlans"] == "PROHIBITED"
    plans = child["localAuthorityRecords"][0]["ehcCases"]
    assert plans[0]["planInForce"] is True, "that there is a plan, and when it is reviewed"
