"""What the notice screen says, without a window: fields, stages, rows of text."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from display.body import PICTURE, Block, Heading, paragraph, text_blocks
from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk.notice.route import opening_of
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
    notice_id: str = ""
    """The notice to go to from here; empty when there is none but this one."""


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
    at_station: dict[NoticeKind, list[Notice]] = {}
    for other in sorted(known.values(), key=lambda each: (each.published_at, each.id)):
        at_station.setdefault(_STATION.get(other.kind, other.kind), []).append(other)
    here = _STATION.get(notice.kind, notice.kind)
    opening = opening_of(known.values())
    listed = []
    for kind in STAGES:
        standing = at_station.get(kind or NoticeKind.OPENING_RECORD, [])
        if kind is None:
            when = opening
            date = f"{when.astimezone(SHANGHAI):%m-%d %H:%M}" if when is not None else ""
        else:
            when = standing[0].published_at if standing else None
            date = f"{when.astimezone(SHANGHAI):%m-%d}" if when is not None else ""
        if len(standing) > 1:
            date = words["notice.several"].format(date=date, count=len(standing))
        listed.append(
            Stage(
                words[f"stage.{kind or 'opening'}"],
                date,
                reached=when is not None and when <= at,
                here=(kind or NoticeKind.OPENING_RECORD) is here,
                notice_id=_next_at(standing, notice),
            )
        )
    return listed


def _next_at(standing: list[Notice], notice: Notice) -> str:
    """The newest notice of a station; at the station of `notice` the one before it, in turn."""
    ids = [each.id for each in standing]
    if notice.id in ids:
        place = ids.index(notice.id)
        return ids[place - 1] if len(ids) > 1 else ""
    return ids[-1] if ids else ""


def body_blocks(notice: Notice, words: Words, *, scan: bool = False) -> list[Block]:
    """What there is to read: candidates in official order, the body, and who published it.

    `scan`: the code of the official address stands beside it.
    """
    blocks: list[Block] = []
    if notice.candidates:
        blocks.append(Heading(3, words["notice.candidates"]))
        for place, candidate in enumerate(notice.candidates, start=1):
            name = words["notice.candidate"].format(place=place, bidder=candidate.bidder)
            blocks.append(paragraph(name, bold=True))
            if candidate.price:
                blocks.append(paragraph(words["notice.price"].format(price=candidate.price)))
    body = notice.blocks or text_blocks(notice.body)
    blocks += body
    if not body and not notice.candidates:
        blocks.append(paragraph(words["notice.no_body" if scan else "notice.no_body_no_code"]))
    origin = ((words["notice.source"], notice.source), (words["notice.region"], notice.region))
    blocks += [paragraph(f"{name}　{value}") for name, value in origin if value.strip()]
    return blocks


def spelling(words: Words, has: Callable[[str], bool]) -> Callable[[str], str]:
    """Writes texts so that a font that `has` some characters can show all of them.

    A missing character is told by its number, a picture by a word, and what marks direction or
    joins characters is left out.
    """
    known: dict[str, str] = {PICTURE: words["notice.picture"], "\t": " "}

    def spell_one(character: str) -> str:
        said = known.get(character)
        if said is None:
            if unicodedata.category(character) in {"Cc", "Cf"}:
                said = ""
            elif has(character):
                said = character
            else:
                said = words["notice.missing_character"].format(code=f"{ord(character):04X}")
            known[character] = said
        return said

    def spell(text: str) -> str:
        return "".join(map(spell_one, text))

    return spell


def next_end(notice: Notice, at: datetime) -> datetime | None:
    """The next moment after `at` at which the notice says something else: a time runs out."""
    ends = (notice.closes_at, notice.objections_until, notice.valid_until)
    return min((end for end in ends if end is not None and end > at), default=None)


def expired(notice: Notice, at: datetime) -> bool:
    return notice.valid_until is not None and at >= notice.valid_until
