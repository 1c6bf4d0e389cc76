"""Takes chosen files in: examines each, copies it encrypted; one after the other, in a worker."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.examination import opening
from kiosk.examination.clamd import Scanner
from kiosk.examination.examine import Chosen, Examination, PageCounter, examine
from kiosk.examination.examine import Stopped as ExaminationStopped
from kiosk.examination.pdf_pages import count_pages
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Verdict
from kiosk.private.errors import NoRoom, SourceVanished, StoreError
from kiosk.private.errors import Stopped as CopyingStopped
from kiosk.private.files import StagedFile
from kiosk.upload.chosen import Loss, Stage, refuses
from kiosk.upload.source import Candidate, SourceTrouble

if TYPE_CHECKING:
    from kiosk.private.store import PrivateStore

log = logging.getLogger(__name__)

TELL_S = 0.1
"""Between two words about how far a file is."""
GONE_PERHAPS = frozenset({Verdict.UNREADABLE, Verdict.CHANGED})
"""What a file seems to be whose stick is pulled out: opened once more, it says that it is gone."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a file is."""

    stage: Stage
    part: float = 0.0
    examination: Examination | None = field(default=None, repr=False)
    staged: StagedFile | None = field(default=None, repr=False)
    loss: Loss | None = None


Hear = Callable[[int, Step], None]
"""Hears of a ticket on the UI thread."""
Deliver = Callable[[Callable[[], None]], None]


