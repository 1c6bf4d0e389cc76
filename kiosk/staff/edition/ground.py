"""What a board's next editions are made of, as this terminal's store holds it at a moment.

Nothing that the release gate does not let out leaves this module: of a notice that was withdrawn,
only its id is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from pydantic import ValidationError

from display.arrangement import Arrangement
from display.edition import Edition, Page, compose
from display.local_time import SHANGHAI
from display.notice import Notice
from display.release import Channel, Known, Verdict, is_released, release
from display.schedule import cut_over_at, end_of
from display.standing import Proposal, Standing
from display.todays_edition import Plan
from display.working_days import LONGEST_REST
from display.working_days_table import Table
from kiosk.boards.arranging import arrangement_of
from kiosk.boards.in_force import Decided
from kiosk.boards.plan import plan_for, table_of
from kiosk.boards.source import MOST_ITEMS
from kiosk.settings import BoardSettings, Settings
from kiosk.staff.draft import in_force_of
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel

_DAY = timedelta(days=1)
DAYS_AHEAD = 8
"""How far editions are reckoned from what is released now."""
LOOKED_BACK = 20
"""Days in which the edition before is looked for: the longest rest is shorter."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Read once; editions under any arrangement are made of it without the store."""

    settings: Settings
    board: BoardSettings
    at: datetime
    standing: Standing
    in_force: Arrangement
    notices: tuple[Notice, ...]
    """Released and not expired, newest first."""
    projects: tuple[Notice, ...]
    """Of the projects that may have a bid opening in the days ahead."""
    known: Known
    measured: tuple[float, ...] | None
    table: Table
    before: Edition | None = None
    """The newest edition up to now: today's, or that of the last day that had one."""
    is_kept: bool = False
    """Whether this terminal kept it; else it is as it would have been made."""
    gone: Mapping[str, Notice] = field(default_factory=dict)
    """Of notices on it that are no longer current, those that may still be looked up."""
    withdrawn: frozenset[str] = frozenset()
    """Ids of notices withdrawn since it was made, and not published again."""
    accepted: frozenset[str] = frozenset()
    """Ids of the decisions that the centre has."""
    decisions_version: int = 0
    """Of the store, when this was read: what was decided may have changed since."""
    departed: Mapping[str, datetime] = field(default_factory=dict)
    """When this terminal learned of each withdrawal since, also of what came back corrected."""

    @property
    def pending(self) -> Proposal | None:
        """The proposal that waits."""
        return self.standing.pending

    @property
    def is_delivered(self) -> bool:
        """Whether the centre has what waits."""
        return self.pending is None or self.pending.proposed.id in self.accepted

    def plan(self, arrangement: Arrangement) -> Plan:
        """What a station would be given. Raises SettingsError."""
        return plan_for(self.settings, self.board, self.measured, self.table, wanted=arrangement)

    def edition(self, plan: Plan, day: date) -> Edition | None:
        """The edition of `day` of what is released now; None on a day of rest."""
        if not is_worked(plan, day):
            return None
        return compose(
            self.notices,
            projects=self.projects,
            day=day,
            cut_over_at=cut_over_at(day, plan.cut_over),
            surface=plan.surface,
            pace=plan.pace,
            known=self.known,
            words=plan.words,
            choices=plan.choices,
        )


def is_worked(plan: Plan, day: date) -> bool:
    """Whether an edition is made on that day."""
    return plan.calendar is None or plan.calendar.day(day).working


def next_day(plan: Plan, after: datetime) -> date | None:
    """The day of the first cut-over after that moment; None if no working day is in sight."""
    day = after.astimezone(SHANGHAI).date()
    for _ in range(LONGEST_REST):
        if cut_over_at(day, plan.cut_over) > after and is_worked(plan, day):
            return day
        day += _DAY
    return None


