"""Care episodes, reviews, times missing, yearly outcomes; care leavers; and, sealed, an adoption."""

from __future__ import annotations

from datetime import date

from subgraphs.local_authority.population.rows import File, Rows
from subgraphs.population import Circumstance


def rows(file: File) -> Rows:
    if file.child.has(Circumstance.LOOKED_AFTER):
        yield from _in_care(file)
    if file.child.has(Circumstance.CARE_LEAVER):
        yield from _left_care(file)
    if file.child.before_adoption:
        yield from _adopted(file)


def _in_care(file: File) -> Rows:
    dice = file.dice
    days = dice.randrange(400, 1100)
    start, moved = file.ago(days), file.ago(days // 2)
    yield from _episode(file, start, moved, "S", ("C1", "U6"))
    yield from _episode(
        file, moved, None, "B", (dice.choice(("C2", "V2")), dice.choice(("U4", "U6", "K2")))
    )
    for back in range(90, (file.today - start).days, 180):
        code = "PN0" if file.child.age < 4 else dice.choice(("PN1", "PN2", "PN6"))
        yield file.row("review", review=file.ago(back), review_code=code)
    if file.child.age >= 11:
        went = file.ago(dice.randrange(10, 200))
        yield file.row(
            "missing", missing=dice.choice("MA"), mis_start=went, mis_end=file.after(went, 2)
        )
    yield file.row("pre_proceedings", pp_start_date=file.ago(days + 40), lbp_sent_date=file.ago(days + 35),
                   fgdm_meeting_offer=True, court_app_date=start)  # fmt: skip
    yield file.row("oc2", **_outcomes(file) | {"as_at": _last_31_march(file.today)})


def _episode(file: File, start: date, end: date | None, rne: str, what: tuple[str, str]) -> Rows:
    """A placement where the child lives; `what` is legal status and kind of placement."""
    legal, place = what
    yield file.row(
        "episode",
        decom=start,
        rne=rne,
        ls=legal,
        cin="N1",
        place=place,
        place_provider="PR4" if place == "K2" else "PR1",
        dec=end,
        rec="X1" if end else None,
        reason_place_change="CARPL" if end else None,
        home_post="ZZ9 9AA",
        pl_post="ZZ9 9BB",
        urn="SC990001",
        placement_la=str(file.child.lives_in),
        placement_address="2 Fosse Cottages",
    )


def _outcomes(file: File) -> dict[str, object]:
    dice, age = file.dice, file.child.age
    scored = 4 <= age <= 16
    return {
        "sdq_score": dice.randrange(4, 30) if scored else None,
        "sdq_reason": None if scored else "SDQ1",
        "health_check": age < 5,
        "immunisations": dice.random() < 0.9,
        "teeth_check": dice.random() < 0.8,
        "health_assessment": dice.random() < 0.9,
        "substance_misuse": age >= 14 and dice.random() < 0.2,
        "convicted": False,
    }


def _left_care(file: File) -> Rows:
    left = file.ago(file.dice.randrange(40, 330))
    yield file.row(
        "episode", decom=file.ago(1500), rne="S", ls="C2", cin="N1", place="U4", place_provider="PR1",
        dec=left, rec=file.dice.choice(("E17", "E5")), placement_la=str(file.child.lives_in), pl_post="ZZ9 9CC",
    )  # fmt: skip
    neet = file.child.has(Circumstance.NOT_PARTICIPATING)
    activity = "G5" if neet else file.dice.choice(("F2", "F4", "P5"))
    yield file.row(
        "oc3", as_at=left, in_touch="YES", activ=activity, accom=file.dice.choice(("Z1", "D1", "K1", "T1"))
    )  # fmt: skip


def _adopted(file: File) -> Rows:
    yield file.row("ad1", date_int=file.ago(900), date_match=file.ago(800))
    yield file.row("placed_for_adoption", date_placed=file.ago(760))


def _last_31_march(today: date) -> date:
    this_year = date(today.year, 3, 31)
    return this_year if this_year <= today else date(today.year - 1, 3, 31)
