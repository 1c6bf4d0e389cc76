"""Bodies of outside records: what is HTML in a text, and that no text holds the import up."""

import time
from collections import Counter

import pytest

from display.body import Block, Paragraph, paragraph
from kiosk.central.fields import RefusedRecord
from kiosk.central.html_body import body_of
from kiosk.central.html_bounds import MAX_BYTES

N = 40_000
LIMIT_S = 2.0
"""Far above what any of it takes (under 0.1 s), far below growth by squares (over 10 s)."""


def read(text: str) -> tuple[str, tuple[Block, ...]]:
    return body_of({"content_text": text}, Counter())


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("甲\n乙", ()),
        ("a<b 且 x>y", ()),
        ("<p>甲</p>乙", (paragraph("甲"), paragraph("乙"))),
        ("<p style='x: y' >a<b</p>", (paragraph("a<b"),)),
        ("<p\n  style=x>甲<br />乙<br\n>丙", (paragraph("甲"), paragraph("乙"), paragraph("丙"))),
        ("甲<br><q cite=x>乙</q>", (paragraph("甲"), paragraph("<q cite=x>乙</q>"))),
    ],
)
def test_only_known_tags_of_a_text_are_tags(text: str, blocks: tuple[Paragraph, ...]) -> None:
    assert read(text)[1] == blocks


@pytest.mark.parametrize(
    "hostile",
    [
        "<p a=" + " " * N + "<",
        "<p" + " " * N + "<",
        ("<p" + " " * 1000) * 40,
        "<p a" + " " * N + "<",
        "<p a=" * N,
        "<p " + "a" * N + "<",
        "<br" + " " * N + "<",
        "</p" + " " * N + "<",
    ],
    ids=lambda text: text[:6],
)
def test_no_text_holds_the_import_up(hostile: str) -> None:
    began = time.monotonic()
    read(f"<br>{hostile}")
    assert time.monotonic() - began < LIMIT_S


@pytest.mark.parametrize("text", ["中" * (MAX_BYTES // 3 + 1), "x" * (MAX_BYTES + 1)])
@pytest.mark.parametrize("field", ["content_text", "content_html"])
def test_a_body_that_is_too_large_is_refused_and_named(field: str, text: str) -> None:
    with pytest.raises(RefusedRecord, match=f"{field}: is larger than 4 MB; have it shortened"):
        body_of({field: text}, Counter())
