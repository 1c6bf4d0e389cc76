"""The next edition as a list: what is on it, what is new, what is not and why (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from display.arrangement import Arrangement, Limit, NotAllowed, Passed, is_long_enough
from display.edition import BY_STAFF, Edition, Page, Surface
from display.notice import Notice
from display.outlook import needed_dwell_s
from display.release import Channel, Known, Verdict, release
from display.templates import OPENING
from display.timing import LONGEST_DWELL_S
from kiosk.staff.draft import Draft
from kiosk.staff.edition.ground import Ground
from kiosk.staff.health.findings import FULL


class Mark(StrEnum):
    """How a notice stands to the next edition."""

    ON = "on"
    """On it, as on the edition before."""
    NEW = "new"
    BY_STAFF = "by_staff"
    """Left out by staff."""
    FULL = "full"
    """Over the number of notices that an edition takes."""
    NO_CHARACTERS = "no_characters"
    """The board has no way to show some of its characters."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OPENING_OVER = "opening_over"
    """The bids were opened on the day before."""
    NOT_RELEASED = "not_released"
    """The gate does not let it onto this board any more."""


ON_BOARD = frozenset({Mark.ON, Mark.NEW})


@dataclass(frozen=True, slots=True)
class Row:
    """One notice, or one bid opening, in the list."""

    notice_id: str
    template: str
    """Which of `display.templates`; empty for what is not known here any more."""
    mark: Mark
    title: str = ""
    """As published; empty for what may not be shown."""
    tender_no: str = ""
    """项目编号, where the title may be shown."""
    published_at: datetime | None = None
    pages: tuple[int, ...] = ()
    """Indexes into the edition's pages."""
    seconds: float = 0.0
    """Of all its pages, without the blanks between."""
    scrolls: bool = False
    place: int | None = None
    """Among the pinned, from 1."""
    dwell_s: float | None = None
    """As staff chose it for its standing pages."""
    lacking: str = ""
    """The characters that the board has no way to show."""

    @property
    def key(self) -> tuple[str, str]:
        """Tells the opening of a project from its notice."""
        return self.notice_id, self.template

    @property
    def is_opening(self) -> bool:
        """Openings come first, whatever staff choose."""
        return self.template == OPENING


def rows(ground: Ground, surface: Surface, edition: Edition, chosen: Arrangement) -> list[Row]:
    """First what is on the edition, in its order, then what left it, then what is left out."""
    notices = {notice.id: notice for notice in (*ground.projects, *ground.notices)}
    before = _keys(ground.before)
    on = list(_on(edition, notices, before, chosen))
    keys = {row.key for row in on}
    left_out = [row for row in _left_out(edition, notices, surface, chosen) if row.key not in keys]
    seen = keys | {row.key for row in left_out}
    left = [row for row in _left(ground, surface, edition) if row.key not in seen]
    return [*on, *left, *left_out]


def needed_s(edition: Edition, notice_id: str, chosen: Arrangement) -> float | None:
    """Seconds that the standing pages of a notice need; None: it scrolls, or is not on it."""
    pages = [page for page in edition.pages if page.notice_id == notice_id]
    return needed_dwell_s(pages, chosen.dwell)


def stand(draft: Draft, edition: Edition, notice_id: str, seconds: float) -> None:
    """Let a notice stand so long. Raises NotAllowed, also where its words cannot be read in it."""
    needed = needed_s(edition, notice_id, draft.arrangement)
    if needed is not None and not is_long_enough(seconds, needed):
        short = Limit.TOO_SHORT_FOR_ITS_WORDS
        raise NotAllowed(
            [Passed("dwell_of_notice", short, seconds, needed, LONGEST_DWELL_S, notice_id)]
        )
    draft.stand(notice_id, seconds)


def stale(ground: Ground, chosen: Arrangement) -> frozenset[str]:
    """Ids of notices about which something is chosen, and which are not current any more."""
    current = {notice.id for notice in (*ground.notices, *ground.projects)}
    choices = chosen.choices
    ids = {*choices.pinned, *choices.left_out, *(one.notice_id for one in choices.dwell)}
    return frozenset(ids - current)


def titles(found: Iterable[Row]) -> dict[str, str]:
    """Notice id → title, of what may be shown."""
    return {row.notice_id: row.title for row in found if row.title}


def _keys(edition: Edition | None) -> dict[tuple[str, str], Page]:
    """The first page of each notice."""
    found: dict[tuple[str, str], Page] = {}
    for page in () if edition is None else edition.pages:
        found.setdefault((page.notice_id, page.template), page)
    return found


def _on(
    edition: Edition,
    notices: dict[str, Notice],
    before: dict[tuple[str, str], Page],
    chosen: Arrangement,
) -> Iterator[Row]:
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, page in enumerate(edition.pages):
        numbers.setdefault((page.notice_id, page.template), []).append(number)
    for key, of in numbers.items():
        id, template = key
        pages = [edition.pages[number] for number in of]
        pinned = chosen.choices.pinned
        yield Row(
            notice_id=id,
            template=template,
            mark=Mark.ON if key in before else Mark.NEW,
            title=notices[id].title,
            tender_no=notices[id].tender_no,
            published_at=pages[0].published_at,
            pages=tuple(of),
            seconds=sum(page.seconds for page in pages),
            scrolls=pages[0].scrolls,
            place=pinned.index(id) + 1 if id in pinned and template != OPENING else None,
            dwell_s=chosen.choices.dwell_of(id),
        )


def _left_out(
    edition: Edition, notices: dict[str, Notice], surface: Surface, chosen: Arrangement
) -> Iterator[Row]:
    for id, why in edition.left_out.items():
        notice = notices[id]
        mark = {BY_STAFF: Mark.BY_STAFF, FULL: Mark.FULL}.get(why, Mark.NO_CHARACTERS)
        yield Row(
            notice_id=id,
            template=notice.kind,
            mark=mark,
            title=notice.title,
            tender_no=notice.tender_no,
            published_at=notice.published_at,
            dwell_s=chosen.choices.dwell_of(id),
            lacking=surface.missing(notice.title) if mark is Mark.NO_CHARACTERS else "",
        )


def _left(ground: Ground, surface: Surface, edition: Edition) -> Iterator[Row]:
    """What was on the edition before and is not any more; newest withdrawals first."""
    known: Known = ground.known
    notices = {**{one.id: one for one in ground.notices}, **ground.gone}
    on_before = _keys(ground.before)
    for (id, template), page in on_before.items():
        if id in ground.withdrawn:
            continue
        notice = notices.get(id)
        if notice is None:
            yield Row(id, template, Mark.NOT_RELEASED, published_at=page.published_at)
            continue
        verdict = release(
            notice,
            channel=Channel.PREVIEW,
            zone=surface.zone,
            at=edition.cut_over_at,
            known=known,
        )
        mark = Mark.NOT_RELEASED
        if verdict is Verdict.EXPIRED:
            mark = Mark.EXPIRED
        elif verdict is Verdict.RELEASED and template == OPENING:
            mark = Mark.OPENING_OVER
        yield Row(
            id,
            template,
            mark,
            title=notice.title,
            tender_no=notice.tender_no,
            published_at=notice.published_at,
        )
    kept = {id: (template, page) for (id, template), page in on_before.items()}
    for id in sorted(ground.withdrawn):
        template, found = kept.get(id, ("", None))
        at = None if found is None else found.published_at
        yield Row(id, template, Mark.WITHDRAWN, published_at=at)
