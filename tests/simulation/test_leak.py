"""Two days with five hundred notices that nobody may see yet: none is seen early."""

import logging
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from display.notice import Notice
from tests.display import builders
from tests.simulation.clock import Clock, Killed
from tests.simulation.markers import Glyphs, Stream, markers, pieces
from tests.simulation.station import COUNTS, pages_told, plan_for
from tests.simulation.world import A_DAY, World, prepared

CUT_OVER = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
START = CUT_OVER - timedelta(minutes=1)
HOURS = 48
EMBARGOED = 500
RELEASED = 40
SIZES = {"bx-k": (1024, 32), "frame": (512, 16)}
"""Wide boards: a page of many characters stands long, so that two days have few pages."""
LOOK_S = 60.0
"""Pause between two looks of the station; nothing of its own happens sooner here."""
FILLING = {"bx-k": (20, 36), "frame": (2, 6)}
"""Characters before and after a marker, at most: one page on either board."""
SLEEPS = {"bx-k": 0.4, "frame": 0.9}
"""Share of the time without a station, which costs nothing to compute."""


def notices(card: str, seed: int) -> dict[str, tuple[Notice, str]]:
    """Notice id → notice and its marker, the embargoed ones spread over the two days and on."""
    dice = random.Random(seed)
    all_marks = markers(EMBARGOED + RELEASED)
    made = {}
    for number, mark in enumerate(all_marks):
        if number < RELEASED:
            moment = CUT_OVER - timedelta(minutes=dice.uniform(1.1, 900))
        else:
            moment = START + timedelta(hours=dice.uniform(0.03, HOURS * 1.3))
        around = "道路桥梁维修养护工程施工" * 6
        before, after = (dice.randint(most // 2, most) for most in FILLING[card])
        title = f"{around[:before]}{mark}{around[:after]}"
        more: dict[str, object] = {"tender_no": ""}
        if number % 25 == 0:
            # So long that it scrolls, or is cut into pages.
            title += around
        elif number % 6 == 0:
            opens_at = START + timedelta(hours=dice.uniform(1, 60))
            more = {"tender_no": f"X{number}", "opens_at": opens_at, "room": "二号开标室"}
        notice = builders.notice(number, id=f"n{number}", title=title, published_at=moment, **more)
        made[notice.id] = (notice, mark)
    return made


def jump(world: World, days: float) -> None:
    world.clock.wall_error += A_DAY * days


def die(world: World, seconds: float) -> None:
    if world.station is None:
        return
    world.clock.at(world.clock.t + seconds, world.start_station)
    world.kill_station()
    raise Killed


def reboot(world: World, seconds: float) -> None:
    if world.station is None:
        return
    world.reboot_pc(seconds)
    raise Killed


def two_days(world: World, dice: random.Random, sleeps: float) -> None:
    """What happens to the PC and to the server."""
    clock, end_s = world.clock, HOURS * 3600.0

    def server(up: bool) -> None:
        world.server_up = up

    for _ in range(12):
        days = dice.choice([-1.0, 1.0, -0.3, 0.3])
        clock.at(dice.uniform(60, end_s), lambda days=days: jump(world, days))  # type: ignore[misc]
    for hour in (5, 19, 30.5, 41):
        seconds = dice.uniform(600, 14000)
        clock.at(hour * 3600, lambda: server(False))
        clock.at(hour * 3600 + seconds, lambda: server(True))
    for hour in (1, 8, 14.7, 23.98, 27, 33, 40):
        seconds = dice.uniform(0.5, 900)
        clock.at(hour * 3600, lambda seconds=seconds: die(world, seconds))  # type: ignore[misc]
    for hour in (3, 16.2, 24.1, 35):
        seconds = dice.uniform(20, 400)
        clock.at(hour * 3600, lambda seconds=seconds: reboot(world, seconds))  # type: ignore[misc]
    rest = sleeps * 2 * 3600
    for hour in range(2, HOURS, 2):
        if rest and hour not in (24,):
            clock.at(hour * 3600.0 + 60, lambda: die(world, rest))
    clock.at(20 * 3600.0, world.reboot_card)
    clock.at(29 * 3600.0, lambda: world.cable.unplug(500))


class Sightings:
    """When whose glyphs were on the board first, from the card's own pixels."""

    def __init__(self, world: World, glyphs: Glyphs) -> None:
        self._world = world
        self._glyphs = glyphs
        self._seen: set[object] = set()
        self.first: dict[str, float] = {}
        self.pictures = 0
        world.cable.on_change = self.look

    def look(self, t: float) -> None:
        world = self._world
        world.look(t)
        content = world.far_end.content(t)
        if content.form in self._seen:
            return
        self._seen.add(content.form)
        shift_s = (world.width - 2 * 16) / 256.0 if world.card != "frame" else 0.0
        shown = {world.far_end.pixels(t)}
        if shift_s:
            # A scrolling line is looked at so often that no character slips through, however
            # fast it moves; a standing page gives the same picture each time.
            later = [t + n * shift_s for n in range(1, 16) if t + n * shift_s < content.until]
            if len({world.far_end.pixels(each) for each in later[:2]} - shown) > 0:
                shown |= {world.far_end.pixels(each) for each in later}
        self.pictures += len(shown)
        for pixels in shown:
            for owner in self._glyphs.owners(pixels, world.width, world.height):
                self.first.setdefault(owner, t)


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that is possible: every commit waits for the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("card", sorted(SIZES))
def test_nothing_is_seen_before_its_time(
    card: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("display.station.LOOK_S", LOOK_S)
    caplog.set_level(logging.DEBUG)
    begun = time.monotonic()
    made = notices(card, 3)
    marks = {notice_id: mark for notice_id, (_, mark) in made.items()}
    width, height = SIZES[card]
    path = prepared(folder / "terminal.db", [notice for notice, _ in made.values()], START)
    world = World(
        card,
        plan_for(card, width, height, slow=True, items=1000),
        Clock(START),
        path,
        baud=None,
        careless=True,
        notices=[notice for notice, _ in made.values()],
        sync_every_s=300.0,
        watch_every_s=3600.0,
    )
    sightings = Sightings(world, Glyphs(marks, 16))
    two_days(world, random.Random(5), SLEEPS[card])
    world.start_station()
    world.run(HOURS * 3600.0 + 700)
    assert not world.violations
    on_air = {told.notice_id for told in pages_told(world.store) if told.state in COUNTS}
    stream = Stream(world.cable.bytes)
    in_bytes = stream.first(marks)
    print(
        f"{card}: {len(stream)} bytes, {sightings.pictures} pictures, {world.steps} steps, "
        f"{len(on_air)} notices on air, {time.monotonic() - begun:.1f} s"
    )
    for seen in (in_bytes, sightings.first):
        early = {
            id: t for id, t in seen.items() if world.clock.moment(t) < made[id][0].published_at
        }
        assert not early
    # The search itself works: what was on air is found, and nothing else is.
    assert len(on_air) > 200
    assert {id for id in on_air if int(id[1:]) >= RELEASED}, "embargoed ones had their day too"
    assert sightings.first.keys() == on_air
    assert in_bytes.keys() == (on_air if card != "frame" else set())
    logs = "\n".join([caplog.text, *(repr(record.args) for record in caplog.records)])
    assert len(logs) > 1000
    assert not [piece for mark in marks.values() for piece in pieces(mark) if piece in logs]
    world.close()


def test_a_clock_set_ahead_while_the_machine_was_off_releases_nothing(folder: Path) -> None:
    made = notices("bx-k", 3)
    path = prepared(folder / "terminal.db", [notice for notice, _ in made.values()], START)
    plan = plan_for("bx-k", 1024, 32, slow=True, items=1000)
    world = World("bx-k", plan, Clock(START), path, notices=[notice for notice, _ in made.values()])
    world.start_station()
    world.run(90.0)
    world.server_up = False
    world.reboot_pc(30.0)
    jump(world, 1.0)
    world.run(90.0 + 30.0 + 400.0)
    seen = Stream(world.cable.bytes).first({id: mark for id, (_, mark) in made.items()})
    early = [id for id, t in seen.items() if world.clock.moment(t) < made[id][0].published_at]
    world.close()
    assert not early
