"""Work off the UI thread: one worker, its own store, results handed back by the clock."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from kivy.clock import Clock

log = logging.getLogger(__name__)


class Jobs:
    """Runs questions to the store one after the other; of each name only the newest counts."""

    def __init__(self, open_store: Callable[[], Any]) -> None:
        self._open_store = open_store
        self._store: Any = None
        self._newest: dict[str, int] = {}
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    def ask(self, name: str, question: Callable[[Any], Any], answer: Callable[[Any], None]) -> None:
        """Call `question(store)` in the worker, then `answer(result)` on the UI thread.

        A later question of the same name makes this one's answer void.
        """
        number = self._newest[name] = self._newest.get(name, 0) + 1

        def run() -> Any:
            if self._newest[name] != number:
                return None
            if self._store is None:
                self._store = self._open_store()
            return question(self._store)

        def deliver(future: "Future[Any]") -> None:
            if future.cancelled():
                return
            problem = future.exception()
            if problem is not None:
                log.error("%s: the store could not answer: %s", name, problem)
                return
            Clock.schedule_once(lambda _dt: self._answer(name, number, answer, future.result()))

        self._worker.submit(run).add_done_callback(deliver)

    def forget(self, name: str) -> None:
        """Make the pending answers of this name void."""
        self._newest[name] = self._newest.get(name, 0) + 1

    def stop(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _answer(self, name: str, number: int, answer: Callable[[Any], None], result: Any) -> None:
        if self._newest[name] == number:
            answer(result)
