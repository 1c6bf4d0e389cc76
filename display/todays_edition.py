"""The edition of the day: kept in memory, else in the store, else made when it is time."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from display.edition import SHANGHAI, Edition, Pace, Surface, compose
from display.release import Known
from display.schedule import cut_over_at
from display.source import Source
from display.working_days import WorkingCalendar

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
"""How long an edition waits for news from the centre before it is made from what is here."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What staff and technician set for one board."""

    surface: Surface
    pace: Pace
    cut_over: time
    """Of Shanghai."""
    centre: str
    """Name of the centre on the neutral page, in characters that the board has."""
    words: Mapping[str, str]
    calendar: WorkingCalendar | None = None
    """On its days of rest no edition is made; None: every day is a working day."""
    check_size: bool = True
    """Ask the card for its size before anything is shown. How cards lay out that answer is
    not documented everywhere, so a technician may switch it off."""


class TodaysEdition:
    """Makes at most one edition a day, and never from a store that is behind the centre."""

    def __init__(self, plan: Plan, source: Source) -> None:
        self._plan = plan
        self._source = source
        self._edition: Edition | None = None
        self._waiting: tuple[date, datetime] | None = None
        self._asked_about: date | None = None

    def at(self, moment: datetime, known: Known) -> Edition | None:
        """The edition of the Shanghai day that holds the proven `moment`; None before its time.

        Raises SourceTrouble.
        """
        day = moment.astimezone(SHANGHAI).date()
        if self._edition is not None and self._edition.day == day:
            return self._edition
        self._edition = None
        if not self._is_worked(day):
            return None
        due = cut_over_at(day, self._plan.cut_over)
        text = self._source.edition(self._plan.surface.board, day)
        if text is None and moment >= due and self._is_up_to_date(day, due, moment):
            text = self._make(day, due, moment, known)
        if text is not None:
            self._edition = Edition.model_validate_json(text)
        return self._edition

    def _is_worked(self, day: date) -> bool:
        if self._plan.calendar is None:
            return True
        answer = self._plan.calendar.day(day)
        if self._asked_about != day:
            self._asked_about = day
            if not answer.known:
                log.warning(
                    "nobody has told the holidays of %d: %s goes by its weekday; add the year to "
                    "the table of working days",
                    day.year,
                    day,
                )
            elif not answer.working:
                log.info("%s is no working day: no edition", day)
        return answer.working

    def _is_up_to_date(self, day: date, due: datetime, moment: datetime) -> bool:
        """Whether the store holds what the centre had released at the cut-over.

        A store that never was complete is never used; one that once was is used when the
        centre stays away for longer than PATIENCE.
        """
        if self._waiting is None or self._waiting[0] != day:
            self._waiting = (day, moment)
        complete_at = self._source.complete_at()
        if complete_at is None:
            return False
        if complete_at >= due:
            return True
        if moment - self._waiting[1] < PATIENCE:
            return False
        log.warning(
            "the edition of %s is made without news from the centre since %s UTC",
            day,
            f"{complete_at:%Y-%m-%d %H:%M}",
        )
        return True

    def _make(self, day: date, due: datetime, moment: datetime, known: Known) -> str:
        plan = self._plan
        made = compose(
            self._source.board_items(due),
            day=day,
            cut_over_at=due,
            surface=plan.surface,
            pace=plan.pace,
            known=known,
            words=plan.words,
        )
        kept = self._source.keep_edition(
            plan.surface.board, day, made.id, moment, made.model_dump_json()
        )
        log.info("edition %s of %s: %d pages", made.id, day, len(made.pages))
        for reason, count in Counter(made.left_out.values()).items():
            log.warning("edition %s leaves out %d notices: %s", made.id, count, reason)
        return kept
