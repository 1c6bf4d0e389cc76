"""What a page says: the words of the board around a notice's own fields (pure).

A template is a list of units of information, one a line, with fields of the notice in braces.
Fields stand in it word for word; a unit whose field is empty is left out.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from display.glyphs import for_board
from display.local_time import SHANGHAI
from display.notice import Notice

MOST_UNITS = 3
"""Units of information on a page; a template has no more."""
OPENING = "opening"
"""Name of the template of today's bid openings; the others are named by notice kind."""

_FIELD = re.compile(r"\{(\w+)\}")


def heading(notice: Notice, words: Mapping[str, str], template: str) -> tuple[str, str]:
    """The template's name in words, and the moment that stands beside it."""
    if template == OPENING and notice.opens_at is not None:
        return words[OPENING], f"{notice.opens_at.astimezone(SHANGHAI):%H:%M}"
    return words[template], _moment(notice.published_at)


def line(notice: Notice, words: Mapping[str, str], template: str) -> str:
    """The units that the notice has fields for.

    KeyError for a template that names a field which notices have not.
    """
    fields = _fields(notice)
    units = []
    for unit in words[f"line_{template}"].split("\n"):
        names = _FIELD.findall(unit)
        if all(fields[name] for name in names):
            units.append(_FIELD.sub(lambda found: fields[found[1]], unit))
    return for_board("　".join(units))


def _fields(notice: Notice) -> dict[str, str]:
    number = "" if notice.tender_no in notice.title else notice.tender_no
    return {
        "title": notice.title,
        "tender_no": number,
        "buyer": notice.buyer,
        "agent": notice.agent,
        "region": notice.region,
        "budget": notice.budget,
        "room": notice.room,
        "closes_at": _moment(notice.closes_at),
        "opens_at": _moment(notice.opens_at),
        "objections_until": _moment(notice.objections_until),
        "first_candidate": notice.candidates[0].bidder if notice.candidates else "",
    }


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
