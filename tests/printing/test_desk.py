"""The desk and a printer that fails at the worst moment."""

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devices.errors import Garbled, NoReply, Refused, TryAgain, Unplugged
from devices.printer.reports import JobReport, JobState, PrinterReport, PrinterState
from kiosk.printing.desk import DeskDied, PrintDesk, user_of
from kiosk.printing.progress import Progress, Stage

USER = "mingtang-0a1b2c3d"
PATIENCE_S = 10.0


class Fake:
    """A printer that keeps jobs, and does what `fail` says at each call."""

    def __init__(self) -> None:
        self.jobs: dict[int, JobReport] = {}
        self.fail: Callable[[str], Exception | None] = lambda _call: None
        self.whole = False
        self.cancelled: list[int] = []

    def _call(self, name: str) -> None:
        problem = self.fail(name)
        if problem is not None:
            raise problem

    def report(self) -> PrinterReport:
        self._call("report")
        empty: frozenset[Any] = frozenset()
        return PrinterReport(PrinterState.IDLE, empty, True, empty, empty, empty, is_cups=False)

    def _add(self, name: str) -> JobReport:
        number = len(self.jobs) + 1
        self.jobs[number] = JobReport(number, JobState.PENDING, frozenset(), name)
        return self.jobs[number]

    def create(self, name: str) -> int | None:
        self._call("create")
        return None if self.whole else self._add(name).id

    def send(self, job: int, document: bytes) -> JobReport:
        self._call("send")
        assert document == b"%PDF-"
        return self.jobs[job]

    def print_whole(self, name: str, document: bytes) -> JobReport:
        added = self._add(name)
        self._call("print_whole")
        return added

    def job(self, job: int) -> JobReport | None:
        self._call("job")
        return self.jobs.get(job)

    def unfinished(self) -> tuple[JobReport, ...]:
        self._call("unfinished")
        return tuple(job for job in self.jobs.values() if not job.state.final)

    def cancel(self, job: int) -> None:
        self._call("cancel")
        self.cancelled.append(job)
        if not self.jobs[job].state.final:
            self.set(job, JobState.CANCELED)

    def set(self, job: int, state: JobState) -> None:
        old = self.jobs[job]
        self.jobs[job] = JobReport(job, state, old.reasons, old.name)

    def close(self) -> None:
        pass


class Visit:
    def __init__(self) -> None:
        self.printer = Fake()
        self.told: queue.Queue[tuple[int, Progress]] = queue.Queue()
        self.health: list[Any] = []
        self.desk = PrintDesk(
            lambda: self.printer,
            USER,
            lambda ticket, said: self.told.put((ticket, said)),
            self.health.append,
            poll_s=0.01,
        )
        self.desk.start()
        self.heard: list[Stage] = []

    def until(self, *stages: Stage) -> Stage:
        while True:
            _, said = self.told.get(timeout=PATIENCE_S)
            self.heard.append(said.stage)
            if said.stage in stages:
                return said.stage

    def wait(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.005)


@pytest.fixture
def visit() -> Iterator[Visit]:
    one = Visit()
    yield one
    one.printer.fail = lambda _call: None
    one.desk.stop()


def failing(at: str, problem: Exception) -> Callable[[str], Exception | None]:
    return lambda call: problem if call == at else None


@pytest.mark.parametrize("whole", [False, True])
def test_a_document_that_may_not_have_arrived_is_cancelled_and_not_done(
    visit: Visit, whole: bool
) -> None:
    visit.printer.whole = whole
    visit.printer.fail = failing("print_whole" if whole else "send", NoReply("silent"))
    visit.desk.print(b"%PDF-")
    assert visit.until(Stage.ABORTED, Stage.DONE) is Stage.ABORTED
    assert visit.printer.jobs[1].state is JobState.CANCELED


def test_a_printer_that_goes_away_is_silent_and_done_only_when_it_says_so(visit: Visit) -> None:
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.printer.fail = lambda _call: Unplugged("gone")
    visit.until(Stage.SILENT)
    visit.wait(lambda: visit.health[-1]["link"] == "lost")
    visit.printer.set(1, JobState.COMPLETED)
    assert Stage.DONE not in visit.heard
    visit.printer.fail = lambda _call: None
    visit.until(Stage.DONE)


def test_garbled_answers_are_asked_for_again(visit: Visit) -> None:
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.printer.fail = failing("job", Garbled("nonsense"))
    visit.printer.set(1, JobState.COMPLETED)
    time.sleep(0.05)
    assert visit.told.empty()
    visit.printer.fail = lambda _call: None
    visit.until(Stage.DONE)


def test_a_printer_that_says_no_is_told_and_the_empty_job_goes(visit: Visit) -> None:
    visit.printer.fail = failing("send", Refused(0x040A, "document-format-not-supported"))
    visit.desk.print(b"%PDF-")
    visit.until(Stage.REFUSED)
    visit.wait(lambda: visit.printer.jobs[1].state is JobState.CANCELED)


def test_a_printer_that_does_not_tell_of_jobs_has_lost_it(visit: Visit) -> None:
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.printer.fail = failing("job", Refused(0x0403, "not-authorized"))
    visit.until(Stage.LOST)


