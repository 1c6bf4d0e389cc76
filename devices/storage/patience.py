"""Work on a device that may never answer: it is waited for so long, then given up.

A thread that the kernel holds cannot be ended. It is left behind, and ends when the kernel lets
it go; nothing waits for it, not even the end of the program.
"""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from devices.storage.errors import Slow

T = TypeVar("T")


class _Outcome(Generic[T]):
    def __init__(self) -> None:
        self.done = threading.Event()
        self.finished = self.abandoned = False
        self.value: T | None = None
        self.problem: Exception | None = None


def within(seconds: float, work: Callable[[], T], undo: Callable[[T], None] = lambda _: None) -> T:
    """Call `work` in a thread of its own; what it raises is raised here. Raises Slow.

    `undo` is given the result that comes too late, such as a file to be closed.
    """
    line: PatientLine = PatientLine("stick-once")
    try:
        return line.ask(seconds, work, undo)
    finally:
        line.end()


class PatientLine:
    """One thread that does one thing after the other."""

    def __init__(self, name: str) -> None:
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def ask(
        self, seconds: float, work: Callable[[], T], undo: Callable[[T], None] = lambda _: None
    ) -> T:
        """Have `work` done; what it raises is raised here. Raises Slow after `seconds`."""
        outcome: _Outcome[T] = _Outcome()

        def act() -> None:
            try:
                value = work()
            except Exception as problem:  # noqa: BLE001  raised by who waits
                outcome.problem = problem
            else:
                with self._lock:
                    outcome.value, outcome.finished = value, True
                    late = outcome.abandoned
                if late:
                    undo(value)
            outcome.done.set()

        self._orders.put(act)
        if not outcome.done.wait(seconds):
            with self._lock:
                outcome.abandoned = not outcome.finished
            if outcome.abandoned:
                raise Slow(f"no answer within {seconds:g} s")
        if outcome.problem is not None:
            raise outcome.problem
        return outcome.value  # type: ignore[return-value]

    def end(self, last: Callable[[], None] | None = None) -> None:
        """Do `last` when everything before is done, and end the thread; never waits."""
        if last is not None:
            self._orders.put(last)
        self._orders.put(None)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            order()
