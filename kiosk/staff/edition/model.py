"""What the edition screen says, in words, without a window (pure)."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime

from display.arrangement import Arrangement, EditionDays, Setting
from display.local_time import SHANGHAI
from display.schedule import Showing, State
from kiosk.staff import wording
from kiosk.staff.draft import Draft
from kiosk.staff.edition.ground import Ground
from kiosk.staff.edition.making import Made
from kiosk.staff.edition.rows import ON_BOARD, Mark, Row
from kiosk.words import Words, weekday

TONES = {
    Mark.ON: "good",
    Mark.NEW: "brand",
    Mark.EXPIRED: "attention",
    Mark.WITHDRAWN: "attention",
    Mark.NO_CHARACTERS: "attention",
}
"""Colours of the marks; the others are muted. The word says the same."""

PARTS = ("on", "new", "off")
"""Of the list, of which one may be looked at alone."""


def content_text(row: Row, words: Words) -> str:
    """The title, and what kind it is where that does not say so."""
    if row.is_opening:
        kind = words["edition.an_opening"]
    else:
        kind = words[f"kind.{row.template}"] if row.template else words["edition.a_notice"]
    if row.mark is Mark.WITHDRAWN or not row.title:
        return words["edition.not_told"].format(kind=kind, id=row.notice_id)
    return row.title if kind in row.title else f"{row.title}　{kind}"


def pages_text(row: Row) -> str:
    """3, or 3–4, counted from 1."""
    if not row.pages:
        return "—"
    first, last = row.pages[0] + 1, row.pages[-1] + 1
    return str(first) if first == last else f"{first}–{last}"


def published_text(row: Row) -> str:
    """11-20 09:00 in Shanghai."""
    return (
        "" if row.published_at is None else f"{row.published_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    )


def duration_text(row: Row, words: Words) -> str:
    """How long, and whether it moves."""
    if row.mark not in ON_BOARD:
        return ""
    name = "scrolls_s" if row.scrolls else "stands_s"
    return words[f"edition.{name}"].format(seconds=round(row.seconds))


def state_text(row: Row, words: Words) -> str:
    """How it stands to the edition, in a word or two."""
    said = words[f"edition.mark_{row.mark}"].format(characters=row.lacking)
    if row.place is not None:
        said += words["edition.pinned_at"].format(place=row.place)
    return said


def dwell_text(row: Row, seconds: float | None, words: Words) -> str:
    """How long its standing pages stay; `seconds`: what its words need, None: it scrolls."""
    if seconds is None:
        return ""
    shown = seconds if row.dwell_s is None else max(seconds, row.dwell_s)
    return words["edition.stays"].format(seconds=f"{shown:.3g}")


def next_dwell_s(chosen_s: float | None, needed_s: float, step: int) -> float:
    """The whole second after or before what it is now."""
    now = needed_s if chosen_s is None else max(needed_s, chosen_s)
    return float(math.floor(now) + 1 if step > 0 else math.ceil(now) - 1)


def caption(made: Made, words: Words) -> str:
    """Of which edition the preview is."""
    edition = made.edition
    if edition is None:
        return words["edition.no_day"]
    at = edition.cut_over_at.astimezone(SHANGHAI)
    return words["edition.preview_of"].format(
        day=f"{at:%m-%d}", weekday=weekday(words, at.date()), time=f"{at:%H:%M}"
    )


def page_text(showing: Showing, pages: int, words: Words) -> str:
    """Page k of n, or what the board shows in place of one."""
    if showing.page is None:
        name = "shows_dark" if showing.state is State.DARK else "shows_neutral"
        return words[f"edition.{name}"]
    return words["edition.page_of"].format(page=showing.page + 1, pages=pages)


def moment_text(moment: datetime, words: Words) -> str:
    """11-25 星期三 14:05:30."""
    local = moment.astimezone(SHANGHAI)
    return f"{local:%m-%d} {weekday(words, local.date())} {local:%H:%M:%S}"


def hours_text(arrangement: Arrangement, words: Words) -> str:
    """When the screen is lit: one stretch for all days, or that they differ."""
    week = arrangement.screen_hours
    if not week:
        return words["edition.always_lit"]
    hours = words["edition.hours_differ"]
    if len(set(week)) == 1:
        hours = wording.value(Setting.SCREEN_HOURS, week[0], words)
    return words["edition.hours"].format(hours=hours)


def update_text(arrangement: Arrangement, words: Words) -> str:
    """The cut-over and its days."""
    name = "updates_every" if arrangement.days is EditionDays.EVERY else "updates_working"
    time = wording.value(Setting.CUT_OVER, arrangement.cut_over, words)
    return words[f"edition.{name}"].format(time=time)


def speed_text(made: Made, words: Words) -> str:
    """In characters and in dots a second, as the card will do it."""
    edition = made.edition
    if edition is None or not edition.pixels_per_second:
        return words["edition.nothing_moves"]
    really = edition.pixels_per_second / edition.cell
    wanted = made.arrangement.characters_per_second
    name = "speed" if math.isclose(really, wanted, rel_tol=0.02) else "speed_nearest"
    return words[f"edition.{name}"].format(
        characters=f"{wanted:.3g}", really=f"{really:.3g}", dots=round(edition.pixels_per_second)
    )


def outlook_text(made: Made, words: Words) -> str:
    """Loop and viewing distance; empty where there is nothing to be seen."""
    found = made.outlook
    if found is None or made.edition is None or not made.edition.pages:
        return ""
    minutes, seconds = divmod(round(found.loop_s), 60)
    name = "loop_minutes" if minutes else "loop_seconds"
    said = words[f"edition.{name}"].format(minutes=minutes, seconds=seconds)
    if found.viewing_distance_m is not None:
        said += words["edition.distance"].format(metres=wording.metres(found.viewing_distance_m))
    return said


def caution_lines(made: Made, words: Words, titles: Mapping[str, str]) -> list[str]:
    """What to beware of before it is proposed."""
    found = made.outlook
    if found is None:
        return [words["edition.no_day_text"]]
    lines = [words["edition.no_pages"]] if not made.edition or not made.edition.pages else []
    lines += (wording.caution(one, words) for one in found.cautions)
    lines += (wording.limit(one, words, titles) for one in made.too_short)
    return lines


def beware_text(made: Made, words: Words) -> str:
    """The same in a few words; empty: nothing."""
    names = [] if made.outlook is None else [str(one.caution) for one in made.outlook.cautions]
    names += ["too_short"] * bool(made.too_short)
    if made.outlook is None:
        names = ["no_day"]
    elif not made.edition or not made.edition.pages:
        names = ["no_pages", *names]
    if not names:
        return ""
    told = words["staff.between"].join(words[f"caution.name_{name}"] for name in names)
    return words["edition.beware"].format(cautions=told)


def standing_text(draft: Draft, made: Made, words: Words) -> str:
    """What is to be known of the draft before it is proposed; empty: nothing."""
    if draft.overtaken:
        return words["edition.overtaken"]
    return words["edition.neutral_held"] if made.ground.standing.neutral else ""


def pending_text(draft: Draft, ground: Ground, words: Words, *, can_edit: bool) -> str:
    """Whose proposal waits or is approved, where it is, what to do about it; empty: there is none.

    `can_edit`: whether this person may propose another one in its place.
    """
    pending = draft.pending
    if pending is None:
        return ""
    approved = pending.effective_at is not None
    moment = pending.effective_at or pending.proposed.at
    said = words["edition.approved" if approved else "edition.waiting"].format(
        name=pending.proposed.by_name, moment=wording.moment(moment)
    )
    if not ground.is_delivered:
        said += words["edition.undelivered"]
    said += words["edition.stop"]
    if draft.is_pending:
        return said + ("" if approved else words["edition.handled_there"])
    if can_edit and (draft.changed or approved):
        said += words["edition.voids_it" if approved else "edition.replaces_it"]
    return said


def matches(row: Row, part: str) -> bool:
    """Whether a row belongs to one of PARTS; to none: all do."""
    match part:
        case "on":
            return row.mark in ON_BOARD
        case "new":
            return row.mark is Mark.NEW
        case "off":
            return row.mark not in ON_BOARD
    return True


def parts_text(found: Iterable[Row], words: Words) -> list[str]:
    """Each of PARTS, and how many rows it has."""
    rows = list(found)
    return [
        words[f"edition.part_{part}"].format(count=sum(matches(row, part) for row in rows))
        for part in PARTS
    ]


def full_title(row: Row, words: Words) -> str:
    """The whole of it, and its number, which a list has no room for."""
    number = words["edition.numbered"].format(number=row.tender_no or row.notice_id)
    if row.mark is Mark.WITHDRAWN or not row.title:
        return content_text(row, words)
    return f"{row.title}　{number}"


def explanation(row: Row, words: Words) -> str:
    """Why a row stands where it does, and what can be done."""
    name = "opening" if row.is_opening and row.mark in ON_BOARD else str(row.mark)
    if row.place is not None:
        name = "pinned"
    return words[f"edition.explain_{name}"].format(characters=row.lacking)
