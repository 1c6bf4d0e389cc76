"""The terminal's end of its printer: one thread, one job at a time, nothing left behind.

What is on paper is the printer's word alone: a job counts as printed at its job-completed. Jobs
that nobody waits for any more, also those of a run of this program that died, are cancelled as
soon as the printer can be reached.
"""

import logging
import queue
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from devices.errors import DeviceError, Garbled, NoReply, Refused, TryAgain, Unplugged
from devices.printer.reports import JobReport, PrinterReport
from kiosk.printing.progress import Progress, Stage, progress

log = logging.getLogger(__name__)

POLL_S = 1.0
HEALTH_S = 60.0
SWEEP_AGAIN_S = 5.0
STOPPED_WITHIN_S = 20.0
"""For the end of the program to wait. A request may take longer, most of all one that hands a
document over: what it leaves in the printer, the next start cancels."""


class DeskDied(Exception):
    """The printer's thread has ended by an error: end the program, a start makes all new."""


class Printer(Protocol):
    """What the desk needs of a printer; see `devices.printer.printer.IppPrinter`."""

    def report(self) -> PrinterReport: ...

    def create(self, name: str) -> int | None: ...

    def send(self, job: int, document: bytes) -> JobReport: ...

    def print_whole(self, name: str, document: bytes) -> JobReport: ...

    def job(self, job: int) -> JobReport | None: ...

    def unfinished(self) -> tuple[JobReport, ...]: ...

    def cancel(self, job: int) -> None: ...

    def close(self) -> None: ...


def user_of(terminal: str) -> str:
    """The name under which a terminal prints: a number, the same after every start."""
    return f"mingtang-{zlib.crc32(terminal.encode()):08x}"


@dataclass(slots=True)
class _Job:
    ticket: int
    name: str
    document: bytes
    """What is still to be handed over; empty afterwards."""
    number: int | None = None
    cancelling: bool = False
    doubtful: bool = False
    """Whether the document may not have arrived: the job is to be cancelled."""


