"""What this terminal's store holds of the proposals and words for boards; asked in a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import chinese_calendar

from display.arrangement import differences
from display.edition import cautions
from display.outlook import hardly_shown
from display.release import Channel, is_released
from display.standing import Proposal, Standing, State
from display.timing import Warned
from display.working_days import WorkingCalendar
from kiosk.boards.arranging import calendar_of
from kiosk.boards.in_force import Decided, first_edition_day
from kiosk.boards.plan import table_of
from kiosk.settings import Settings, SettingsError
from kiosk.staff.accounts import Action, may
from kiosk.staff.edition.ground import next_day, read_ground
from kiosk.staff.proposals.model import OF_NOTICES, NotTaken, Seen, as_if_approved, is_own
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel
from kiosk.sync.staff import StaffAccount


@dataclass(frozen=True, slots=True)
class Summary:
    """What staff's first screen tells."""

    awaiting: int = 0
    """How many proposals wait for this person's approval."""
    neutral: Mapping[str, Standing] = field(default_factory=dict)
    """Boards on which the neutral page is held."""


def boards_of(store: TerminalStore, settings: Settings) -> tuple[str, ...]:
    """Boards of this terminal's settings, then others about which something was decided.

    Raises StoreError.
    """
    set_up = [board.name for board in settings.boards]
    decided = store.boards_decided(site_channel(settings.centre.site))
    return tuple(dict.fromkeys([*set_up, *decided]))


def read_seen(
    store: TerminalStore,
    settings: Settings,
    board: str,
    opened: str,
    at: datetime,
    *,
    proven: bool,
) -> Seen:
    """`opened`: id of the proposal whose content is shown. Raises StoreError.

    `proven`: whether `at` is; without that nothing that depends on it is told beside the states.
    """
    channel = site_channel(settings.centre.site)
    read = Decided(store, channel).read(board)
    standing = read.standing(board, at)
    refused = tuple(
        NotTaken(one.decision, one.reason)
        for one in store.refused_decisions(channel)
        if one.decision.board == board
    )
    seen = Seen(board, at, standing, frozenset(read.kept.accepted), refused, opened)
    found = next((one for one in standing.proposals if one.proposed.id == opened), None)
    if found is None or not proven:
        return seen
    seen = replace(seen, titles=_titles(store, found, at))
    if found.state not in (State.WAITING, State.APPROVED):
        return seen
    try:
        seen = replace(seen, first_day=first_day(found, settings, at))
        return replace(seen, cautions=_cautions(store, settings, found, at))
    except (SettingsError, ValueError):
        # Another size, or a table of working days that nobody can read: health tells of it.
        return seen


def first_day(proposal: Proposal, settings: Settings, at: datetime) -> date | None:
    """The day of the first edition under a proposal, as approved or if it were approved now.

    None if no working day is in sight. Raises SettingsError.
    """
    table = table_of(settings.schedule)
    library = WorkingCalendar(is_workday=chinese_calendar.is_workday)
    return first_edition_day(
        as_if_approved(proposal, at),
        lambda one: calendar_of(one.proposed.arrangement, table, library),
    )


def read_summary(
    store: TerminalStore, settings: Settings, account: StaffAccount, at: datetime
) -> Summary:
    """For whoever is signed in. Raises StoreError."""
    decided = Decided(store, site_channel(settings.centre.site))
    found = {board: decided.standing(board, at) for board in boards_of(store, settings)}
    awaiting = sum(
        pending.state is State.WAITING and not is_own(pending, account)
        for standing in found.values()
        if (pending := standing.pending) is not None
    )
    return Summary(
        awaiting if may(account, Action.APPROVE) else 0,
        {board: standing for board, standing in found.items() if standing.neutral},
    )


def _titles(store: TerminalStore, proposal: Proposal, at: datetime) -> dict[str, str]:
    made = proposal.proposed
    named = {
        one.item for one in differences(made.before, made.arrangement) if one.setting in OF_NOTICES
    }
    known = store.known()
    notices = (store.notice(id) for id in sorted(named))
    return {
        notice.id: notice.title
        for notice in notices
        if notice is not None and is_released(notice, channel=Channel.DETAIL, at=at, known=known)
    }


def _cautions(
    store: TerminalStore, settings: Settings, proposal: Proposal, at: datetime
) -> tuple[Warned, ...] | None:
    board = next((one for one in settings.boards if one.name == proposal.proposed.board), None)
    if board is None:
        return None
    ground = read_ground(store, settings, board, at)
    plan = ground.plan(proposal.proposed.arrangement)
    day = next_day(plan, at)
    edition = None if day is None else ground.edition(plan, day)
    if edition is None:
        return None
    found = hardly_shown(proposal.proposed.arrangement, edition)
    return (*cautions(edition, plan.surface, plan.pace), *found)
