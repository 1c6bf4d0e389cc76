"""What somebody confirmed is done, also where nobody waits for its answer any more."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kivy.clock import Clock

from kiosk.jobs import Jobs


class Store:
    """Keeps what it was asked to."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def close(self) -> None:
        """There is nothing to let go of."""


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def jobs(store: Store) -> Iterator[Jobs]:
    opened = Jobs(lambda: store)
    yield opened
    opened.stop()


def ask(jobs: Jobs, what: str, told: list[str], *, lasting: bool) -> None:
    def question(store: Store) -> str:
        store.kept.append(what)
        return what

    jobs.ask("decide", question, told.append, lambda: None, lasting=lasting)


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize(
    "ends",
    [lambda jobs: jobs.forget("decide"), lambda jobs: None],
    ids=["left the screen", "program ended"],
)
def test_what_was_confirmed_is_kept_and_its_answer_is_void(
    jobs: Jobs, store: Store, ends: Callable[[Jobs], Any], lasting: bool
) -> None:
    told: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def long(_store: Store) -> None:
        begun.set()
        assert go_on.wait(10)

    jobs.ask("long", long, lambda _nothing: None, lambda: None)
    assert begun.wait(10)
    ask(jobs, "proposal", told, lasting=lasting)
    ends(jobs)
    # Whoever stops waits for the worker, which waits for this.
    threading.Timer(0.05, go_on.set).start()
    jobs.stop()
    Clock.tick()
    assert (store.kept, told) == (["proposal"] if lasting else [], [])


def test_of_two_decisions_both_are_kept_and_the_newer_is_told(jobs: Jobs, store: Store) -> None:
    told: list[str] = []
    ask(jobs, "one", told, lasting=True)
    ask(jobs, "other", told, lasting=True)
    jobs.stop()
    assert store.kept == ["one", "other"]
