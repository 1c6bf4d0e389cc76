"""A visitor's printing without a window."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.printer.reports import Trouble
from kiosk import words
from kiosk.printing.desk import DeskDied
from kiosk.printing.model import STALLED_AFTER_S, PrintModel
from kiosk.printing.printout import Pdf, printout
from kiosk.printing.progress import Progress, Stage
from kiosk.printing.recheck import recheck

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


def test_a_printer_that_never_gets_ahead_keeps_no_visit_open(visitor: Visitor) -> None:
    model = visitor.ready()
    model.print()
    model.watch(0.0)
    visitor.desk.tell(7, Progress(Stage.QUEUED))
    for now in (100.0, 100.0 + STALLED_AFTER_S - 1):
        model.watch(now)
        assert model.moving
    model.watch(100.0 + STALLED_AFTER_S)
    assert (model.moving, model.running) == (False, True)
    said = model.said(words.load("zh"), rated=True)
    assert (said.title, said.no) == (
        words.load("zh")["print.stalled"],
        words.load("zh")["print.cancel"],
    )
    visitor.desk.tell(7, Progress(Stage.PRINTING, sheets=1))
    model.watch(900.0)
    assert model.moving
    visitor.desk.tell(7, Progress(Stage.PRINTING, sheets=2))
    model.watch(900.0 + STALLED_AFTER_S)
    assert model.moving
    model.watch(900.0 + 3 * STALLED_AFTER_S)
    model.cancel()
    assert model.said(words.load("zh"), rated=True).title == words.load("zh")["print.cancelling"]
    visitor.desk.tell(7, Progress(Stage.CANCELLED))
    model.watch(9_000.0)
    assert model.progress.stage is Stage.CANCELLED


def test_a_desk_that_died_is_noticed_by_whoever_watches(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died() -> None:
        raise DeskDied

    monkeypatch.setattr(visitor.desk, "check", died, raising=False)
    with pytest.raises(DeskDied):
        visitor.model.watch(0.0)


def test_pages_that_are_out_of_date_are_never_sent(visitor: Visitor) -> None:
    model = visitor.ready()
    model.outdate()
    assert (model.state, model._document) == ("outdated", b"")
    assert model.said(words.load("zh"), rated=True).no == ""
    model.print()
    assert b"%PDF-" not in visitor.desk.calls
    model.close()
    model.prepare("n1", WHAT)
    model.outdate()
    assert visitor.settings[-1].cancelled
    visitor.settings[-1].done(Pdf(2, b"%PDF-"))
    assert model.state == "outdated"


def test_a_job_that_is_out_of_date_is_cancelled_and_says_why(visitor: Visitor) -> None:
    zh, model = words.load("zh"), visitor.ready()
    model.print()
    model.outdate()
    assert visitor.desk.calls[-1] == "cancel"
    for stage in (Stage.CANCELLING, Stage.DONE):
        visitor.desk.tell(7, Progress(stage))
        assert model.said(zh, rated=True).text == zh["print.outdated_sent_text"]
    model.close()
    assert not model.outdated


class Answers:
    """Asks a store at once."""

    def __init__(self, store: object) -> None:
        self.store = store
        self.asked: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def ask(
        self, name: str, question: Any, answer: Callable[[Any], None], _failed: Callable[[], None]
    ) -> None:
        self.asked.append(name)
        found = question(self.store)
        self.meanwhile()
        answer(found)


AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_what_is_printed_is_asked_about_as_long_as_it_is(visitor: Visitor) -> None:
    jobs, model = Answers({"n1": "old"}), visitor.model
    recheck(model, jobs, AT)
    model.prepare("receipt", WHAT)
    recheck(model, jobs, AT)
    assert jobs.asked == []
    model.close()
    model.prepare("n1", WHAT, lambda store, at: store["n1"] == "old" and at == AT)
    visitor.settings[-1].done(Pdf(2, b"%PDF-"))
    recheck(model, jobs, AT)
    assert model.state == "ready"
    jobs.store = {"n1": "new"}
    recheck(model, jobs, AT)
    assert model.state == "outdated"


def test_an_answer_about_the_last_printout_says_nothing_of_this_one(visitor: Visitor) -> None:
    jobs, model = Answers({}), visitor.model
    model.prepare("n1", WHAT, lambda _store, _at: False)

    def next_one() -> None:
        model.close()
        model.prepare("n2", WHAT, lambda _store, _at: True)

    jobs.meanwhile = next_one
    recheck(model, jobs, AT)
    assert (model.subject, model.state) == ("n2", "setting")
