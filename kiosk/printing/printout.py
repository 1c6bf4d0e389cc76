"""What is to be printed, ready to be set: words, fields, blocks, address (pure)."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from display.body import Block, from_json, to_json
from display.notice import Notice
from kiosk.notice.address import in_code
from kiosk.notice.model import body_blocks, expired, fields, moment_text
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Pdf:
    """A document of some pages; without content if they are too many."""

    pages: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Printout:
    """Everything that stands on the paper; the typesetter adds nothing but page numbers."""

    title: str
    tag: str
    """A word above the title: what kind of thing it is."""
    note: str
    """A warning beside it, such as that it is out of date."""
    centre: str
    facts: tuple[tuple[str, str], ...]
    """Names and values."""
    blocks: tuple[Block, ...]
    address: str
    """Official address, as text and QR code; empty for none."""
    scan: str
    """What stands beside the QR code."""
    foot: str
    page: str
    """With the places {page} and {pages}."""
    picture: str
    """Stands where a picture stood."""
    missing_character: str
    """With the place {code}: stands for a character that the font lacks."""
    made_at: datetime
    code: str = ""
    """Text of a larger QR code in place of the address's, such as a receipt's; not spelt out."""

    def to_json(self) -> str:
        """As text for the typesetter's process."""
        values = {**asdict(self), "blocks": to_json(self.blocks)}
        return json.dumps({**values, "made_at": self.made_at.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Printout":
        """Read what `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **values,
                "facts": tuple((name, value) for name, value in values["facts"]),
                "blocks": from_json(values["blocks"]),
                "made_at": datetime.fromisoformat(values["made_at"]),
            }
        )


def notice_printout(
    notice: Notice, words: Words, at: datetime, *, centre: str, terminal: str
) -> Printout:
    """A notice on paper; `at` is the moment of printing, as the terminal shows it."""
    return printout(
        words,
        at,
        centre=centre,
        terminal=terminal,
        title=notice.title,
        tag=words[f"kind.{notice.kind}"],
        note=words["notice.expired"] if expired(notice, at) else "",
        facts=((field.name, field.value) for field in fields(notice, words, at)),
        blocks=body_blocks(notice, words, scan=bool(in_code(notice.official_url))),
        address=notice.official_url,
    )


def printout(
    words: Words,
    at: datetime,
    *,
    centre: str,
    terminal: str,
    title: str,
    tag: str = "",
    note: str = "",
    facts: Iterable[tuple[str, str]] = (),
    blocks: Iterable[Block] = (),
    address: str = "",
) -> Printout:
    """Anything on paper: `terminal` and `at` stand at the foot of each page."""
    return Printout(
        title=title,
        tag=tag,
        note=note,
        centre=centre,
        facts=tuple(facts),
        blocks=tuple(blocks),
        address=address,
        scan=words["print.scan"],
        foot=words["print.foot"].format(terminal=terminal, time=moment_text(at)),
        page=words["print.page"],
        picture=words["notice.picture"],
        missing_character=words["notice.missing_character"],
        made_at=at,
    )
