"""What a visitor is told of a print job (打印任务), from what the printer says (pure)."""

from dataclasses import dataclass
from enum import StrEnum

from devices.printer.reports import JobReport, JobState, PrinterReport, Trouble


class Stage(StrEnum):
    """Where a print job is. Only DONE and SPOILT mean that the printer finished it."""

    SENDING = "sending"
    QUEUED = "queued"
    PRINTING = "printing"
    STOPPED = "stopped"
    """Waits until somebody does something: see the trouble."""
    SILENT = "silent"
    """The printer does not answer; what becomes of the job is not known."""
    STALLED = "stalled"
    """Nothing has changed for long: the visitor need not wait."""
    CANCELLING = "cancelling"
    DONE = "done"
    SPOILT = "spoilt"
    """Finished, with errors that the printer itself reports."""
    CANCELLED = "cancelled"
    ABORTED = "aborted"
    """The printer gave it up."""
    LOST = "lost"
    """The printer knows nothing of it any more."""
    REFUSED = "refused"
    UNREACHED = "unreached"
    """The printer could not be reached: nothing was sent."""

    @property
    def over(self) -> bool:
        """Whether nothing more is going to happen."""
        return self in _OVER

    @property
    def moving(self) -> bool:
        """Whether the visitor waits for the machine, and not the other way round."""
        return self in _MOVING


_OVER = frozenset(
    {
        Stage.DONE,
        Stage.SPOILT,
        Stage.CANCELLED,
        Stage.ABORTED,
        Stage.LOST,
        Stage.REFUSED,
        Stage.UNREACHED,
    }
)
_MOVING = frozenset({Stage.SENDING, Stage.QUEUED, Stage.PRINTING, Stage.CANCELLING})


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage, with what keeps the printer, or may, and how many sheets are done."""

    stage: Stage
    trouble: Trouble | None = None
    sheets: int | None = None


def progress(job: JobReport | None, printer: PrinterReport, *, cancelling: bool) -> Progress:
    """Tell how a sent job is; `job` None means that the printer does not know it."""
    if job is None:
        return Progress(Stage.CANCELLED if cancelling else Stage.LOST)
    if job.state is JobState.COMPLETED:
        return Progress(Stage.SPOILT if job.spoilt else Stage.DONE)
    if job.state is JobState.CANCELED:
        return Progress(Stage.CANCELLED)
    if job.state is JobState.ABORTED:
        return Progress(Stage.ABORTED, printer.trouble)
    if cancelling:
        return Progress(Stage.CANCELLING)
    if printer.trouble is not None or job.held_up:
        return Progress(Stage.STOPPED, printer.trouble or Trouble.OTHER, job.sheets)
    if job.state is JobState.PROCESSING:
        return Progress(Stage.PRINTING, printer.warning, job.sheets)
    return Progress(Stage.QUEUED, printer.warning)
