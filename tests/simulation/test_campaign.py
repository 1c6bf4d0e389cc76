"""A small fault campaign on every card of the catalogue, and single stories."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.catalogue import CARDS
from tests.simulation.campaign import (
    CUT_OVER,
    RUN_S,
    STARTS,
    Campaign,
    campaign,
    table,
    tell_story,
)
from tests.simulation.cards import FAR_ENDS
from tests.simulation.clock import Clock
from tests.simulation.station import COUNTS, pages_told
from tests.simulation.world import World, copied

RUNS = {"bx-k": 56, "frame": 44}
"""Two of each kind of fault; other cards: `OTHERS`."""
OTHERS = 44
IDLE_S = 0.3
"""A station that has nothing to do looks this often, to spare the tests' time."""


@pytest.fixture(params=sorted(CARDS))
def runs(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    assert FAR_ENDS.keys() == CARDS.keys(), "a new card needs a far end in cards.py"
    logging.disable(logging.CRITICAL)
    with campaign(request.param, idle_s=IDLE_S) as made:
        yield made
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(runs: Campaign, tmp_path: Path) -> Iterator[World]:
    """At the cut-over, with a station, nothing wrong yet."""
    path = copied(runs.template, tmp_path / "run.db")
    made = World(runs.card, runs.plan, Clock(STARTS["cut-over"]), path, notices=runs.notices)
    made.start_station()
    yield made
    made.close()


def test_whatever_goes_wrong_the_board_is_right(runs: Campaign) -> None:
    outcomes = [runs.run(seed) for seed in range(RUNS.get(runs.card, OTHERS))]
    assert {outcome.kind for outcome in outcomes} == set(runs.kinds)
    bad = [outcome for outcome in outcomes if outcome.violations]
    print("\n".join(table(outcomes)))
    assert not bad, "\n".join(tell_story(bad[0]))
    quiet = [outcome for outcome in outcomes if outcome.kind == "none"]
    assert all(o.figures.due - o.figures.acknowledged <= 1 for o in quiet), "only the last one"
    assert max(outcome.figures.recovery_s for outcome in outcomes) < 60


def test_a_seed_tells_the_same_story_again(runs: Campaign) -> None:
    seed = len(runs.kinds) - 1
    assert runs.kinds[seed] == "mix"
    assert runs.run(seed) == runs.run(seed)


def test_nothing_moves_but_simulated_time(world: World) -> None:
    world.run(60.0)
    assert world.clock.t == pytest.approx(60.0)
    assert (world.clock.now - CUT_OVER).total_seconds() == pytest.approx(50.0)
    acknowledged = [told for told in pages_told(world.store) if told.state in COUNTS]
    assert len(acknowledged) >= 3
    assert world.clock.t < RUN_S
    assert not world.violations


def test_bytes_take_their_time_at_the_lines_baud(world: World) -> None:
    world.run(8.0)
    sent = sum(len(data) for _, data in world.cable.bytes)
    first = world.cable.bytes[0][0]
    taken = world.cable.taken[0].t
    size = len(world.cable.bytes[0][1])
    assert sent > size
    assert taken - first == pytest.approx(size * 10 / 57600)


@pytest.mark.parametrize("runs", ["bx-k"], indirect=True)
def test_a_late_answer_does_not_count_for_the_next_request(world: World) -> None:
    """Found by the campaign: an ACK says not what it answers.

    Its answer came after the second attempt had begun; the second one's then came when the
    next request was under way, which the card never got.
    """
    world.run(14.0)
    sent = len(world.cable.bytes)
    for order in ("delay 2.3 1", "delay 1.9 1"):
        world.far_end.faults.order(order, world.clock.t)
    while len(world.cable.bytes) < sent + 2:
        world.run(world.clock.t + 0.1)
    world.far_end.faults.order("drop-request 3", world.clock.t)
    world.run(60.0)
    assert not world.violations


@pytest.mark.parametrize("runs", ["bx-k"], indirect=True)
def test_a_dead_station_leaves_a_neutral_board_within_a_minute(world: World) -> None:
    world.run(30.0)
    shown = world.far_end.content(world.clock.t)
    assert not world.far_end.is_neutral(shown, world.plan.centre)
    world.kill_station()
    world.run(90.0)
    left = world.far_end.content(world.clock.t)
    assert world.far_end.is_neutral(left, world.plan.centre)
    assert any(world.far_end.pixels(world.clock.t)), "the page that the card keeps itself"
