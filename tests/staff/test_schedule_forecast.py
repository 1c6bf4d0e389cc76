"""What would come of a draft: its first day, and the numbers of that day's edition."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from display.arrangement import Arrangement, DwellPreset, EditionDays
from display.decisions import Approved, Proposed, new_id
from display.standing import effective_at, standing
from display.timing import Caution
from display.working_days_table import DayKind
from kiosk.staff.edition.ground import Ground, read_ground
from kiosk.staff.schedule.forecast import earliest_day, first_day, forecast
from kiosk.staff.schedule.holidays import days_of
from kiosk.staff.schedule.month import Days, exceptions_with
from tests.staff.edition_store import NOW, Bench, notice

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
"""Tuesday, with its edition of 08:30 made, and Wednesday."""
LONG = "滨河路至学府街段排水管网改造及道路恢复工程" * 2


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    bench = Bench(tmp_path)
    bench.receive(*(notice(f"{number}", number + 1.0, title=LONG) for number in range(12)))
    yield read_ground(bench.store, bench.settings, bench.board, NOW)
    bench.store.close()


def days(ground: Ground) -> Days:
    return days_of(ground.table)


@pytest.mark.parametrize("cut_over", [time(8, 30), time(8, 0), time(10, 0)])
def test_the_first_edition_under_a_draft_is_never_a_second_one_of_today(
    ground: Ground, cut_over: time
) -> None:
    wanted = ground.in_force.changed(cut_over=cut_over)
    assert first_day(ground, wanted, days(ground)) == earliest_day(ground, wanted) == TOMORROW


def test_before_the_cut_over_it_is_todays(ground: Ground) -> None:
    early = replace(ground, at=NOW - timedelta(hours=2))
    assert first_day(early, early.in_force, days(ground)) == TODAY


def test_rest_days_and_exceptions_are_passed_over(ground: Ground) -> None:
    friday = replace(ground, at=NOW + timedelta(days=3))
    in_force = ground.in_force
    assert first_day(friday, in_force, days(ground)) == date(2026, 11, 30)
    saturday = date(2026, 11, 28)
    worked = in_force.changed(exceptions=exceptions_with(in_force, saturday, DayKind.WORK))
    assert first_day(friday, worked, days(ground)) == saturday
    every = in_force.changed(days=EditionDays.EVERY)
    assert first_day(friday, every, days(ground)) == saturday
    none: Arrangement = in_force
    for number in range(80):
        day = TODAY + timedelta(days=number)
        none = none.changed(exceptions=exceptions_with(none, day, DayKind.OFF))
    assert first_day(ground, none, days(ground)) is None


def test_what_is_approved_already_counts_from_when_it_was(ground: Ground) -> None:
    wanted = ground.in_force.changed(items=5)
    made = Proposed(
        id=new_id(NOW, bytes(10), ()),
        board="lobby",
        by="editor1",
        by_name="李**",
        at=NOW,
        before=ground.in_force,
        arrangement=wanted,
    )
    said = Approved(
        id=new_id(NOW, bytes(10), (made.id,)),
        board="lobby",
        by="approver1",
        by_name="赵**",
        at=NOW,
        proposal=made.id,
        proposal_digest=made.digest,
    )
    found = standing("lobby", (made, said), {}, NOW, accepted={made.id: NOW, said.id: NOW})
    later = replace(ground, standing=found, at=effective_at(NOW, ground.in_force, wanted))
    # At the very cut-over from which it counts, its first edition is that of the day.
    assert first_day(later, wanted, days(ground)) == TOMORROW
    other = wanted.changed(items=6)
    assert first_day(replace(later, at=later.at + timedelta(seconds=1)), other, days(ground)) == (
        TOMORROW + timedelta(days=1)
    )


def test_slower_and_longer_and_more_make_a_longer_loop(ground: Ground) -> None:
    def loop(**fields: object) -> float:
        found = forecast(ground, ground.in_force.changed(**fields), TOMORROW)
        assert found is not None
        return found.outlook.loop_s

    usual = loop()
    assert loop(characters_per_second=2.0) > usual > loop(characters_per_second=6.0)
    assert loop(items=6) < usual
    assert loop(dwell=DwellPreset.SLOW) >= usual


def test_numbers_are_those_of_the_edition(ground: Ground) -> None:
    found = forecast(ground, ground.in_force.changed(characters_per_second=5.5), TOMORROW)
    assert found is not None
    assert found.notices == 12 and found.pages == len(found.edition.pages) >= 12
    assert found.wanted == 5.5 * found.cell and found.taken == found.edition.pixels_per_second
    assert found.characters_per_second == found.taken / found.cell
    assert [one.caution for one in found.outlook.cautions] == [Caution.TOO_FAST]
    assert found.outlook.viewing_distance_m == pytest.approx(22.8)


def test_a_rest_day_has_no_forecast(ground: Ground) -> None:
    assert forecast(ground, ground.in_force, date(2026, 11, 28)) is None


def test_a_board_whose_text_stands_says_that_nothing_moves(tmp_path: Path) -> None:
    bench = Bench(tmp_path, card="frame")
    bench.receive(notice("1"))
    found = forecast(
        read_ground(bench.store, bench.settings, bench.board, NOW),
        read_ground(bench.store, bench.settings, bench.board, NOW).in_force,
        TOMORROW,
    )
    bench.store.close()
    assert found is not None and found.taken is None and found.characters_per_second is None
