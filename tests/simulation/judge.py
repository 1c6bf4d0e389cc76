"""Judges a run by what the card held, never by what the station thinks."""

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from display.edition import Edition
from display.release import Known
from display.schedule import Showing, State, end_of
from tests.simulation.cards import Content
from tests.simulation.station import (
    COUNTS,
    Told,
    chain_flaw,
    due_at,
    pages_told,
    withdrawals_told,
)
from tests.simulation.world import Call, Violation, World

LAG_S = 1.5
"""A page may come so much late on a sound line: a look at the clock, and its own bytes."""
WITHDRAWAL_S = 2.0
DEAD_S = 60.0
"""After so much time without a station no page may be on the board."""
PATIENCE_S = 2.2
"""A driver waits so long for the answer to one attempt; bytes of a page on the line included."""
REOPEN_S = 5.0
"""The longest pause of the station before it opens a line anew."""
MOMENT_S = 0.01
"""The log is written at the moment itself, and keeps microseconds."""
STEP_S = 90.0
"""No step takes longer: connecting asks some seven questions of three attempts and two
seconds, and writes a neutral page in a few blocks; a step that fails stops at the first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured."""

    due: int
    acknowledged: int
    refused: int
    recovery_s: float
    withdrawal_s: float
    """The longest time that a withdrawn page stayed, faulty line or not."""
    step_s: float


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Time in which neither what is shown nor what is due changes."""

    since: float
    until: float
    content: Content
    due: Showing


class Judge:
    """Looks at one world after its run."""

    def __init__(self, world: World, day: date, old: Edition | None, quiet_s: float) -> None:
        """`old`: yesterday's edition; `quiet_s`: when the last fault had ended."""
        self._world = world
        self._edition = world.edition(day)
        self._quiet_s = quiet_s
        self._end_s = world.clock.t
        self._pages: dict[object, set[int]] = {}
        self._old: dict[object, str] = {}
        end = world.far_end
        for number, page in enumerate(self._edition.pages if self._edition else ()):
            form = end.form_of_texts(page.heading, page.line, self._edition.cell)  # type: ignore[union-attr]
            self._pages.setdefault(form, set()).add(number)
        for page in old.pages if old else ():
            assert old is not None
            self._old[end.form_of_texts(page.heading, page.line, old.cell)] = page.notice_id
        known: Known = world.store.known()
        self._withdrawn: Mapping[str, datetime] = {
            notice_id: min(learned, world.clock.moment(world.looked.get(notice_id, 0.0)))
            for notice_id, learned in known.withdrawn.items()
        }
        self.figures = Figures(0, 0, 0, 0.0, 0.0, world.longest.seconds)

    def judge(self) -> list[Violation]:
        """Every violation of the run."""
        found = list(self._world.violations)
        found += self._never_shown()
        found += self._right_in_the_end()
        found += self._truthful()
        longest = self._world.longest
        if longest.seconds > STEP_S:
            found.append(Violation(longest.at, "d: a step hangs", f"{longest.seconds:.1f} s"))
        return found

    def _shown(self) -> Iterator[tuple[float, float, Content]]:
        """What the card held, from and to; a message ends by itself."""
        moments = self._world.timeline
        for place, (since, content) in enumerate(moments):
            after = moments[place + 1][0] if place + 1 < len(moments) else self._end_s
            if content.until < after:
                yield since, content.until, content
                yield content.until, after, Content(content.lit, None)
            elif after > since:
                yield since, after, content

    def _never_shown(self) -> Iterator[Violation]:
        clock, worst = self._world.clock, 0.0
        for since, until, content in self._shown():
            if not content.lit or self._is_plain(content):
                continue
            if content.form in self._old:
                yield Violation(since, "b: yesterday's edition", self._old[content.form])
                continue
            pages = self._pages.get(content.form)
            if pages is None or self._edition is None:
                yield Violation(since, "b: nobody knows this page", f"{content.form!r:.200}")
                continue
            page = self._edition.pages[min(pages)]
            if clock.moment(since) < page.published_at:
                yield Violation(since, "b: not released yet", page.notice_id)
            gone_at = self._gone_at(pages)
            if gone_at is not None and until > gone_at:
                worst = max(worst, until - max(gone_at, since))
                late = self._sound_time(gone_at, until)
                if late > WITHDRAWAL_S:
                    yield Violation(
                        until,
                        "b: a withdrawn page stays",
                        f"{page.notice_id}, {late:.2f} s of sound line after {gone_at:.2f} s",
                    )
            for begun, ended in self._dead():
                if since <= begun + DEAD_S < min(until, ended):
                    yield Violation(begun + DEAD_S, "b: outlives the station", page.notice_id)
            midnight = self._midnight_s()
            if until > midnight and self._sound_time(midnight, until) > WITHDRAWAL_S:
                yield Violation(until, "b: yesterday's edition", page.notice_id)
        self._worst = worst

    def _is_plain(self, content: Content) -> bool:
        return self._is_blank(content) or self._world.far_end.is_neutral(
            content, self._world.plan.centre
        )

    def _is_blank(self, content: Content) -> bool:
        form = content.form
        if isinstance(form, bytes):
            return not any(form)
        if isinstance(form, tuple) and form and form[0] != "stored":
            return not "".join(str(area[4]) for area in form).strip()
        return form is None

    def _gone_at(self, pages: set[int]) -> float | None:
        """When the terminal learned that all of these must go."""
        if self._edition is None:
            return None
        ids = {self._edition.pages[number].notice_id for number in pages}
        if not ids <= self._world.withdrawn.keys():
            return None
        return max(self._world.withdrawn[notice_id][0] for notice_id in ids)

    def _midnight_s(self) -> float:
        if self._edition is None:
            return float("inf")
        return self._world.clock.seconds(end_of(self._edition.day))

    def _dead(self) -> list[tuple[float, float]]:
        return self._world.down

    def _faulty(self) -> list[tuple[float, float]]:
        """When the line was faulty, the store mute or the station dead, put together.

        What a lost or struck frame costs is counted too: until the driver sends again, at
        most its patience and the station's pause.
        """
        sends = [t for t, _ in self._world.cable.bytes]
        spans = [(a, b + 0.5) for a, b in self._world.down]
        for begun, ended in self._world.strikes:
            place = bisect.bisect_right(sends, ended)
            again = sends[place] if place < len(sends) else ended
            limit = ended + PATIENCE_S + REOPEN_S
            spans.append((begun, max(ended, min(again, limit))))
        merged: list[tuple[float, float]] = []
        for begun, ended in sorted(spans):
            if merged and begun <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(ended, merged[-1][1]))
            else:
                merged.append((begun, ended))
        return merged

    def _sound_time(self, since: float, until: float) -> float:
        """Seconds of [since, until) in which nothing was wrong."""
        lost = sum(max(0.0, min(b, until) - max(a, since)) for a, b in self._faulty())
        return max(0.0, until - since - lost)

    def _stretches(self, since: float) -> Iterator[_Stretch]:
        for begun, ended, content in self._shown():
            t = max(begun, since)
            while t < ended:
                due = self._due(t)
                until = min(ended, self._until(due, t))
                yield _Stretch(t, until, content, due)
                t = until

    def _is_right(self, stretch: _Stretch) -> bool:
        content, due = stretch.content, stretch.due
        if due.state is State.PAGE:
            return content.lit and due.page in self._pages.get(content.form, set())
        if due.state is State.BLANK:
            return not content.lit or self._is_blank(content)
        if due.state is State.NEUTRAL:
            return self._world.far_end.is_neutral(content, self._world.plan.centre)
        return not content.lit or self._is_blank(content)

    def _wrong(self, since: float) -> list[tuple[float, float]]:
        """When the board showed anything else than it should for longer than a lag."""
        spans: list[list[float]] = []
        for stretch in self._stretches(since):
            if self._is_right(stretch):
                continue
            if spans and stretch.since - spans[-1][1] < 1e-5:
                spans[-1][1] = stretch.until
            else:
                spans.append([stretch.since, stretch.until])
        return [(a, b) for a, b in spans if b - a > LAG_S]

    def _right_in_the_end(self) -> Iterator[Violation]:
        wrong = self._wrong(self._quiet_s)
        recovery = wrong[-1][1] - self._quiet_s if wrong else 0.0
        last = self._end_s - 20.0
        if wrong and wrong[-1][1] > last:
            since, until = wrong[-1]
            stretch = next(s for s in self._stretches(max(since, last)) if not self._is_right(s))
            yield Violation(
                since,
                "a: wrong after the quiet",
                f"until {until:.1f} s: due {stretch.due.state} {stretch.due.page}, "
                f"the card holds {stretch.content.form!r:.120}",
            )
        self._recovery = recovery

    def _truthful(self) -> Iterator[Violation]:
        world, clock = self._world, self._world.clock
        log = pages_told(world.store)
        calls: list[Call | None] = list(world.calls)
        best: dict[datetime, str] = {}
        for told in log:
            if best.get(told.due) not in COUNTS:
                best[told.due] = told.state
            at = clock.seconds(told.at)
            if told.state in COUNTS and not self._was_acknowledged(told, calls):
                text = f"page {told.page} due {clock.seconds(told.due):.2f} s"
                yield Violation(at, "c: the log claims too much", text)
            elif told.state == "refused" and not self._was_refused(told):
                yield Violation(at, "c: the log claims a refusal", told.notice_id)
        yield from self._left_as_told()
        flaw = chain_flaw(world.store)
        if flaw is not None:
            yield Violation(clock.t, "c: the log's chain is broken", repr(flaw))
        states = Counter(best.values())
        self.figures = Figures(
            due=self._pages_due(),
            acknowledged=sum(states[state] for state in COUNTS),
            refused=states["refused"],
            recovery_s=self._recovery,
            withdrawal_s=self._worst,
            step_s=world.longest.seconds,
        )

    def _left_as_told(self) -> Iterator[Violation]:
        """A notice whose leaving the log tells has left, and each that left is told once."""
        clock, edition = self._world.clock, self._edition
        last: dict[str, float] = {}
        for _, until, content in self._shown():
            for number in self._pages.get(content.form, set()) if content.lit else ():
                assert edition is not None
                last[edition.pages[number].notice_id] = until
        told = withdrawals_told(self._world.store)
        for moment, notice_id, how in told:
            at = clock.seconds(moment)
            if last.get(notice_id, 0.0) > at + MOMENT_S:
                yield Violation(at, "c: the log says that a page has left", f"{notice_id} {how}")
        on_board = {page.notice_id for page in edition.pages} if edition is not None else set()
        ended = clock.seconds(end_of(edition.day)) if edition is not None else 0.0
        for notice_id, (learned, _) in self._world.withdrawn.items():
            count = sum(each == notice_id for _, each, _ in told)
            wanted = notice_id in on_board and learned < ended
            if count > 1 or (count == 0 and wanted and self._end_s < ended):
                text = f"{notice_id} has {count} entries"
                yield Violation(learned, "c: a withdrawal is not told once", text)

    def _was_acknowledged(self, told: Told, calls: "list[Call | None]") -> bool:
        """One acknowledged `show` of that page belongs to each record, no two to one."""
        at = self._world.clock.seconds(told.at)
        for place, call in enumerate(calls):
            if call is None or abs(call.ended - at) > MOMENT_S:
                continue
            if told.page in self._pages.get(call.form, set()):
                calls[place] = None
                return True
        return False

    def _was_refused(self, told: Told) -> bool:
        at = self._world.clock.seconds(told.at)
        return any(at - STEP_S <= t <= at for t, _ in self._world.cable.refused)

    def _pages_due(self) -> int:
        clock = self._world.clock
        t, count, last = 0.0, 0, -1.0
        while t < self._end_s and self._edition is not None:
            due = self._due(t)
            begins = clock.seconds(due.since)
            if due.state is State.PAGE and begins != last:
                count, last = count + 1, begins
            t = self._until(due, t)
        return count

    def _due(self, t: float) -> Showing:
        """What is due with the withdrawals that the terminal knew then."""
        told = self._world.withdrawn
        known = {id: left for id, left in self._withdrawn.items() if told[id][0] <= t}
        return due_at(self._world.plan, self._edition, self._world.clock.moment(t), known)

    def _until(self, due: Showing, t: float) -> float:
        """Where what is due may change; neutral says nothing of its end."""
        news = [learned for learned, _ in self._world.withdrawn.values() if learned > t]
        until = min([max(self._world.clock.seconds(due.until), t + 1e-4), *news])
        return min(until, t + 0.1) if due.state not in (State.PAGE, State.BLANK) else until
