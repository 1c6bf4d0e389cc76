"""The evidence screen without a window: which board, day and moment, and what is typed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from display.evidence import TERMINAL_RECORD, Entry, Proof
from display.local_time import SHANGHAI
from kiosk.staff.evidence.journal import clock
from kiosk.staff.evidence.shown import Shown
from kiosk.store.evidence import BoardEvidence
from kiosk.words import Words

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Day:
    """What is recorded of a board on a day of Shanghai."""

    boards: tuple[str, ...]
    board: str
    day: date | None
    """None: nothing was ever recorded."""
    entries: tuple[Entry, ...] = ()
    """In the order of their numbers."""
    before: date | None = None
    after: date | None = None
    """The nearest days on which something was recorded."""


def bounds(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in Shanghai, UTC."""
    begins = datetime.combine(day, time(0), SHANGHAI)
    return begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)


def read_day(store: BoardEvidence, board: str, day: date | None) -> Day:
    """A day's record; without a board the first one, without a day the newest with a record.

    Raises StoreError, NotAnEntry.
    """
    boards = store.boards_with_evidence()
    if store.last_entry(TERMINAL_RECORD) is not None:
        boards = (*boards, TERMINAL_RECORD)
    if not boards:
        return Day((), "", None)
    board = board if board in boards else boards[0]
    if day is None:
        newest = store.last_entry(board)
        if newest is None:
            return Day(boards, board, None)
        day = _day_of(newest)
    since, until = bounds(day)
    entries = store.entries(board, since, until)
    return Day(boards, board, day, entries, *_beside(store, board, since, until))


def _beside(
    store: BoardEvidence, board: str, since: datetime, until: datetime
) -> tuple[date | None, date | None]:
    found: list[date | None] = []
    for numbers, place in (
        (store.numbers(board, None, since), 1),
        (store.numbers(board, until, None), 0),
    ):
        entry = None if numbers is None else store.entry(board, numbers[place])
        found.append(None if entry is None else _day_of(entry))
    return found[0], found[1]


def _day_of(entry: Entry) -> date:
    return entry.at.astimezone(SHANGHAI).date()


def typed_moment(day: date, digits: str) -> datetime | None:
    """093107 on a day of Shanghai, as UTC; None for what is no time."""
    if len(digits) != DIGITS:
        return None
    hours, minutes, seconds = (int(digits[at : at + 2]) for at in (0, 2, 4))
    try:
        return datetime.combine(day, time(hours, minutes, seconds), SHANGHAI).astimezone(UTC)
    except ValueError:
        return None


def typed_text(digits: str) -> str:
    """09:31:__ as it is being typed."""
    full = digits.ljust(DIGITS, "_")
    return f"{full[:2]}:{full[2:4]}:{full[4:]}"


def lines_of(shown: Shown, words: Words) -> list[str]:
    """What is told below the picture."""
    lines = []
    if shown.dropped is not None:
        lost = shown.dropped.facts.get("state") == "lost"
        said = words["journal.not_known_lost" if lost else "journal.not_known_restarted"]
        lines.append(said.format(at=clock(shown.dropped.at)))
    if shown.test_by and shown.entry is not None:
        return [
            *lines,
            words["journal.test_card"].format(by=shown.test_by),
            words["journal.entry"].format(number=shown.entry.number),
        ]
    entry = shown.entry
    sent = entry is not None and entry.facts.get("state") == Proof.SENT
    if sent and entry is not None and shown.dropped is None:
        time = f"{entry.at.astimezone(SHANGHAI):%H:%M:%S}"
        lines += [words["journal.only_sent"].format(time=time), words["journal.what_was_sent"]]
    elif not shown.drawn and shown.dropped is None:
        lines.append(words["journal.not_known" if shown.in_settings else "journal.not_set"])
    if entry is None:
        return lines
    page = shown.page
    if page is not None:
        told = words["journal.edition_page"].format(
            page=int(entry.facts["page"]) + 1, pages=shown.pages, notice=page.notice_id
        )
        lines += [page.heading, page.line, told]
        lines.append(
            words["journal.official"].format(
                published=clock(page.published_at), told=clock(entry.at)
            )
        )
        if page.official_url:
            lines.append(page.official_url)
        made = shown.arranged
        lines.append(
            words["journal.by_settings"]
            if made is None
            else words["journal.arranged"].format(
                proposed_by=made.proposed_by, approved_by=made.approved_by
            )
        )
    elif shown.state is not None and str(shown.state) in ("neutral", "dark"):
        lines.append(words[f"journal.showing_{shown.state}"])
    state = str(entry.facts.get("state", "")).replace(" ", "_")
    proof = words.get(f"evidence.state_{state}", "")
    lines.append(f"{words['journal.entry'].format(number=entry.number)}　{proof}".strip())
    return [line for line in lines if line]