def read_ground(
    store: TerminalStore, settings: Settings, board: BoardSettings, now: datetime
) -> Ground:
    """What is released at `now`, which is trusted time. Raises StoreError, SettingsError."""
    version = store.decisions_version()
    known = store.known()
    measured = store.calibration(board.name)
    decided = Decided(store, site_channel(settings.centre.site))
    standing = decided.standing(board.name, now)
    today = now.astimezone(SHANGHAI).date()
    midnight = cut_over_at(today, time(0))
    ground = Ground(
        settings=settings,
        board=board,
        at=now,
        standing=standing,
        in_force=in_force_of(standing, settings.schedule),
        notices=_released(store, known, now),
        projects=tuple(
            notice
            for notice in store.projects_opening(midnight, midnight + DAYS_AHEAD * _DAY)
            if is_released(notice, channel=Channel.DETAIL, at=now, known=known)
        ),
        known=known,
        measured=measured.speeds if measured else None,
        table=table_of(settings.schedule),
        accepted=frozenset(decided.read(board.name).kept.accepted),
        decisions_version=version,
    )
    before, is_kept = _edition_before(store, ground)
    if before is None:
        return ground
    current = {notice.id for notice in ground.notices}
    shown = dict.fromkeys(page.notice_id for page in before.pages)
    left = [id for id in shown if id not in current]
    # Where no edition is kept, it is not known which of them it had: their text is gone.
    departed = store.withdrawals_since(before.cut_over_at)
    since = shown if is_kept else departed
    gone = _still_known(store, known, now, left)
    # What is not here any more cannot be asked about: it is not shown again.
    unknown = {id: now for id in left if id not in gone}
    return replace(
        ground,
        before=before,
        is_kept=is_kept,
        gone=gone,
        withdrawn=frozenset(known.withdrawn.keys() & since.keys()),
        departed={**unknown, **known.withdrawn, **departed},
    )


def _released(store: TerminalStore, known: Known, at: datetime) -> tuple[Notice, ...]:
    return tuple(
        notice
        for notice in store.board_items(at, MOST_ITEMS)
        if is_released(notice, channel=Channel.PREVIEW, at=at, known=known)
    )


def _still_known(
    store: TerminalStore, known: Known, at: datetime, ids: list[str]
) -> dict[str, Notice]:
    found = (store.notice(id) for id in ids)
    return {
        notice.id: notice
        for notice in found
        if notice is not None and is_released(notice, channel=Channel.DETAIL, at=at, known=known)
    }


def _edition_before(store: TerminalStore, ground: Ground) -> tuple[Edition | None, bool]:
    day = ground.at.astimezone(SHANGHAI).date()
    for _ in range(LOOKED_BACK):
        made = [_kept(text) for text in store.editions(ground.board.name, day)]
        begun = [one for one in made if one is not None and one.cut_over_at <= ground.at]
        if begun:
            return begun[-1], True
        plan = _plan_of(ground, day)
        due = cut_over_at(day, plan.cut_over)
        if due <= ground.at and is_worked(plan, day):
            return _would_have_been(store, ground, plan, day, due), False
        day -= _DAY
    return None, False


def _kept(text: str) -> Edition | None:
    try:
        return Edition.kept(text)
    except ValidationError:
        # Of a later version of this program.
        return None


def _plan_of(ground: Ground, day: date) -> Plan:
    """Under which the edition of a day up to now was made."""
    then = ground.standing.in_force_at(min(end_of(day), ground.at))
    schedule = ground.settings.schedule
    return ground.plan(arrangement_of(schedule) if then is None else then.arrangement)


def _would_have_been(
    store: TerminalStore, ground: Ground, plan: Plan, day: date, due: datetime
) -> Edition:
    """For a terminal that does not have the board: what was released then and still is."""
    known = ground.known

    def was(notice: Notice) -> bool:
        verdict = release(notice, channel=Channel.DETAIL, at=due, known=known)
        return verdict is Verdict.RELEASED

    return compose(
        filter(was, store.board_items(due, MOST_ITEMS)),
        projects=filter(was, store.projects_opening(cut_over_at(day, time(0)), end_of(day))),
        day=day,
        cut_over_at=due,
        surface=plan.surface,
        pace=plan.pace,
        known=known,
        words=plan.words,
        choices=plan.choices,
    )


def pages_of(edition: Edition, notice_id: str, template: str) -> tuple[Page, ...]:
    """The pages that one notice has on an edition, as an opening or as itself."""
    return tuple(
        page for page in edition.pages if page.notice_id == notice_id and page.template == template
    )
