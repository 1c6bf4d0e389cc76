"""The edition of the day: kept in memory, else in the store, else made when it is time."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from devices.led.fonts import FontMissing
from display.arrangement import NO_CHOICES, Choices
from display.edition import Arranged, Edition, Pace, Page, Surface, cautions, compose
from display.local_time import SHANGHAI
from display.release import Known
from display.schedule import cut_over_at, end_of
from display.screen import Screen
from display.source import Source
from display.working_days import WorkingCalendar

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
"""How long an edition waits for news from the centre before it is made from what is here."""
ASK_PLAN_EVERY_S = 5
"""Divides a minute: what staff approved is in force from a cut-over on, mostly a full minute."""


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
    screen: Screen = field(default_factory=Screen)
    check_size: bool = True
    """Ask the card for its size before anything is shown. How cards lay out that answer is
    not documented everywhere, so a technician may switch it off."""
    calibrated: bool = True
    """The card's speeds were measured; False: staff are told that they are assumed."""
    picture: Callable[[Page, Edition], bytes] | None = None
    """Draws a page as PNG for the evidence; None: keep no pictures."""
    choices: Choices = NO_CHOICES
    """What staff chose for single notices."""
    arranged: Arranged | None = None
    """By whose word all this is in force; None: by a technician's settings."""


class TodaysEdition:
    """Makes at most one edition a day, and never from a store that is behind the centre.

    `plan` is asked for what is set until the day has its edition, and when one is made anew;
    settings changed after that wait for the next edition.
    """

    def __init__(self, plan: Callable[[], Plan], source: Source) -> None:
        self._ask_plan = plan
        self.plan = plan()
        self._source = source
        self._edition: Edition | None = None
        self._day: date | None = None
        self._asked_at: datetime | None = None
        self._waiting_since: datetime | None = None
        self._told = ""
        self.warnings: tuple[str, ...] = ()
        """For staff: codes of what is odd about today, such as `unknown_year 2027`."""

    def at(self, moment: datetime, known: Known) -> Edition | None:
        """The edition of the Shanghai day that holds the proven `moment`; None before its time.

        Raises SourceTrouble.
        """
        day = moment.astimezone(SHANGHAI).date()
        if self._day != day:
            self._day, self._edition, self._waiting_since = day, None, None
        if self._edition is not None:
            return self._edition
        if self._asked_at is None or _slot(moment) != _slot(self._asked_at):
            self.plan, self._asked_at = self._ask_plan(), moment
        if not self._is_worked(day):
            return None
        board = self.plan.surface.board
        text = self._source.edition(board, day)
        due = cut_over_at(day, self.plan.cut_over)
        if text is None and moment >= due and self._is_up_to_date(day, due, moment):
            # What is in force from now on may name a later cut-over, or make this a day of rest.
            self.plan, self._asked_at = self._ask_plan(), moment
            due = cut_over_at(day, self.plan.cut_over)
            if moment < due or not self._is_worked(day):
                return None
            text = self._make(day, due, moment, known, again=False)
        if text is not None:
            self._edition = Edition.kept(text)
        return self._edition

    def recompose(self, moment: datetime, known: Known) -> None:
        """Make the edition on air anew if staff asked for that. Raises SourceTrouble."""
        board = self.plan.surface.board
        asked = self._source.recompose_asked(board)
        if asked is None:
            return
        if asked.astimezone(SHANGHAI).date() != moment.astimezone(SHANGHAI).date():
            log.warning("board %s: the wish to recompose is of another day", board)
            self._source.recompose_done(board, asked)
            return
        self.at(moment, known)
        if self._edition is None or self._day is None:
            log.warning("board %s: asked to recompose, but there is no edition today", board)
        else:
            log.info("board %s: asked to make today's edition anew", board)
            self.plan = self._ask_plan()
            text = self._make(self._day, moment, moment, known, again=True)
            self._edition = Edition.kept(text)
        self._source.recompose_done(board, asked)

    def _is_worked(self, day: date) -> bool:
        if self.plan.calendar is None:
            self.warnings = ()
            return True
        answer = self.plan.calendar.day(day)
        self.warnings = () if answer.known else (f"unknown_year {day.year}",)
        if self._told != day.isoformat():
            self._told = day.isoformat()
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
        if self._waiting_since is None:
            self._waiting_since = moment
        complete_at = self._source.complete_at()
        if complete_at is None:
            return False
        if complete_at >= due:
            return True
        if moment - self._waiting_since < PATIENCE:
            return False
        log.warning(
            "the edition of %s is made without news from the centre since %s UTC",
            day,
            f"{complete_at:%Y-%m-%d %H:%M}",
        )
        return True

    def _make(
        self, day: date, due: datetime, moment: datetime, known: Known, *, again: bool
    ) -> str:
        plan = self.plan
        made = compose(
            self._source.board_items(due),
            projects=self._source.projects_opening(cut_over_at(day, time(0)), end_of(day)),
            day=day,
            cut_over_at=due,
            surface=plan.surface,
            pace=plan.pace,
            known=known,
            words=plan.words,
            choices=plan.choices,
            arranged=plan.arranged,
        )
        pictures = _pictures(plan, made)
        kept = self._source.keep_edition(
            plan.surface.board,
            day,
            made.id,
            moment,
            made.model_dump_json(),
            pictures,
            again=again,
        )
        log.info("edition %s of %s: %d pages", made.id, day, len(made.pages))
        for reason, count in Counter(made.left_out.values()).items():
            log.warning("edition %s leaves out %d notices: %s", made.id, count, reason)
        for warned in cautions(made, plan.surface, plan.pace):
            log.warning("edition %s: %s", made.id, warned)
        return kept


def _slot(moment: datetime) -> datetime:
    second = moment.second // ASK_PLAN_EVERY_S * ASK_PLAN_EVERY_S
    return moment.replace(second=second, microsecond=0)


def _pictures(plan: Plan, made: Edition) -> list[bytes]:
    """One for each page; none if they cannot be drawn: the edition matters more."""
    if plan.picture is None:
        return []
    try:
        return [plan.picture(page, made) for page in made.pages]
    except (FontMissing, ValueError) as problem:
        log.error("edition %s is kept without pictures: %s", made.id, problem)
        return []
