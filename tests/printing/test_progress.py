"""What visitors are told: states, troubles, words in both languages."""

from itertools import product

import pytest

from devices.printer.message import Group, GroupTag, Tag, boolean, integer, text
from devices.printer.reports import (
    JobReport,
    JobState,
    PrinterReport,
    PrinterState,
    Trouble,
    read_printer,
)
from kiosk import words
from kiosk.printing.progress import Progress, Stage, progress
from kiosk.printing.texts import said


def printer(*reasons: str, state: PrinterState = PrinterState.PROCESSING) -> PrinterReport:
    attributes = [integer("printer-state", state, Tag.ENUM)]
    attributes.append(text(Tag.KEYWORD, "printer-state-reasons", *(reasons or ("none",))))
    attributes.append(boolean("printer-is-accepting-jobs", True))
    return read_printer(Group(GroupTag.PRINTER, tuple(attributes)))


def job(state: JobState, *reasons: str) -> JobReport:
    return JobReport(1, state, frozenset(reasons))


@pytest.mark.parametrize(
    ("reasons", "trouble"),
    [
        (["media-empty"], Trouble.NO_PAPER),
        (["media-empty-error", "toner-low-warning"], Trouble.NO_PAPER),
        (["media-needed"], Trouble.NO_PAPER),
        (["media-jam-error", "media-empty-error"], Trouble.JAM),
        (["cover-open"], Trouble.DOOR_OPEN),
        (["door-open-error"], Trouble.DOOR_OPEN),
        (["marker-supply-empty-error"], Trouble.NO_TONER),
        (["toner-empty"], Trouble.NO_TONER),
        (["output-area-full"], Trouble.TRAY_FULL),
        (["offline-report"], Trouble.OFFLINE),
        (["connecting-to-device"], Trouble.OFFLINE),
        (["paused"], Trouble.PAUSED),
        (["media-empty-warning"], None),
        (["toner-low-report", "com.example-busy"], None),
        ([], None),
    ],
)
def test_reasons_are_troubles_in_plain_words(reasons: list[str], trouble: Trouble | None) -> None:
    assert printer(*reasons).trouble is trouble


def test_a_warning_is_the_cause_once_the_printer_has_stopped() -> None:
    assert printer("media-empty-warning", state=PrinterState.STOPPED).trouble is Trouble.NO_PAPER
    assert printer(state=PrinterState.STOPPED).trouble is Trouble.OTHER
    assert printer("media-empty-warning").warning is Trouble.NO_PAPER


FINE = printer()


@pytest.mark.parametrize(
    ("seen", "at", "told"),
    [
        (job(JobState.PENDING), FINE, Progress(Stage.QUEUED)),
        (job(JobState.PENDING_HELD), FINE, Progress(Stage.STOPPED, Trouble.OTHER)),
        (job(JobState.PROCESSING), FINE, Progress(Stage.PRINTING)),
        (job(JobState.PROCESSING), printer("media-jam"), Progress(Stage.STOPPED, Trouble.JAM)),
        (
            job(JobState.PROCESSING),
            printer("media-empty-warning"),
            Progress(Stage.PRINTING, Trouble.NO_PAPER),
        ),
        (job(JobState.PENDING, "printer-stopped"), FINE, Progress(Stage.STOPPED, Trouble.OTHER)),
        (job(JobState.PROCESSING_STOPPED), FINE, Progress(Stage.STOPPED, Trouble.OTHER)),
        (job(JobState.COMPLETED), printer("media-empty"), Progress(Stage.DONE)),
        (job(JobState.COMPLETED, "job-completed-with-errors"), FINE, Progress(Stage.SPOILT)),
        (job(JobState.CANCELED), FINE, Progress(Stage.CANCELLED)),
        (job(JobState.ABORTED), FINE, Progress(Stage.ABORTED)),
        (None, FINE, Progress(Stage.LOST)),
    ],
)
def test_a_job_is_told_as_the_printer_tells_it(
    seen: JobReport | None, at: PrinterReport, told: Progress
) -> None:
    assert progress(seen, at, cancelling=False) == told


def test_only_completed_is_done() -> None:
    conditions = [(), ("printer-stopped",), ("job-printing",)]
    for state, reasons, cancelling in product(JobState, conditions, (False, True)):
        told = progress(job(state, *reasons), FINE, cancelling=cancelling)
        assert (told.stage is Stage.DONE) == (state is JobState.COMPLETED)
        assert told.stage.over == state.final


def test_cancelling_is_not_cancelled_before_the_printer_says_so() -> None:
    assert progress(job(JobState.PROCESSING), FINE, cancelling=True).stage is Stage.CANCELLING
    assert progress(None, FINE, cancelling=True).stage is Stage.CANCELLED


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_has_words_and_a_way_on(language: str) -> None:
    loaded = words.load(language)
    troubles = [None, *Trouble]
    for stage, trouble in product(Stage, troubles):
        shown = said(
            "sent",
            loaded,
            pages=2,
            limit=30,
            progress=Progress(stage, trouble, 1),
            trouble=None,
        )
        assert shown.title and shown.text and shown.yes
        assert "{" not in shown.title + shown.text
        assert bool(shown.no) == (not stage.over and stage is not Stage.CANCELLING)
    for state, trouble in product(("setting", "ready", "too_long", "failed"), troubles):
        shown = said(state, loaded, pages=2, limit=1, progress=None, trouble=trouble)
        assert shown.title and shown.text and shown.yes
    assert "2" in said(
        "ready", loaded, pages=2, limit=30, progress=None, trouble=None
    ).title  # fmt: skip
