"""What the notice screen says, without a window: fields, stages, rows of text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk.widgets.lines import break_lines
from kiosk.words import Words

STAGES = (
    NoticeKind.TENDER,
    NoticeKind.AMENDMENT,
    None,
    NoticeKind.CANDIDATES,
    NoticeKind.AWARD,
    NoticeKind.CONTRACT,
)
"""The way of a project through its notices; None is the bid opening."""
_STATION = {NoticeKind.PREQUALIFICATION: NoticeKind.TENDER}
"""Kinds that stand at the station of another."""


@dataclass(frozen=True, slots=True)
class Field:
    """A name and its value; `note` is a word of warning beside it."""

    name: str
    value: str
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One station of the project's timeline."""

    name: str
    date: str
    reached: bool
    here: bool


def moment_text(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def time_left(words: Words, until: datetime, at: datetime) -> str:
    """Countdown by server time; says so when the moment has passed."""
    minutes = int((until - at).total_seconds() // 60)
    if until <= at:
        return words["notice.closed"]
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return words["notice.left_days"].format(days=days, hours=hours)
    if hours:
        return words["notice.left_hours"].format(hours=hours, minutes=minutes)
    if minutes:
        return words["notice.left_minutes"].format(minutes=minutes)
    return words["notice.left_moments"]


def fields(notice: Notice, words: Words, at: datetime) -> list[Field]:
    """The official fields, in the order in which visitors look for them."""
    buyer = "buyer_procurement" if notice.category is Category.PROCUREMENT else "buyer"
    listed = [
        Field(words["notice.tender_no"], notice.tender_no),
        Field(words[f"notice.{buyer}"], notice.buyer),
        Field(words["notice.agent"], notice.agent),
    ]
    if notice.closes_at is not None:
        left = time_left(words, notice.closes_at, at)
        closes = moment_text(notice.closes_at)
        listed.append(Field(words["notice.closes_at"], closes, left, strong=True))
    if notice.opens_at is not None and notice.opens_at != notice.closes_at:
        listed.append(Field(words["notice.opens_at"], moment_text(notice.opens_at)))
    listed.append(Field(words["notice.room"], notice.room))
    if notice.objections_until is not None:
        left = time_left(words, notice.objections_until, at)
        until = moment_text(notice.objections_until)
        listed.append(Field(words["notice.objections_until"], until, left, strong=True))
    listed += [
        Field(words["notice.budget"], notice.budget),
        Field(words["notice.published_at"], moment_text(notice.published_at)),
    ]
    return [field for field in listed if field.value]


def stages(notice: Notice, project: Iterable[Notice], words: Words, at: datetime) -> list[Stage]:
    """The project's timeline; empty for a notice without a project number."""
    if not notice.tender_no:
        return []
    known = {notice.id: notice} | {other.id: other for other in project}
    first: dict[NoticeKind, datetime] = {}
    for other in sorted(known.values(), key=lambda each: each.published_at):
        first.setdefault(_STATION.get(other.kind, other.kind), other.published_at)
    here = _STATION.get(notice.kind, notice.kind)
    opening = next((n.opens_at for n in known.values() if n.opens_at is not None), None)
    listed = []
    for kind in STAGES:
        when = opening if kind is None else first.get(kind)
        name = words[f"stage.{kind or 'opening'}"]
        date = f"{when.astimezone(SHANGHAI):%m-%d}" if when is not None else ""
        if kind is None and when is not None:
            date = f"{when.astimezone(SHANGHAI):%m-%d %H:%M}"
        reached = when is not None and when <= at
        listed.append(Stage(name, date, reached, (kind or NoticeKind.OPENING_RECORD) is here))
    return listed


def paragraphs(notice: Notice, words: Words) -> str:
    """The text to read: candidates in official order, the body, and who published it."""
    parts = []
    if notice.candidates:
        parts.append(words["notice.candidates"])
        for place, candidate in enumerate(notice.candidates, start=1):
            parts.append(words["notice.candidate"].format(place=place, bidder=candidate.bidder))
            if candidate.price:
                parts.append(words["notice.price"].format(price=candidate.price))
    if notice.body:
        if parts:
            parts.append("")
        parts.append(notice.body)
    elif not notice.candidates:
        parts.append(words["notice.no_body"])
    origin = ((words["notice.source"], notice.source), (words["notice.region"], notice.region))
    if any(value for _, value in origin):
        parts.append("")
    parts += [f"{name}　{value}" for name, value in origin if value]
    return "\n".join(parts)


def text_lines(text: str, width: float, advance: Callable[[str], float]) -> Iterator[str]:
    """Lines of `text` no wider than `width`, without runs of empty ones."""
    empty = False
    for start, end in break_lines(text, width, advance):
        line = text[start:end].replace("\t", " ").rstrip()
        if line or not empty:
            yield line
        empty = not line


def expired(notice: Notice, at: datetime) -> bool:
    return notice.valid_until is not None and at >= notice.valid_until
