"""A visitor's printing without a window."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.printer.reports import Trouble
from kiosk import words
from kiosk.printing.model import PrintModel
from kiosk.printing.printout import Pdf, printout
from kiosk.printing.progress import Progress, Stage

WHAT = printout(
    words.load("zh"), datetime(2026, 11, 23, tzinfo=UTC), centre="", terminal="T", title="题"
)


class Setting:
    def __init__(self, done: Callable[[Pdf | None], None]) -> None:
        self.done, self.cancelled = done, False

    def cancel(self) -> None:
        self.cancelled = True


class FakeDesk:
    def __init__(
        self, tell: Callable[[int, Progress], None], health: Callable[[Any], None]
    ) -> None:
        self.tell, self.told_health = tell, health
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: self.calls.append(name)

    def print(self, document: bytes) -> int:
        self.calls.append(document)
        return 7


class Visitor:
    def __init__(self) -> None:
        self.settings: list[Setting] = []
        self.health: list[Any] = []
        self.model = PrintModel(
            limit=3,
            deliver=lambda act: act(),
            typeset=self._typeset,
            open_desk=self._open,
            health=self.health.append,
        )

    def _typeset(self, _what: Any, done: Callable[[Pdf | None], None]) -> Setting:
        self.settings.append(Setting(done))
        return self.settings[-1]

    def _open(self, *whom: Any) -> FakeDesk:
        self.desk = FakeDesk(*whom)
        return self.desk

    def ready(self) -> PrintModel:
        self.model.prepare("n1", WHAT)
        self.settings[-1].done(Pdf(2, b"%PDF-"))
        return self.model


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_pages_are_told_before_anything_is_sent(visitor: Visitor) -> None:
    model = visitor.model
    model.prepare("n1", WHAT)
    assert (model.state, model.moving) == ("setting", True)
    visitor.settings[0].done(Pdf(2, b"%PDF-"))
    assert (model.state, model.pages, model.subject) == ("ready", 2, "n1")
    assert b"%PDF-" not in visitor.desk.calls
    model.print()
    assert b"%PDF-" in visitor.desk.calls
    assert model.running
    visitor.desk.tell(7, Progress(Stage.DONE))
    assert not model.running
    model.close()
    assert (model.state, model.pages, model.progress) == ("idle", 0, None)


def test_too_many_pages_are_not_printed(visitor: Visitor) -> None:
    visitor.model.prepare("n1", WHAT)
    visitor.settings[0].done(Pdf(4, b""))
    assert visitor.model.state == "too_long"
    visitor.model.print()
    assert visitor.desk.calls == ["look"]


def test_pages_that_cannot_be_made_are_told(visitor: Visitor) -> None:
    visitor.model.prepare("n1", WHAT)
    visitor.settings[0].done(None)
    assert visitor.model.state == "failed"


def test_closing_stops_the_typesetter_and_a_late_answer_counts_for_nothing(
    visitor: Visitor,
) -> None:
    visitor.model.prepare("n1", WHAT)
    visitor.model.close()
    assert visitor.settings[0].cancelled
    visitor.settings[0].done(Pdf(1, b"%PDF-"))
    assert visitor.model.state == "idle"


def test_closing_leaves_a_job_that_runs_and_the_end_of_the_session_does_not(
    visitor: Visitor,
) -> None:
    model = visitor.ready()
    model.print()
    visitor.desk.tell(7, Progress(Stage.PRINTING))
    model.close()
    assert model.running
    model.prepare("n2", WHAT)
    assert (model.subject, len(visitor.settings)) == ("n1", 1)
    model.forget()
    assert visitor.desk.calls[-1] == "end_session"
    assert (model.state, model.subject, model._document) == ("idle", "", b"")
    visitor.desk.tell(7, Progress(Stage.DONE))
    assert model.progress is None


def test_a_visit_is_asked_for_its_rating_once_the_printer_is_done(visitor: Visitor) -> None:
    zh, model = words.load("zh"), visitor.ready()
    model.print()
    visitor.desk.tell(7, Progress(Stage.PRINTING))
    assert (model.done, model.said(zh, rated=False).no) == (False, zh["print.cancel"])
    visitor.desk.tell(7, Progress(Stage.DONE))
    assert (model.done, model.said(zh, rated=False).no) == (True, zh["print.rate"])
    assert model.said(zh, rated=True).no == ""


def test_a_printer_in_trouble_is_told_before_and_does_not_keep_the_visitor(
    visitor: Visitor,
) -> None:
    model = visitor.ready()
    visitor.desk.told_health({"link": "connected", "trouble": "no_paper"})
    assert model.trouble is Trouble.NO_PAPER
    assert words.load("zh")["print.no_paper"] in model.said(words.load("zh"), rated=True).text
    visitor.desk.told_health({"link": "lost", "problem": "gone"})
    assert model.trouble is Trouble.OFFLINE
    assert len(visitor.health) == 2
    model.print()
    visitor.desk.tell(7, Progress(Stage.STOPPED, Trouble.NO_PAPER))
    assert model.running
    assert not model.moving
