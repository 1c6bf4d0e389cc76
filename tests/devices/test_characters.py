"""Characters as pixels: the bitmap fonts first, then Noto Sans CJK SC."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.led import characters, gb2312
from devices.led.characters import Characters, readable
from devices.led.fonts import FontMissing, cell_of, installed

SIZES = (16, 24, 32)
RARE = "镕堃昇喆㙍ÉàçŒ½²①⑩㈱㎡〇€☃ﾊ"
"""GB 2312 has none of them, or the card's mapping reaches none of them."""


def ink(rows: tuple[bytes, ...]) -> int:
    return sum(map(sum, rows))


@pytest.mark.parametrize("size", SIZES)
def test_what_the_card_has_is_drawn_with_the_same_font(size: int) -> None:
    rows, glyph = readable().rows, installed().glyph
    for character in "招标公告，·—Ω㎏А":
        if not gb2312.missing(character):
            assert rows(character, size) == glyph(character.encode("gbk"), size)
    for character in " Az09{}~\\":
        assert rows(character, size) == glyph(character.encode("ascii"), size)
    assert ink(rows("\\", size)) > 0


@pytest.mark.parametrize("size", SIZES)
def test_rare_characters_are_drawn_each_in_its_own_shape(size: int) -> None:
    rows = [readable().rows(character, size) for character in RARE]
    for character, shape in zip(RARE, rows, strict=True):
        assert len(shape) == size and {len(row) for row in shape} == {size}, character
        assert set().union(*shape) == {0, 1}, character
    # Boxes for what is missing would all look alike.
    assert len(set(rows)) == len(RARE)


def test_a_rare_character_fills_its_cell_as_its_neighbours_do() -> None:
    for size in SIZES:
        for character in "镕堃喆":
            shape = readable().rows(character, size)
            lit_rows = [y for y, row in enumerate(shape) if any(row)]
            columns = [x for x in range(size) if any(row[x] for row in shape)]
            assert lit_rows[-1] - lit_rows[0] >= size * 0.8, character
            assert columns[-1] - columns[0] >= size * 0.8, character


@pytest.mark.parametrize("character", ["\n", "\t", "\x7f", "\u200b", "\u0301", "\ud800", "⸻", "😀"])
def test_what_cannot_be_drawn_in_a_cell_has_no_rows(character: str) -> None:
    assert readable().rows(character, 16) == ()


@pytest.mark.parametrize("character", ["\u00a0", "\u2003", "\u3000"])
def test_spaces_are_empty_cells(character: str) -> None:
    assert readable().rows(character, 16) == (bytes(16),) * 16


def test_letters_higher_than_a_cell_are_drawn_smaller_and_not_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = 0

    def uncut(bitmap: Any, left: int, top: int, width: int, height: int) -> tuple[bytes, ...]:
        nonlocal drawn
        drawn += 1
        assert left >= 0 and left + bitmap.width <= width
        assert top >= 0 and top + bitmap.rows <= height
        return cell_of(bitmap, left, top, width, height)

    monkeypatch.setattr(characters, "cell_of", uncut)
    fresh = Characters(installed())
    for size in SIZES:
        for character in "þÞÿÅǛẤÇ㋿㌂龘":
            lit = [row for row in fresh.rows(character, size) if any(row)]
            assert len(lit) >= size * 0.7, character
    assert drawn == 30


@settings(max_examples=150, deadline=None)
@given(st.characters(), st.sampled_from(SIZES))
def test_every_character_has_a_full_cell_or_none(character: str, size: int) -> None:
    shape = readable().rows(character, size)
    if not shape:
        assert gb2312.missing(character) == character
        return
    assert len(shape) == size
    assert {len(row) for row in shape} == {size * gb2312.cells(character) // 2}
    assert unicodedata.category(character) == "Zs" or ink(shape)


def test_the_outline_font_is_opened_when_first_needed() -> None:
    fresh = Characters(installed())
    fresh.rows("公", 16)
    assert fresh._face is None
    fresh.rows("镕", 16)
    assert fresh._face is not None
    assert fresh._face.family_name == b"Noto Sans CJK SC"


def test_a_missing_outline_font_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        Characters(installed(), tmp_path / "none.ttc")
