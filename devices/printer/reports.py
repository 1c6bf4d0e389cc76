"""What a printer says of itself and of a job: RFC 8011, sections 5.3 and 5.4 (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from devices.errors import Garbled
from devices.printer.message import Attribute, Group


class JobState(IntEnum):
    """RFC 8011, section 5.3.7."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def final(self) -> bool:
        """Whether the printer does nothing more for the job."""
        return self >= JobState.CANCELED


class PrinterState(IntEnum):
    """RFC 8011, section 5.4.11."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class Trouble(StrEnum):
    """What a person must do something about, the first to be done first."""

    JAM = "jam"
    DOOR_OPEN = "door_open"
    NO_PAPER = "no_paper"
    NO_TONER = "no_toner"
    TRAY_FULL = "tray_full"
    WORN_OUT = "worn_out"
    OFFLINE = "offline"
    PAUSED = "paused"
    OTHER = "other"


_TROUBLES = {
    "media-jam": Trouble.JAM,
    "door-open": Trouble.DOOR_OPEN,
    "cover-open": Trouble.DOOR_OPEN,
    "interlock-open": Trouble.DOOR_OPEN,
    "output-tray-missing": Trouble.DOOR_OPEN,
    "media-empty": Trouble.NO_PAPER,
    "media-needed": Trouble.NO_PAPER,
    "input-tray-missing": Trouble.NO_PAPER,
    "toner-empty": Trouble.NO_TONER,
    "marker-supply-empty": Trouble.NO_TONER,
    "developer-empty": Trouble.NO_TONER,
    "output-area-full": Trouble.TRAY_FULL,
    "marker-waste-full": Trouble.WORN_OUT,
    "opc-life-over": Trouble.WORN_OUT,
    "fuser-over-temp": Trouble.WORN_OUT,
    "fuser-under-temp": Trouble.WORN_OUT,
    "interpreter-resource-unavailable": Trouble.OTHER,
    "spool-area-full": Trouble.OTHER,
    "shutdown": Trouble.OFFLINE,
    "timed-out": Trouble.OFFLINE,
    "connecting-to-device": Trouble.OFFLINE,
    "offline": Trouble.OFFLINE,
    "paused": Trouble.PAUSED,
    "moving-to-paused": Trouble.PAUSED,
}
"""Reasons of RFC 8011, section 5.4.12, and `offline` of CUPS."""
_HARMLESS_ENDINGS = ("-report", "-warning")
_ALWAYS_TROUBLE = frozenset({"offline", "connecting-to-device", "shutdown", "timed-out"})
"""CUPS says these with the ending -report, and nothing comes out of the printer all the same."""
_ORDER = list(Trouble)
_JOB_STOPPED = frozenset({"printer-stopped", "printer-stopped-partly"})


@dataclass(frozen=True, slots=True)
class PrinterReport:
    """How a printer is."""

    state: PrinterState
    reasons: frozenset[str]
    accepting: bool
    operations: frozenset[int]
    formats: frozenset[str]
    media: frozenset[str]
    is_cups: bool

    @property
    def trouble(self) -> Trouble | None:
        """What keeps it from printing, or nothing."""
        found = trouble_in(self.reasons, stopped=self.state is PrinterState.STOPPED)
        if found is None and self.state is PrinterState.STOPPED:
            return Trouble.OTHER
        return found

    @property
    def warning(self) -> Trouble | None:
        """What may keep it from printing: a tray that is empty, perhaps the one in use.

        CUPS says `media-empty-warning` and no more while a printer waits for paper.
        """
        return trouble_in(self.reasons, stopped=True)

    def __str__(self) -> str:
        return f"printer {self.state.name.lower()} ({', '.join(sorted(self.reasons)) or 'none'})"


@dataclass(frozen=True, slots=True)
class JobReport:
    """How a job is; only COMPLETED means that it came out."""

    id: int
    state: JobState
    reasons: frozenset[str]
    name: str = ""
    sheets: int | None = None
    """Impressions or sheets done so far, if the printer counts them."""

    @property
    def held_up(self) -> bool:
        """Whether it waits for somebody to do something."""
        return self.state in (JobState.PENDING_HELD, JobState.PROCESSING_STOPPED) or bool(
            self.reasons & _JOB_STOPPED
        )

    @property
    def spoilt(self) -> bool:
        """Whether the printer itself says that not everything came out well."""
        return self.state is JobState.COMPLETED and "job-completed-with-errors" in self.reasons

    def __str__(self) -> str:
        reasons = ", ".join(sorted(self.reasons)) or "none"
        return f"job {self.id} {self.state.name.lower()} ({reasons})"


def trouble_in(reasons: Iterable[str], *, stopped: bool) -> Trouble | None:
    """The most pressing trouble among reasons.

    A warning or a report is no trouble while the printer goes on, and the cause once it stopped.
    """
    found = set()
    for reason in reasons:
        bare = reason.removesuffix("-error")
        harmless = bare.endswith(_HARMLESS_ENDINGS)
        if harmless:
            bare = bare.rpartition("-")[0]
        trouble = _TROUBLES.get(bare)
        if trouble is not None and (stopped or not harmless or bare in _ALWAYS_TROUBLE):
            found.add(trouble)
    return min(found, key=_ORDER.index, default=None)


def read_printer(group: Group) -> PrinterReport:
    """Read a printer's attributes. Raises Garbled."""
    accepting = group.find("printer-is-accepting-jobs").booleans()
    return PrinterReport(
        state=_printer_state(group.find("printer-state")),
        reasons=_reasons(group.find("printer-state-reasons")),
        accepting=accepting[0] if accepting else True,
        operations=frozenset(group.find("operations-supported").integers()),
        formats=frozenset(group.find("document-format-supported").words()),
        media=frozenset(group.find("media-supported").words()),
        is_cups=bool(group.find("cups-version").words()),
    )


def read_job(group: Group) -> JobReport:
    """Read a job's attributes. Raises Garbled."""
    numbers = group.find("job-id").integers()
    if not numbers or numbers[0] < 1:
        raise Garbled("a job without its number")
    states = group.find("job-state").integers()
    try:
        state = JobState(states[0]) if states else JobState.PENDING
    except ValueError:
        raise Garbled(f"job-state {states[0]}") from None
    counted = (
        *group.find("job-impressions-completed").integers(),
        *group.find("job-media-sheets-completed").integers(),
    )
    names = group.find("job-name").words()
    return JobReport(
        id=numbers[0],
        state=state,
        reasons=_reasons(group.find("job-state-reasons")),
        name=names[0] if names else "",
        sheets=max((count for count in counted if count >= 0), default=None),
    )


def _printer_state(attribute: Attribute) -> PrinterState:
    states = attribute.integers()
    try:
        return PrinterState(states[0])
    except (IndexError, ValueError):
        raise Garbled(f"printer-state {states}") from None


def _reasons(attribute: Attribute) -> frozenset[str]:
    return frozenset(attribute.words()) - {"none"}