def test_cancel_and_end_of_session_reach_a_printer_that_comes_back(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.printing.desk.SWEEP_AGAIN_S", 0.01)
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.printer.fail = lambda _call: Unplugged("gone")
    visit.desk.cancel()
    visit.desk.end_session()
    time.sleep(0.05)
    assert visit.printer.cancelled == []
    visit.printer.fail = lambda _call: None
    visit.wait(lambda: visit.printer.jobs[1].state is JobState.CANCELED)


def test_the_next_visitors_job_is_not_swept_with_the_last_ones(visit: Visit) -> None:
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.desk.end_session()
    ticket = visit.desk.print(b"%PDF-")
    visit.wait(lambda: len(visit.printer.jobs) == 2)
    visit.wait(lambda: visit.printer.jobs[1].state is JobState.CANCELED)
    visit.printer.set(2, JobState.COMPLETED)
    visit.until(Stage.DONE)
    assert ticket == 2
    assert len({job.name for job in visit.printer.jobs.values()}) == 2


def test_the_end_of_the_program_cancels_what_runs(visit: Visit) -> None:
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.desk.stop()
    assert visit.printer.jobs[1].state is JobState.CANCELED


def test_job_names_hold_the_terminals_number_and_another_and_nothing_else(visit: Visit) -> None:
    assert user_of("FS-02") == user_of("FS-02") != user_of("FS-03")
    assert user_of("张三的电脑").isascii()
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    prefix, _, number = visit.printer.jobs[1].name.rpartition("-")
    assert prefix == USER
    assert number.isdigit()


def test_jobs_of_others_and_the_one_that_is_waited_for_are_not_swept(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A printer that ignores my-jobs, and lists late what the last visitor left."""
    monkeypatch.setattr("kiosk.printing.desk.SWEEP_AGAIN_S", 0.01)
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    theirs = visit.printer._add("mingtang-99999999-1").id
    visit.printer.fail = failing("unfinished", NoReply("silent"))
    visit.desk.end_session()
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    left = visit.printer._add(f"{USER}-7").id
    visit.printer.fail = lambda _call: None
    visit.wait(lambda: visit.printer.jobs[left].state is JobState.CANCELED)
    time.sleep(0.05)
    assert visit.printer.jobs[theirs].state is JobState.PENDING
    assert visit.printer.jobs[3].state is JobState.PENDING


def test_a_printer_that_hides_names_is_told_by_number(visit: Visit) -> None:
    visit.printer.unfinished = lambda: ()  # type: ignore[method-assign]
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.desk.end_session()
    visit.wait(lambda: visit.printer.jobs[1].state is JobState.CANCELED)


@pytest.mark.parametrize("busy", [1, 3])
def test_a_printer_that_is_busy_with_the_document_gets_it_again_in_a_job_of_its_own(
    visit: Visit, busy: int
) -> None:
    left = [TryAgain(0x0507, "busy") for _ in range(busy)]
    visit.printer.fail = lambda call: left.pop() if call == "send" and left else None
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.wait(lambda: len(visit.printer.jobs) == busy + 1)
    assert all(visit.printer.jobs[n].state is JobState.CANCELED for n in range(1, busy + 1))
    visit.printer.set(busy + 1, JobState.COMPLETED)
    assert visit.until(Stage.DONE, Stage.ABORTED) is Stage.DONE


def test_no_second_job_is_opened_before_the_first_one_is_cancelled(visit: Visit) -> None:
    """A printer that says it is busy may have kept the document all the same."""
    noes = {"send": TryAgain(0x0507, "busy"), "cancel": TryAgain(0x0507, "busy")}
    asked: list[str] = []

    def fail(call: str) -> Exception | None:
        asked.append(call)
        return noes.get(call)

    visit.printer.fail = fail
    visit.desk.print(b"%PDF-")
    visit.wait(lambda: asked.count("cancel") > 2)
    assert len(visit.printer.jobs) == 1
    noes.clear()
    visit.wait(lambda: len(visit.printer.jobs) == 2)


def test_one_job_that_the_printer_does_not_let_go_keeps_no_other(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = visit.printer._add(f"{USER}-1").id
    other = visit.printer._add(f"{USER}-2").id
    cancel = visit.printer.cancel

    def refuse(job: int) -> None:
        if job == stubborn:
            raise Refused(0x0403, "not-authorized")
        cancel(job)

    monkeypatch.setattr(visit.printer, "cancel", refuse)
    visit.desk.end_session()
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.desk.cancel()
    visit.until(Stage.CANCELLED)
    assert visit.printer.jobs[other].state is JobState.CANCELED
    visit.wait(lambda: visit.health[-1].get("stuck") == 1)
    monkeypatch.setattr(visit.printer, "cancel", cancel)
    visit.desk.print(b"%PDF-")
    visit.until(Stage.QUEUED)
    visit.desk.cancel()
    visit.wait(lambda: visit.health[-1].get("stuck") == 0)
    assert visit.printer.jobs[stubborn].state is JobState.CANCELED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_not_taken_for_one_that_waits(visit: Visit) -> None:
    visit.desk.check()
    visit.printer.fail = lambda _call: ZeroDivisionError()
    visit.desk.look()
    visit.wait(lambda: not visit.desk._thread.is_alive())
    with pytest.raises(DeskDied):
        visit.desk.check()


def test_a_desk_that_was_stopped_did_not_die(visit: Visit) -> None:
    visit.desk.stop()
    visit.desk.check()
