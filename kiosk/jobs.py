"""Work off the UI thread: one worker, its own store, results handed back by the clock."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from kivy.clock import Clock

from kiosk.store.errors import Busy, StoreError

log = logging.getLogger(__name__)

LATE_AFTER_S = 0.3
"""A visitor who waits longer than this is told so."""


class Jobs:
    """Runs questions to the store one after the other; of each name only the newest counts."""

    def __init__(self, open_store: Callable[[], Any]) -> None:
        self._open_store = open_store
        self._store: Any = None
        self._newest: dict[str, int] = {}
        self._asking_for = 0
        self._failing: set[str] = set()
        self._stopped = False
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    def ask(
        self,
        name: str,
        question: Callable[[Any], Any],
        answer: Callable[[Any], None],
        failed: Callable[[], None],
        wait_s: float = 0.0,
        *,
        lasting: bool = False,
    ) -> None:
        """Call `question(store)` in the worker, then `answer(result)` on the UI thread.

        An answer that comes within `wait_s` seconds is delivered before this returns, so that
        the frame which is about to be drawn shows it. A StoreError leads to `failed()` instead;
        any other error ends the program. A later question of the same name makes this one void.
        After `stop` nothing is asked. `lasting`: it is done in any case, only its answer becomes
        void, also by `forget` and `stop`.
        """
        if self._stopped:
            return
        number = self._newest[name] = self._newest.get(name, 0) + 1
        asking_for = self._asking_for

        def deliver(future: "Future[Any]") -> None:
            if not future.cancelled():
                Clock.schedule_once(hand_over(future))

        def hand_over(future: "Future[Any]") -> Callable[[float], None]:
            def hand(_elapsed: float) -> None:
                if asking_for == self._asking_for:
                    self._deliver(name, number, future, answer, failed)

            return hand

        run = self._worker.submit(self._run, name, None if lasting else number, question)
        if wait_s and wait([run], timeout=wait_s).done:
            self._deliver(name, number, run, answer, failed)
            return
        run.add_done_callback(deliver)

    def forget(self, *names: str) -> None:
        """Make the pending answers of these names void."""
        for name in names:
            self._newest[name] = self._newest.get(name, 0) + 1

    def forget_answers(self) -> None:
        """Make every pending answer void; what was asked is still done."""
        self._asking_for += 1

    def let_go(self) -> None:
        """Close the store after what was asked; the next question opens it again.

        A connection keeps the pages and values of its last questions.
        """
        if not self._stopped:
            self._worker.submit(self._close)

    def stop(self) -> None:
        """End the worker; pending questions are not asked any more."""
        if self._stopped:
            return
        self._stopped = True
        self.forget(*self._newest)
        self._worker.submit(self._close)
        self._worker.shutdown(wait=True)

    def _run(self, name: str, number: int | None, question: Callable[[Any], Any]) -> Any:
        """`number`: None for what is done in any case."""
        if number is not None and self._newest[name] != number:
            return None
        try:
            if self._store is None:
                self._store = self._open_store()
            return question(self._store)
        except Busy:
            raise
        except StoreError:
            # A file that was damaged or gone is put right by exchanging it: open it anew.
            self._close()
            raise

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _deliver(
        self,
        name: str,
        number: int,
        future: "Future[Any]",
        answer: Callable[[Any], None],
        failed: Callable[[], None],
    ) -> None:
        if self._newest[name] != number:
            return
        try:
            result = future.result()
        except StoreError as problem:
            log.log(
                logging.DEBUG if name in self._failing else logging.WARNING,
                "%s: the store could not answer: %s",
                name,
                problem,
            )
            self._failing.add(name)
            failed()
            return
        if name in self._failing:
            log.info("%s: the store answers again", name)
            self._failing.remove(name)
        answer(result)
