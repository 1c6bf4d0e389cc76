"""Bad grades and their periods."""

from datetime import date
from uuid import uuid4

import pytest

from display.working_days import WorkingCalendar
from kiosk.central.events import take
from kiosk.central.ratings import counts, due, ratings_since
from kiosk.sync.rating import Grade, Rating, Reason, rating_event


def wire(grade: Grade, terminal: str = "FS-02", **more: object) -> dict[str, object]:
    rating = Rating.model_validate({"grade": grade, "day": date(2026, 3, 16), **more})
    return rating_event(rating, terminal, uuid4()).model_dump(mode="json")


def test_counts_list_every_grade(centre):
    take(
        centre.database, [wire(Grade.FAIR), wire(Grade.FAIR), wire(Grade.SATISFIED)], centre.clock()
    )
    assert counts(ratings_since(centre.database, date(2026, 3, 1))) == {
        Grade.VERY_SATISFIED: 0,
        Grade.SATISFIED: 1,
        Grade.FAIR: 2,
        Grade.DISSATISFIED: 0,
        Grade.VERY_DISSATISFIED: 0,
    }


def test_the_periods_run_in_working_days_from_the_day_of_receipt(centre):
    batch = [wire(grade, reasons=(Reason.BROKEN,)) for grade in Grade if grade.is_bad]
    take(centre.database, [*batch, wire(Grade.FAIR)], centre.clock())
    found = due(ratings_since(centre.database, date(2026, 3, 1)), WorkingCalendar())
    # Received on Tuesday, 17 March 2026, though given the day before.
    assert {(one.call_back_by, one.fix_by) for one in found} == {
        (date(2026, 3, 18), date(2026, 4, 7))
    }
    assert {one.received.rating.grade for one in found} == {
        Grade.DISSATISFIED,
        Grade.VERY_DISSATISFIED,
    }
    assert not any(one.known for one in found)


def test_a_friday_of_shanghai_is_verified_by_monday_and_late_is_the_next_day(centre):
    centre.clock.pass_by(days=3, hours=11, minutes=59)
    take(centre.database, [wire(Grade.DISSATISFIED)], centre.clock())
    (one,) = due(ratings_since(centre.database, date(2026, 3, 1)), WorkingCalendar())
    assert (one.received.received_on, one.call_back_by) == (date(2026, 3, 20), date(2026, 3, 23))
    centre.clock.pass_by(minutes=1)
    take(centre.database, [wire(Grade.DISSATISFIED)], centre.clock())
    assert [r.received_on for r in ratings_since(centre.database, date(2026, 3, 21))] == [
        date(2026, 3, 21)
    ]


@pytest.mark.parametrize("since", [date(2026, 3, 18), date(2027, 1, 1)])
def test_what_was_received_before_is_left_out(centre, since):
    take(centre.database, [wire(Grade.FAIR)], centre.clock())
    assert ratings_since(centre.database, since) == ()