class Intake:
    """One thread with a connection of its own to the encrypted store."""

    def __init__(
        self,
        open_store: "Callable[[], PrivateStore]",
        folder: Path,
        policy: Policy,
        hear: Hear,
        deliver: Deliver,
        *,
        scanner: Scanner | None = None,
        pages: PageCounter = count_pages,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folder` is where copies go, `deliver` has something called on the UI thread."""
        self._open_store, self._folder, self._policy = open_store, folder, policy
        self._hear, self._deliver, self._scanner, self._pages = hear, deliver, scanner, pages
        self._clock = clock
        self._store: PrivateStore | None = None
        self._given_up: set[int] = set()
        self._open: set[int] = set()
        self._before = Chosen()
        self._taken: dict[int, Examination] = {}
        self._copies: dict[int, StagedFile] = {}
        self._stopping = threading.Event()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")

    def begin(self, have: Iterable[StagedFile]) -> None:
        """These are chosen already: the same content is refused, and they count."""
        files = tuple(have)
        self._before = Chosen(
            {each.sha256: each.name for each in files}, sum(each.size for each in files), len(files)
        )

    def take(self, ticket: int, candidate: Candidate) -> None:
        """Examine a file and copy it in; `hear` is told of it until it is ready or out."""
        self._open.add(ticket)
        self._submit(lambda: self._take(ticket, candidate))

    def give_up(self, *tickets: int) -> None:
        """The visitor does not want these any more: nothing of them stays."""
        self._open.difference_update(tickets)
        self._given_up.update(tickets)
        self._submit(lambda: self._drop(tickets))

    def handed_in(self) -> None:
        """What was taken belongs to a submission, or to a form, now."""
        self._open.clear()
        self._submit(self._settle)

    def forget(self) -> None:
        """The visitor is gone, or begins anew: what was not handed in is dropped."""
        tickets = tuple(self._open)
        self.give_up(*tickets)
        self._submit(lambda: self._drop(tuple(self._taken)))
        # What it read and wrote stays in its memory, deciphered, as long as it is open.
        self._submit(self._close)

    def stop(self) -> None:
        """End the thread; what it is at is left undone."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._worker.submit(self._close)
        self._worker.shutdown(wait=True)

    def _submit(self, run: Callable[[], None]) -> None:
        if not self._stopping.is_set():
            self._worker.submit(run).add_done_callback(self._check)

    def _check(self, done: "Future[None]") -> None:
        """An error that nobody expected ends the program, on its own thread."""
        if not done.cancelled() and done.exception() is not None:
            self._deliver(done.result)

    def _is_given_up(self, ticket: int) -> bool:
        return ticket in self._given_up or self._stopping.is_set()

    def _tell(self, ticket: int, step: Step) -> None:
        def tell() -> None:
            # Between this thread and the screen's, the visitor may have changed their mind.
            if ticket in self._open:
                self._hear(ticket, step)

        self._deliver(tell)

    def _take(self, ticket: int, candidate: Candidate) -> None:
        if self._is_given_up(ticket):
            return
        try:
            self._tell(ticket, self._outcome(ticket, candidate))
        except (ExaminationStopped, CopyingStopped):
            log.debug("a file was given up")

    def _outcome(self, ticket: int, candidate: Candidate) -> Step:
        try:
            examination = self._examine(ticket, candidate.opening)
            if refuses(examination):
                if candidate.staged is None and GONE_PERHAPS & set(examination.verdicts):
                    candidate.reading().close()
                return Step(Stage.REFUSED, examination=examination)
            if candidate.staged is None:
                staged = self._copy(ticket, candidate, examination)
            else:
                # Nobody had looked into it when it came.
                staged = replace(candidate.staged, media_type=examination.media_type)
            if staged.sha256 != examination.sha256:
                # A stick may give other bytes the second time.
                self._drop((ticket,))
                return Step(Stage.LOST, loss=Loss.CHANGED)
        except (SourceVanished, SourceTrouble):
            return Step(Stage.LOST, loss=Loss.VANISHED)
        except NoRoom:
            return Step(Stage.LOST, loss=Loss.NO_ROOM)
        except CopyingStopped:
            raise
        except StoreError as problem:
            log.warning("a file could not be staged: %s", problem)
            self._close()
            return Step(Stage.LOST, loss=Loss.DISK)
        self._taken[ticket] = examination
        return Step(Stage.READY, examination=examination, staged=staged)

    def _examine(self, ticket: int, source: opening.Source) -> Examination:
        chosen = self._before
        for examined in self._taken.values():
            chosen = chosen.with_file(examined)
        return examine(
            source,
            self._policy,
            chosen=chosen,
            scanner=self._scanner,
            pages=self._pages,
            free=shutil.disk_usage(self._folder).free,
            progress=self._teller(ticket, Stage.CHECKING),
            stop=lambda: self._is_given_up(ticket),
        )

    def _copy(self, ticket: int, candidate: Candidate, examined: Examination) -> StagedFile:
        size = examined.size or 0
        tell = self._teller(ticket, Stage.COPYING)
        with candidate.reader() as reading:
            staged = self._private().stage(
                reading,
                name=examined.name,
                media_type=examined.media_type,
                size=size,
                progress=lambda done: tell(done, size),
                stopped=lambda: self._is_given_up(ticket),
            )
        self._copies[ticket] = staged
        return staged

    def _teller(self, ticket: int, stage: Stage) -> Callable[[int, int], None]:
        told = self._clock() - TELL_S

        def tell(done: int, size: int) -> None:
            nonlocal told
            now = self._clock()
            if now - told >= TELL_S:
                told = now
                self._tell(ticket, Step(stage, min(1.0, done / size) if size else 0.0))

        return tell

    def _settle(self) -> None:
        self._taken.clear()
        self._copies.clear()

    def _drop(self, tickets: tuple[int, ...]) -> None:
        self._given_up.difference_update(tickets)
        for ticket in tickets:
            self._taken.pop(ticket, None)
            # What a phone sent was staged by its own page, and can be chosen again.
            copy = self._copies.pop(ticket, None)
            if copy is None:
                continue
            try:
                self._private().unstage(copy)
            except StoreError as problem:
                # The end of the visit, or the next start, wipes it.
                log.warning("a staged file could not be dropped yet: %s", problem)
                self._close()

    def _private(self) -> "PrivateStore":
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