class PrintDesk:
    """Takes documents, follows them, cancels them; tells of it from its own thread."""

    def __init__(
        self,
        open_printer: Callable[[], Printer],
        user: str,
        tell: Callable[[int, Progress], None],
        health: Callable[[Mapping[str, Any]], None],
        *,
        poll_s: float = POLL_S,
    ) -> None:
        """`tell` hears of a ticket's progress, `health` of the printer once a minute and when it
        changes. `user` begins the name of each job: see `user_of`.
        """
        self._open, self._user, self._tell, self._health = open_printer, user, tell, health
        self._poll_s = poll_s
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._printer: Printer | None = None
        self._job: _Job | None = None
        self._said: tuple[int, Progress] | None = None
        self._owed: set[int] = set()
        self._stuck: set[int] = set()
        """Jobs that the printer does not let go."""
        self._sweep_at: float | None = 0.0
        self._health_at = 0.0
        self._healthy: Mapping[str, Any] | None = None
        self._stopping = False
        self._tickets = 0
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def print(self, document: bytes) -> int:
        """Print a PDF; its ticket. A job that still runs is cancelled."""
        self._tickets += 1
        ticket = self._tickets
        self._commands.put(lambda: self._begin(ticket, document))
        return ticket

    def cancel(self) -> None:
        """Stop the job that runs; its ticket hears what became of it."""
        self._commands.put(self._cancel)

    def end_session(self) -> None:
        """Nothing of the visitor stays in the printer; nobody hears of it any more."""
        self._commands.put(self._drop)

    def look(self) -> None:
        """Ask the printer at once how it is."""
        self._commands.put(self._look)

    def stop(self) -> None:
        """Cancel what runs and end the thread; waits no longer than `STOPPED_WITHIN_S`."""
        self._commands.put(self._end)
        if self._thread.is_alive():
            self._thread.join(STOPPED_WITHIN_S)

    def check(self) -> None:
        """Raise DeskDied where the thread has ended and nobody has stopped it."""
        started = self._thread.ident is not None
        if started and not self._stopping and not self._thread.is_alive():
            raise DeskDied("the printer's thread has ended")

    def _run(self) -> None:
        while not self._stopping:
            with suppress(queue.Empty):
                self._commands.get(timeout=self._poll_s)()
            if self._job is not None and not self._stopping:
                self._go_on(self._job)
            self._sweep()
            if time.monotonic() >= self._health_at:
                self._look()
        if self._printer is not None:
            self._printer.close()

    def _end(self) -> None:
        self._drop()
        self._stopping = True

    # The visitor's job

    def _begin(self, ticket: int, document: bytes) -> None:
        self._drop()
        name = f"{self._user}-{secrets.randbelow(10**9):09d}"
        self._job = _Job(ticket, name, document)
        self._say(Progress(Stage.SENDING))
        self._hand_over(self._job)

    def _hand_over(self, job: _Job) -> None:
        """Give the printer the document; one that is busy with another's job is asked again.

        Each time in a new job, once the one before it is cancelled.
        """
        try:
            printer = self._reach()
            if job.number is not None:
                printer.cancel(job.number)
            job.number = printer.create(job.name)
        except TryAgain as problem:
            log.debug("the printer takes no job yet: %s", problem)
            self._say(Progress(Stage.QUEUED))
            return
        except Refused as problem:
            self._refused(problem)
            return
        except DeviceError as problem:
            # An empty job may have been opened; without a document it prints nothing.
            log.warning("a print job could not be opened: %s", problem)
            self._finish(Progress(Stage.UNREACHED))
            self._say_lost(problem)
            self._sweep_at = 0.0
            return
        try:
            if job.number is None:
                job.number = printer.print_whole(job.name, job.document).id
            else:
                printer.send(job.number, job.document)
        except TryAgain as problem:
            log.debug("the printer takes no document yet: %s", problem)
            self._say(Progress(Stage.QUEUED))
            return
        except Refused as problem:
            self._refused(problem)
        except DeviceError as problem:
            log.warning("a document may not have reached the printer: %s", problem)
            job.doubtful = True
            self._say(Progress(Stage.SILENT))
        job.document = b""

    def _refused(self, problem: Refused) -> None:
        log.warning("the printer took no job: %s", problem)
        self._finish(Progress(Stage.REFUSED))

    def _go_on(self, job: _Job) -> None:
        if job.document:
            self._hand_over(job)
        else:
            self._follow(job)

    def _follow(self, job: _Job) -> None:
        try:
            printer = self._reach()
            if job.doubtful:
                self._give_up(printer, job)
            state = printer.report()
            self._say_health(state)
            found = printer.job(job.number) if job.number is not None else None
        except (TryAgain, Garbled) as problem:
            log.debug("the printer did not say how the job is: %s", problem)
            return
        except (Unplugged, NoReply) as problem:
            log.debug("the printer is silent: %s", problem)
            self._say_lost(problem)
            self._say(Progress(Stage.SILENT))
            return
        except Refused as problem:
            log.warning("the printer does not say how the job is: %s", problem)
            self._finish(Progress(Stage.LOST))
            return
        now = progress(found, state, cancelling=job.cancelling)
        if job.doubtful and now.stage in {Stage.CANCELLED, Stage.LOST}:
            now = Progress(Stage.ABORTED, state.trouble)
        if now.stage.over:
            self._finish(now)
        else:
            self._say(now)

    def _give_up(self, printer: Printer, job: _Job) -> None:
        """Cancel a job of which it is not known whether its document arrived."""
        if job.number is None:
            named = [each.id for each in printer.unfinished() if each.name == job.name]
            job.number = named[0] if named else None
        if job.number is not None:
            printer.cancel(job.number)
            job.cancelling = True

    def _cancel(self) -> None:
        job = self._job
        if job is None:
            return
        if job.document:
            self._finish(Progress(Stage.CANCELLED))
            return
        job.cancelling = True
        self._say(Progress(Stage.CANCELLING))
        if job.number is None:
            return
        try:
            self._reach().cancel(job.number)
        except DeviceError as problem:
            log.warning("a print job could not be cancelled yet: %s", problem)
            self._owed.add(job.number)
            self._sweep_at = 0.0

    def _drop(self) -> None:
        """Nobody waits for the job any more: whatever of it is not printed is to go."""
        if self._job is not None and self._job.number is not None:
            self._owed.add(self._job.number)
        if self._job is not None or self._owed:
            self._sweep_at = 0.0
        self._job = self._said = None
        self._sweep()

    def _finish(self, end: Progress) -> None:
        """Tell the end; and have the printer forget the job, where it keeps more than a record."""
        self._say(end)
        job, self._job = self._job, None
        if job is not None and job.number is not None:
            self._owed.add(job.number)
            self._sweep_at = 0.0

    def _sweep(self) -> None:
        """Cancel all jobs of this terminal but the one that is waited for."""
        if self._sweep_at is None or time.monotonic() < self._sweep_at:
            return
        kept = self._job
        try:
            printer = self._reach()
            stuck: set[int] = set()
            for number in sorted(self._owed):
                if kept is None or number != kept.number or kept.cancelling:
                    stuck |= self._let_go(printer, number)
                self._owed.discard(number)
            for each in printer.unfinished():
                mine = each.name.startswith(f"{self._user}-")
                if mine and (kept is None or each.name != kept.name):
                    stuck |= self._let_go(printer, each.id)
            if stuck != self._stuck:
                self._stuck, self._health_at = stuck, 0.0
            self._sweep_at = time.monotonic() + HEALTH_S if stuck else None
        except TryAgain as problem:
            self._sweep_later(problem)
        except Refused as problem:
            log.warning("the printer does not tell of its jobs: %s", problem)
            self._sweep_at = None
        except DeviceError as problem:
            self._sweep_later(problem)

    def _let_go(self, printer: Printer, number: int) -> set[int]:
        """Cancel a job; itself where the printer refuses, for health to tell."""
        try:
            printer.cancel(number)
        except TryAgain:
            raise
        except Refused as problem:
            level = logging.DEBUG if number in self._stuck else logging.WARNING
            log.log(level, "the printer does not let job %d go: %s", number, problem)
            return {number}
        return set()

    def _sweep_later(self, problem: DeviceError) -> None:
        log.debug("jobs that nobody waits for may still be in the printer: %s", problem)
        self._sweep_at = time.monotonic() + SWEEP_AGAIN_S

    # How the printer is

    def _look(self) -> None:
        self._health_at = time.monotonic()
        try:
            self._say_health(self._reach().report())
        except DeviceError as problem:
            self._say_lost(problem)

    def _reach(self) -> Printer:
        if self._printer is None:
            self._printer = self._open()
        return self._printer

    def _say_health(self, found: PrinterReport) -> None:
        trouble = found.trouble or found.warning
        facts: dict[str, Any] = {"link": "connected", "accepting": found.accepting}
        facts["stuck"] = len(self._stuck)
        facts["trouble"] = None if trouble is None else str(trouble)
        facts["reasons"] = sorted(found.reasons)
        facts["pdf"] = not found.formats or "application/pdf" in found.formats
        self._say_facts(facts)

    def _say_lost(self, problem: DeviceError) -> None:
        self._say_facts({"link": "lost", "problem": str(problem)})

    def _say_facts(self, facts: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if facts != self._healthy or now >= self._health_at:
            self._healthy = facts
            self._health_at = now + HEALTH_S
            self._health(facts)

    def _say(self, now: Progress) -> None:
        job = self._job
        if job is not None and self._said != (job.ticket, now):
            self._said = (job.ticket, now)
            self._tell(job.ticket, now)
