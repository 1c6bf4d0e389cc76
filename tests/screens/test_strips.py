"""Laying out bodies: nothing lost, nothing outside, nothing over something else."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display.body import (
    Block,
    Cell,
    Heading,
    ListItem,
    Paragraph,
    Run,
    Table,
    cell_text,
    paragraph,
    plain_text,
)
from kiosk.notice.strips import Box, Look, Piece, Strip, gathered, joined, strips


def width_of(character: str, size: float) -> float:
    return size if ord(character) > 0x2E7F else size * 0.6


LOOK = Look(
    width=600,
    size=20,
    small=16,
    lead=24,
    pad=10,
    line=2,
    advance=lambda size, bold: lambda character: width_of(character, size) * (1.05 if bold else 1),
)


def laid(blocks: Iterable[Block], look: Look = LOOK) -> Strip:
    return joined([strip for strip in strips(blocks, look) if strip is not None])


def right_of(piece: Piece, look: Look = LOOK) -> float:
    return piece.x + sum(map(look.advance(piece.size, piece.bold), piece.text))


def table(*rows: Iterable[str], **more: Any) -> Table:
    made = [[Cell((paragraph(text),) if text else ()) for text in row] for row in rows]
    if more.get("header"):
        made[0] = [replace(cell, header=True) for cell in made[0]]
    return Table(tuple(map(tuple, made)))


def lines(strip: Strip) -> list[str]:
    tops: dict[float, list[Piece]] = {}
    for piece in strip.pieces:
        tops.setdefault(piece.y, []).append(piece)
    return [
        "|".join(piece.text for piece in sorted(found, key=lambda piece: piece.x))
        for _, found in sorted(tops.items())
    ]


def is_grid(strip: Strip) -> bool:
    return any(box.height > box.width for box in strip.boxes)


def test_bold_stands_within_a_line() -> None:
    strip = laid([Paragraph((Run("招标人："), Run("某局", True), Run("，旧", struck=True)))])
    first, second, third = strip.pieces
    assert (first.text, second.text, third.text) == ("招标人：", "某局", "，旧")
    assert (first.bold, second.bold, third.struck) == (False, True, True)
    assert second.x == pytest.approx(80)
    assert third.x == pytest.approx(80 + 42)
    assert first.y == second.y == third.y == 0


def test_items_are_indented_behind_their_markers() -> None:
    items = [
        ListItem(1, "1.", (Run("甲" * 40),)),
        ListItem(2, "•", (Run("乙"),)),
        ListItem(1, "", (Run("丙"),)),
    ]
    marker, first, second, dot, deeper, last = laid(items).pieces
    assert marker.text == "1." and right_of(marker) <= first.x
    assert first.x == second.x == last.x > 0
    assert dot.text == "•" and right_of(dot) <= deeper.x
    assert deeper.x > first.x


def test_headings_are_bold_and_the_higher_ones_larger() -> None:
    high, low = laid([Heading(1, "高"), Heading(4, "低")]).pieces
    assert high.bold and low.bold
    assert high.size == LOOK.lead > low.size == LOOK.size


def test_a_table_has_lines_around_every_cell() -> None:
    strip = laid([table(["甲", "乙"], ["丙", "丁"])])
    assert lines(strip) == ["甲|乙", "丙|丁"]
    upright = {round(box.x) for box in strip.boxes if box.height > box.width}
    assert len(upright) == 3
    level = {box.y for box in strip.boxes if box.height == LOOK.line}
    assert len(level) == 3
    (bottom,) = [box for box in strip.boxes if box.y == max(level)]
    assert bottom.width == LOOK.width


def test_spanning_cells_have_no_lines_across_them() -> None:
    wide = Cell((paragraph("宽"),), colspan=2)
    high = Cell((paragraph("高" * 90),), rowspan=2)
    strip = laid([Table(((wide, high), (Cell((paragraph("甲"),)), Cell((paragraph("乙"),)))))])
    (wide_piece,) = [piece for piece in strip.pieces if piece.text == "宽"]
    (second,) = [piece for piece in strip.pieces if piece.text == "乙"]
    height = [piece for piece in strip.pieces if "高" in piece.text]
    assert "".join(piece.text for piece in height) == "高" * 90
    uprights = [box for box in strip.boxes if box.height > box.width]
    crossing = [b for b in uprights if wide_piece.x < b.x <= second.x and b.y < second.y - 10]
    assert not crossing
    levels = [box for box in strip.boxes if box.height == LOOK.line and box.y > 0]
    inside = [b for b in levels if b.x + 1 > height[0].x - 10 and b.y < height[-1].y]
    assert not inside


def test_header_cells_are_bold_on_a_ground() -> None:
    strip = laid([table(["名称", "金额"], ["甲", "1"], header=True)])
    assert [piece.bold for piece in strip.pieces] == [True, True, False, False]
    assert [box.tone for box in strip.boxes if box.height > 10 and box.width > 10] == ["tint"] * 2


def test_numbers_are_not_broken_where_columns_have_room() -> None:
    strip = laid([table(["很长的说明文字" * 30, "1234567.89", "2026-03-17"])])
    assert {"1234567.89", "2026-03-17"} <= {piece.text for piece in strip.pieces}


NAMES = ["名称", "金额一", "金额二", "金额三", "金额四", "金额五", "金额六", "备注"]


def test_a_table_that_is_too_wide_is_read_row_by_row() -> None:
    values = [f"{n}234567890.12" for n in range(7)]
    narrow = replace(LOOK, width=240)
    strip = laid([table(NAMES, ["甲公司", *values], ["乙公司", *values])], narrow)
    assert not is_grid(strip)
    told = "\n".join(lines(strip)).replace("|", "")
    assert "".join(NAMES) in told.replace("\n", "").replace("　", "")
    assert "甲公司\n金额一：" in told
    assert told.replace("\n", "").count("金额二：1234567890.12") == 2
    assert "名称：" not in told
    assert max(right_of(piece, narrow) for piece in strip.pieces) <= narrow.width
    assert is_grid(laid([table(NAMES, ["甲公司", *values])], replace(LOOK, width=1500)))


def test_large_text_decides_too() -> None:
    four = table(
        ["名称", "金额", "日期", "备注"], ["某某公司", "1234567890", "2026-03-17", "无备注"]
    )
    assert is_grid(laid([four]))
    large = replace(LOOK, size=45, small=40)
    assert not is_grid(laid([four], large))


def test_rows_without_names_are_read_without_guesses() -> None:
    rows = [["1", "2.5", "", "3", "4", "5", "6", "7", "8", "9"]] * 2
    strip = laid([table(*rows)], replace(LOOK, width=150))
    assert not is_grid(strip)
    assert "：" not in strip.text
    assert strip.text == "12.53456789" * 2


def test_a_cell_that_spans_rows_is_told_with_each() -> None:
    group = Cell((paragraph("甲公司"),), rowspan=2)
    cells = [Cell((paragraph(f"{n}234567890"),)) for n in range(7)]
    head = tuple(Cell((paragraph(name),), header=True) for name in NAMES)
    whole = Table((head, (group, *cells), tuple(cells)))
    strip = laid([whole], replace(LOOK, width=200))
    assert strip.text.count("甲公司") == 2


def blocks() -> st.SearchStrategy[list[Block]]:
    text = st.text("甲乙丙，。（a1.5- ", min_size=1, max_size=60).filter(str.strip).map(str.strip)
    run = st.builds(Run, text, st.booleans(), st.booleans())
    flow = st.one_of(
        st.builds(Paragraph, st.lists(run, min_size=1, max_size=3).map(tuple)),
        st.builds(Heading, st.integers(1, 6), text),
        st.builds(
            ListItem,
            st.integers(1, 8),
            st.sampled_from(["•", "12.", ""]),
            st.lists(run, min_size=1, max_size=2).map(tuple),
        ),
    )
    cell = st.builds(
        Cell,
        st.lists(flow, max_size=2).map(tuple),
        st.integers(1, 4),
        st.integers(1, 4),
        st.booleans(),
    )
    row = st.lists(cell, max_size=5).map(tuple)
    tables = st.builds(Table, st.lists(row, min_size=1, max_size=6).map(tuple))
    return st.lists(st.one_of(flow, tables), max_size=4)


def letters(text: str) -> Counter[str]:
    return Counter(text.replace(" ", "").replace("\n", "").replace("　", ""))


@given(blocks(), st.sampled_from([150.0, 600.0, 2000.0]))
@settings(max_examples=250, deadline=None)
def test_nothing_is_lost_outside_or_over_something_else(body: list[Block], width: float) -> None:
    look = replace(LOOK, width=width)
    strip = laid(body, look)
    assert not letters(plain_text(body)) - letters(strip.text)
    for piece in strip.pieces:
        assert piece.x >= 0
        assert piece.y >= 0 and piece.y + piece.height <= strip.height + 1
        # A sign that must not begin a line, or one that nothing breaks, may stick out a little.
        assert right_of(piece, look) <= width + 3 * piece.size
    ordered = sorted(strip.pieces, key=lambda piece: (piece.y, piece.x))
    for left, right in pairwise(ordered):
        if left.y == right.y:
            assert right_of(left, look) <= right.x + 1
    assert all(box.x >= 0 and box.x + box.width <= width + 1 for box in strip.boxes)


@given(blocks())
@settings(max_examples=100, deadline=None)
def test_gathering_changes_heights_only(body: list[Block]) -> None:
    one = [strip for strip in strips(body, LOOK) if strip is not None]
    few = [strip for strip in gathered(strips(body, LOOK), 200) if strip is not None]
    if one:
        assert joined(few) == joined(one)
    assert all(strip.height <= 200 or strip in one for strip in few)


def test_a_huge_table_is_laid_out_in_slices() -> None:
    rows = [[f"第{n}项", "说明文字" * 8, f"{n * 1.5}", "无"] for n in range(3000)]
    asked = 0

    def advance(character: str) -> float:
        nonlocal asked
        asked += 1
        return width_of(character, 16)

    look = replace(LOOK, advance=lambda size, bold: advance)
    steps, before, count = [], 0, 0
    for strip in strips([table(*rows)], look):
        steps.append(asked - before)
        before = asked
        count += strip is not None
    assert count > 6000
    assert max(steps) < 1000, "characters measured between two pauses"


def test_a_span_over_a_whole_huge_table_costs_no_square() -> None:
    head = Cell((paragraph("全部"),), rowspan=1000)
    row = tuple(Cell((paragraph("甲"),)) for _ in range(5))
    began = time.perf_counter()
    strip = laid([Table(((head, *row), *([row] * 999)))])
    assert time.perf_counter() - began < 30
    assert strip.text.count("甲") == 5000


def test_what_the_font_lacks_takes_the_room_of_its_name() -> None:
    look = replace(LOOK, spell=lambda text: text.replace("@", "〔缺字〕"))
    strip = laid([table(["@", "乙"])], look)
    assert lines(strip) == ["〔缺字〕|乙"]
    assert cell_text(Cell((paragraph("@"),))) == "@"
    assert isinstance(strip.boxes[0], Box)
