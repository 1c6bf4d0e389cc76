"""`python -m tests.simulation.campaign --board bx-k --runs 1000 --seed 1`: a fault campaign.

Each run is two simulated minutes and a half around one moment of the day, with one kind of
fault or a mix of them, drawn from its own seed. Exit status 1 and the story of the first
violation, if there is any; `--seed N --runs 1 --story` replays a seed alone.
"""

import argparse
import logging
import random
import sys
import tempfile
import time as real_time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from devices.catalogue import CARDS
from display.edition import Edition
from display.notice import Notice
from display.screen import Screen, ScreenHours
from display.station import LOOK_S
from kiosk.store.terminal import TerminalStore
from tests.display import builders
from tests.simulation import faults
from tests.simulation.cards import FAR_ENDS
from tests.simulation.clock import Clock
from tests.simulation.judge import Figures, Judge
from tests.simulation.station import BOARD, plan_for
from tests.simulation.world import Violation, World, copied, fill

WIDTH, HEIGHT = 192, 32
DAY = date(2026, 11, 23)
CUT_OVER = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai."""
RUN_S = 140.0
QUIET_S = 45.0
"""Of every run after its last fault."""
LONGEST_S = 400.0
STARTS = {
    "cut-over": CUT_OVER - timedelta(seconds=10),
    "midday": CUT_OVER + timedelta(hours=3, seconds=17),
    "midnight": CUT_OVER + timedelta(hours=15, minutes=28, seconds=50),
    "closing": CUT_OVER + timedelta(hours=8, minutes=58, seconds=40),
    "opening": CUT_OVER - timedelta(minutes=31),
}
HOURS = Screen((ScreenHours(time(8), time(17, 30)),) * 7, brightness=((time(8), 9),))
"""Of the runs that begin shortly before the screen goes on or off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run."""

    seed: int
    kind: str
    start: str
    figures: Figures
    violations: tuple[Violation, ...]
    story: tuple[tuple[float, str], ...]


@dataclass(slots=True)
class Row:
    """One line of the table."""

    runs: int = 0
    due: int = 0
    acknowledged: int = 0
    refused: int = 0
    recoveries: list[float] = field(default_factory=list)
    withdrawal_s: float = 0.0
    step_s: float = 0.0
    violations: int = 0

    def add(self, outcome: Outcome) -> None:
        figures = outcome.figures
        self.runs += 1
        self.due += figures.due
        self.acknowledged += figures.acknowledged
        self.refused += figures.refused
        self.recoveries.append(figures.recovery_s)
        self.withdrawal_s = max(self.withdrawal_s, figures.withdrawal_s)
        self.step_s = max(self.step_s, figures.step_s)
        self.violations += len(outcome.violations)


def notices() -> list[Notice]:
    """Released ones of today with standing and scrolling pages, and some of later."""
    titles = ["一号路灯", "二号桥梁维修工程施工招标", "三" + "号楼外墙保温改造工程" * 3, "四号井"]
    today = [
        builders.notice(
            number, id=f"page{number}", title=title, published_at=CUT_OVER - timedelta(hours=2)
        )
        for number, title in enumerate(titles, 1)
    ]
    expiring = builders.notice(
        5, id="page5", title="五号泵站", valid_until=CUT_OVER + timedelta(seconds=55)
    )
    later = [
        builders.notice(
            number,
            id=f"later{number}",
            title=f"未到时候的{number}号",
            published_at=CUT_OVER + timedelta(seconds=seconds),
        )
        for number, seconds in ((11, 0.001), (12, 20), (13, 86400))
    ]
    return [*today, expiring, *later]


class Campaign:
    """Runs on one kind of card; `folder` is best on a file system in memory."""

    def __init__(self, card: str, folder: Path, *, idle_s: float = LOOK_S) -> None:
        """`idle_s`: how long a station sleeps that would look at its store again sooner."""
        if card not in FAR_ENDS:
            raise ValueError(f"card {card!r} has no far end in tests/simulation/cards.py")
        self.card = card
        self._nap: Callable[[float], float] = lambda wait_s: idle_s if wait_s == LOOK_S else wait_s
        self._folder = folder
        self.plan = plan_for(card, WIDTH, HEIGHT)
        self._plan_of_hours = plan_for(card, WIDTH, HEIGHT, screen=HOURS)
        self.notices = notices()
        self._old = self._yesterday()
        self.template = folder / "template.db"
        with TerminalStore(self.template) as store:
            fill(store, self.notices, CUT_OVER - timedelta(minutes=5))
            made_at = CUT_OVER - timedelta(days=1)
            day = DAY - timedelta(days=1)
            store.keep_edition(BOARD, day, self._old.id, made_at, self._old.model_dump_json())
            store._database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.kinds = faults.kinds_of(FAR_ENDS[card](WIDTH, HEIGHT).kinds)

    def run(self, seed: int) -> Outcome:
        """One run; the same seed always brings the same one."""
        dice = random.Random(seed)
        kind = self.kinds[seed % len(self.kinds)]
        start = dice.choice(["cut-over", "cut-over", "midday", "midnight", "closing", "opening"])
        path = copied(self.template, self._folder / "run.db")
        try:
            return self._play(seed, kind, start, dice, path)
        finally:
            for left in self._folder.glob("run.db*"):
                left.unlink()

    def _play(self, seed: int, kind: str, start: str, dice: random.Random, path: Path) -> Outcome:
        plan = self._plan_of_hours if start in ("closing", "opening") else self.plan
        clock = Clock(STARTS[start])
        world = World(self.card, plan, clock, path, notices=self.notices, nap=self._nap)
        faults.schedule(world, kind, dice)
        world.start_station()
        problem: list[Violation] = []
        try:
            world.run(RUN_S)
            while world.clock.t < min(world.last_fault() + QUIET_S, LONGEST_S):
                world.run(world.last_fault() + QUIET_S)
        except Exception as trouble:  # noqa: BLE001
            problem.append(Violation(world.clock.t, "d: an exception", repr(trouble)))
        judge = Judge(world, DAY, self._old, max(world.last_fault(), faults.FIRST_S))
        found = tuple(judge.judge() + problem)
        world.close()
        return Outcome(seed, kind, start, judge.figures, found, tuple(world.story))

    def _yesterday(self) -> Edition:
        """An edition that nobody may see today."""
        page = (
            builders.edition(30.0)
            .pages[0]
            .model_copy(update={"notice_id": "yesterday", "line": "昨天的公告", "scrolls": False})
        )
        return builders.edition(30.0).model_copy(
            update={
                "day": DAY - timedelta(days=1),
                "cut_over_at": CUT_OVER - timedelta(days=1),
                "pages": (page,),
            }
        )


@contextmanager
def campaign(card: str, *, idle_s: float = LOOK_S) -> Iterator[Campaign]:
    """A campaign with a folder of its own, in memory where that is possible."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Campaign(card, Path(folder), idle_s=idle_s)


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each kind of fault, and one for all."""
    rows: dict[str, Row] = {}
    for outcome in outcomes:
        for name in (outcome.kind, "all"):
            rows.setdefault(name, Row()).add(outcome)
    head = f"{'fault':17}{'runs':>5}{'due':>7}{'ack':>7}{'refused':>8}{'lost':>6}"
    lines = [head + f"{'recovery s p50':>15}{'p99':>7}{'max':>7}{'step s':>8}{'violations':>11}"]
    for name in sorted(rows, key=lambda name: (name == "all", name)):
        row = rows[name]
        lost = row.due - row.acknowledged - row.refused
        counts = f"{row.runs:5}{row.due:7}{row.acknowledged:7}{row.refused:8}{lost:6}"
        p50, p99 = (percentile(row.recoveries, share) for share in (0.5, 0.99))
        times = f"{p50:15.1f}{p99:7.1f}{max(row.recoveries):7.1f}{row.step_s:8.1f}"
        lines.append(f"{name:17}{counts}{times}{row.violations:11}")
    return lines


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def tell_story(outcome: Outcome) -> list[str]:
    """What happened in a run, in its order."""
    lines = [f"seed {outcome.seed}: {outcome.kind} at {outcome.start}"]
    told = [(t, text) for t, text in outcome.story]
    told += [(each.t, f"** {each.rule}: {each.story}") for each in outcome.violations]
    return lines + [f"  {t:8.3f} s  {text}" for t, text in sorted(told)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fault campaign against the simulated world.")
    parser.add_argument("--board", choices=sorted(CARDS), default="bx-k")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each has its own")
    parser.add_argument("--story", action="store_true", help="tell each run")
    args = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    begun = real_time.monotonic()
    outcomes = []
    with campaign(args.board) as runs:
        for seed in range(args.seed, args.seed + args.runs):
            outcomes.append(runs.run(seed))
            if args.story:
                print("\n".join(tell_story(outcomes[-1])))
    print("\n".join(table(outcomes)))
    print(f"{args.runs} runs of {RUN_S:g} simulated s in {real_time.monotonic() - begun:.0f} s")
    stayed = max(outcome.figures.withdrawal_s for outcome in outcomes)
    print(f"a withdrawn page stayed for {stayed:.1f} s at most, faults and dead stations included")
    bad = [outcome for outcome in outcomes if outcome.violations]
    if not bad:
        return 0
    rules = Counter(each.rule for outcome in bad for each in outcome.violations)
    for rule, count in rules.most_common():
        print(f"{count:5} × {rule}")
    print("seeds:", " ".join(str(outcome.seed) for outcome in bad[:40]))
    print("\n".join(tell_story(bad[0])))
    return 1


if __name__ == "__main__":
    sys.exit(main())
