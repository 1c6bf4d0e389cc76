"""The body of an outside record: its HTML, its text, or text with some HTML in it (pure)."""

import html
import re
from collections import Counter
from collections.abc import Mapping

from display.body import Block, plain_text
from kiosk.central.fields import RefusedRecord, text_field
from kiosk.central.html_blocks import blocks_of
from kiosk.central.html_bounds import RefusedHtml, too_large
from kiosk.central.html_text import clean

_NAMES = (
    "p|br|div|span|table|tbody|thead|tr|td|th|b|strong|i|em|u|ul|ol|li|h[1-6]|font|a|img|sup|sub"
    "|center|script|style|section"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s*+/?>|\s++[a-z][a-z:-]*+\s*+=[^<>]*+>)", re.IGNORECASE)
"""With attributes or without; not the signs in `a<b 且 x>y`. No part of it is read twice."""
_END_TAG = re.compile(rf"</(?:{_NAMES})\s*+>|<br\s*+/?>", re.IGNORECASE)
_LINE_FEED = re.compile(r"\r\n?")


def body_of(record: Mapping[str, object], dropped: Counter[str]) -> tuple[str, tuple[Block, ...]]:
    """Text and blocks of `content_html`, or else of `content_text`. Raises RefusedRecord.

    Text without HTML in it has no blocks: its lines are its paragraphs. What was left out is
    added to `dropped` by kind.
    """
    written = _bounded_field(record, "content_html")
    if written.strip():
        blocks = _blocks("content_html", written, dropped)
        if blocks:
            return plain_text(blocks), blocks
    text = _LINE_FEED.sub("\n", _bounded_field(record, "content_text"))
    if _END_TAG.search(text):
        blocks = _blocks("content_text", _as_html(text), dropped)
        return plain_text(blocks), blocks
    return clean(text, dropped), ()


def _bounded_field(record: Mapping[str, object], field: str) -> str:
    """A text no larger than HTML may be, before anything is looked for in it."""
    written = text_field(record, field)
    if problem := too_large(written):
        raise _refused(field, problem)
    return written


def _blocks(field: str, written: str, dropped: Counter[str]) -> tuple[Block, ...]:
    try:
        found = blocks_of(written)
    except RefusedHtml as problem:
        raise _refused(field, str(problem)) from None
    dropped.update(found.dropped)
    return found.blocks


def _refused(field: str, problem: str) -> RefusedRecord:
    return RefusedRecord(f"{field}: {problem}; have it shortened by its author")


def _as_html(text: str) -> str:
    """Text in which only known tags are tags, and line feeds are kept."""
    parts = []
    position = 0
    for match in _TAG.finditer(text):
        parts += [_as_words(text[position : match.start()]), match[0]]
        position = match.end()
    parts.append(_as_words(text[position:]))
    return "".join(parts)


def _as_words(text: str) -> str:
    escaped = html.escape(text, quote=False)
    return escaped.replace("\n", "<br>").replace("&amp;nbsp;", "&nbsp;")
