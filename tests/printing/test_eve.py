"""The desk and a real printer: what comes out, what is told, what stays behind."""

import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fpdf import FPDF

from devices.printer.printer import IppPrinter
from devices.printer.reports import JobState, Trouble
from kiosk.printing.desk import PrintDesk
from kiosk.printing.progress import Progress, Stage
from tests.printing.eve import EvePrinter, until

USER = "mingtang-0a1b2c3d"
PATIENCE_S = 10.0


def pdf(pages: int) -> bytes:
    sheet = FPDF(format="A4")
    for _ in range(pages):
        sheet.add_page()
    return bytes(sheet.output())


class Waiting:
    """A visitor at the desk, who hears what is told."""

    def __init__(self, uri: str) -> None:
        self.told: queue.Queue[tuple[int, Progress]] = queue.Queue()
        self.health: list[Any] = []
        self.heard: list[Progress] = []
        self.desk = PrintDesk(
            lambda: IppPrinter(uri, user=USER, connect_s=1, reply_s=5, document_s=5),
            USER,
            lambda ticket, said: self.told.put((ticket, said)),
            self.health.append,
            poll_s=0.05,
        )
        self.desk.start()

    def until(self, *stages: Stage) -> Progress:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            _, said = self.told.get(timeout=deadline - time.monotonic())
            self.heard.append(said)
            if said.stage in stages:
                return said

    def until_trouble(self) -> Progress:
        while (said := self.until(*Stage)).trouble is None:
            pass
        return said

    def stages(self) -> list[Stage]:
        return [said.stage for said in self.heard]


@pytest.fixture
def visitor(eve: EvePrinter) -> Iterator[Waiting]:
    waiting = Waiting(eve.uri)
    yield waiting
    waiting.desk.stop()


def drained(waiting: queue.Queue[Any]) -> list[Any]:
    return [waiting.get() for _ in range(waiting.qsize())]


def test_done_is_said_when_all_pages_are_out_and_not_before(
    eve: EvePrinter, visitor: Waiting
) -> None:
    eve.set("slow")
    visitor.desk.print(pdf(3))
    visitor.until(Stage.PRINTING)
    assert not eve.pages()
    assert not {Stage.DONE, Stage.SPOILT} & set(visitor.stages())
    eve.set("normal")
    visitor.until(Stage.DONE)
    assert eve.pages() == [3]
    assert visitor.stages()[0] is Stage.SENDING


def test_out_of_paper_is_told_and_goes_on_when_there_is_some(
    eve: EvePrinter, visitor: Waiting
) -> None:
    eve.set("empty")
    visitor.desk.print(pdf(1))
    assert visitor.until_trouble().trouble is Trouble.NO_PAPER
    assert not eve.pages()
    assert visitor.health[-1]["trouble"] == "no_paper"
    eve.set("normal")
    visitor.until(Stage.DONE)
    until(lambda: visitor.health[-1]["trouble"] is None)


def test_cancelled_is_said_when_the_printer_says_so(eve: EvePrinter, visitor: Waiting) -> None:
    eve.set("slow")
    visitor.desk.print(pdf(2))
    visitor.until(Stage.PRINTING)
    visitor.desk.cancel()
    visitor.until(Stage.CANCELLING)
    eve.set("normal")
    visitor.until(Stage.CANCELLED, Stage.DONE)
    assert visitor.stages()[-1] is Stage.CANCELLED


def test_a_printer_that_gives_up_does_not_say_done(eve: EvePrinter, visitor: Waiting) -> None:
    eve.set("broken")
    visitor.desk.print(pdf(1))
    visitor.until(Stage.ABORTED)
    assert not eve.pages()


def test_the_end_of_the_session_cancels_what_is_not_printed(
    eve: EvePrinter, visitor: Waiting
) -> None:
    eve.set("empty")
    visitor.desk.print(pdf(2))
    visitor.until_trouble()
    visitor.desk.end_session()
    until(lambda: "Cancel-Job successful-ok" in eve.log())
    eve.set("normal")
    printer = IppPrinter(eve.uri, user=USER)
    until(lambda: not printer.unfinished())
    job = printer.job(1)
    printer.close()
    assert job is None or job.state is JobState.CANCELED
    ended = [said.stage for _, said in drained(visitor.told) if said.stage.over]
    assert not ended


def test_a_printer_that_loses_the_job_is_not_done(eve: EvePrinter, visitor: Waiting) -> None:
    eve.set("slow")
    visitor.desk.print(pdf(1))
    visitor.until(Stage.PRINTING)
    eve.switch_off()
    visitor.until(Stage.SILENT)
    eve.switch_on()
    visitor.until(Stage.LOST)
    assert Stage.DONE not in visitor.stages()


def test_a_job_of_a_run_that_died_is_cancelled_at_the_next_start(eve: EvePrinter) -> None:
    eve.set("slow")
    dead = IppPrinter(eve.uri, user=USER)
    job = dead.create(f"{USER}-1")
    assert job
    visitor = Waiting(eve.uri)
    until(lambda: "Cancel-Job successful-ok" in eve.log())
    visitor.desk.stop()
    left = dead.job(job)
    assert left is None or left.state.final
    dead.close()


def test_a_printer_busy_with_anothers_job_is_waited_for_and_theirs_is_left_alone(
    eve: EvePrinter, visitor: Waiting
) -> None:
    other = IppPrinter(eve.uri, user="mingtang-99999999")
    theirs = other.create("mingtang-99999999-1")
    assert theirs
    visitor.desk.print(pdf(2))
    visitor.until(Stage.QUEUED)
    other.send(theirs, pdf(1))
    visitor.until(Stage.DONE)
    assert eve.pages() == [1, 2]
    other.close()


def test_nothing_about_the_document_is_in_the_printers_log(
    eve: EvePrinter, visitor: Waiting
) -> None:
    visitor.desk.print(pdf(1))
    visitor.until(Stage.DONE)
    names = {word for word in eve.log().split() if "mingtang" in word}
    assert all(USER in name for name in names)


def test_no_printer_is_told_and_nothing_was_sent(eve: EvePrinter, visitor: Waiting) -> None:
    eve.switch_off()
    visitor.desk.print(pdf(1))
    visitor.until(Stage.UNREACHED)
    until(lambda: visitor.health and visitor.health[-1]["link"] == "lost")
