"""The virtual board by itself, fed with bytes built here: no codec of the driver is used."""

# The card keeps local time without a zone.
# ruff: noqa: DTZ001

import ast
import importlib.util
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led import fonts
from devices.led.virtual import face, wire
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from devices.led.virtual.text import (
    Clock,
    Glyph,
    LineEnd,
    UnknownFont,
    UnreadableText,
    parse,
    plain,
)

W, H = 96, 32
ACK, NACK = "a0 00 00 00 00", "a0 01 {:02x} 00 00"


def request(data: bytes, *, to: int = 1, device: int = 0xFE) -> bytes:
    head = to.to_bytes(2, "little") + bytes.fromhex("0080000000 000000") + bytes((device, 2))
    body = head + len(data).to_bytes(2, "little") + data
    return b"\xa5" + wire.add_escapes(body + wire.checksum(body).to_bytes(2, "little")) + b"\x5a"


def ask(board: VirtualBoard, data: bytes | str, t: float = 0.0, **place: int) -> str | None:
    """Data of the reply as hex, None for silence."""
    content = bytes.fromhex(data) if isinstance(data, str) else data
    replies = board.feed(request(content, **place), t)
    if not replies:
        return None
    (reply,) = replies
    assert reply[:9] == b"\xa5" * 9 and reply[9] != 0xA5 and reply[-1] == 0x5A
    (telegram,) = wire.Receiver().feed(reply)
    assert not telegram.fault and telegram.destination == 0x8000
    return telegram.data.hex(" ")


def area(
    text: bytes,
    *,
    number: int = 0,
    x: int = 0,
    y: int = 0,
    w: int = W,
    h: int = 16,
    run: int = 2,
    timeout: int = 60,
    mode: int = 1,
    speed: int = 0,
    stay: int = 255,
    single: int = 1,
    wrap: int = 1,
) -> bytes:
    content = b"\0" + b"".join(
        value.to_bytes(2, "little") for value in (x | 0x8000, y, w | 0x8000, h)
    )
    content += bytes((number, 0, run)) + timeout.to_bytes(2, "little") + bytes((0, 0))
    content += bytes((0, single, wrap, mode, 0, speed, stay)) + len(text).to_bytes(4, "little")
    content += text
    return len(content).to_bytes(2, "little") + content


def areas(*contents: bytes, delete: bytes = b"\xff") -> bytes:
    return b"\xa3\x06\x01\0\0" + delete + bytes((len(contents),)) + b"".join(contents)


@pytest.fixture
def board() -> VirtualBoard:
    return VirtualBoard(W, H)


def rows(pixels: bytes) -> list[bytes]:
    return [pixels[at : at + W] for at in range(0, len(pixels), W)]


def test_it_shares_no_code_with_the_driver() -> None:
    folder = Path(importlib.util.find_spec("devices.led.virtual").origin).parent
    # The fonts are this system's, and no codec; they in turn import nothing of ours.
    modules = [folder.parent / "fonts.py", *sorted(folder.glob("*.py"))]
    shared = ("devices.led", "devices.led.fonts")
    assert len(modules) >= 10
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module.name} imports relatively"
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                if name.split(".")[0] in ("devices", "display", "kiosk"):
                    known = name.startswith("devices.led.virtual") or name in shared
                    assert known, f"{module.name}: {name}"


def test_it_answers_the_documented_frame_with_the_documented_ack(bx_k_vectors) -> None:
    shown, ack = (
        bytes.fromhex(vector["hex"])
        for vector in bx_k_vectors
        if (vector["group"], vector["command"]) in (("A3", "06"), ("A0", "00"))
    )
    board = VirtualBoard(128, 32)
    assert board.feed(shown, 0.0) == [ack]
    glyph = fonts.installed().glyph
    wanted = b"".join(glyph(character.encode("gbk"), 16)[5] for character in "欢迎光临")
    assert board.pixels(0.0)[5 * 128 : 6 * 128] == wanted.ljust(128, b"\0")


def test_it_answers_a_damaged_frame_with_the_documented_nack(bx_k_vectors) -> None:
    (nack,) = (
        bytes.fromhex(v["hex"]) for v in bx_k_vectors if (v["group"], v["command"]) == ("A0", "01")
    )
    damaged = bytearray(request(bytes.fromhex("A200010000"), to=0xFFFE))
    damaged[-2] ^= 0x10
    assert VirtualBoard(W, H).feed(bytes(damaged), 0.0) == [nack]


def _set_clock(year: int) -> bytes:
    moment = datetime(year, 12, 31, 23, 59, 58)
    digits = f"{year:04}"
    when = f"{digits[2:]}{digits[:2]}1231235958{moment.isoweekday():02}"
    return bytes.fromhex("A203010800" + when)


@pytest.mark.parametrize("year", [1, 999, 1999, 2100, 9999])
def test_a_clock_is_not_set_to_another_century(board: VirtualBoard, year: int) -> None:
    assert ask(board, _set_clock(year)) == NACK.format(14)
    assert ask(board, "A1 02 01 00 00", 10.0) == "a1 82 00 00 00 01 0f 00 00 00 00 00 00 00 00"


def test_a_clock_runs_on_into_the_next_century(board: VirtualBoard) -> None:
    assert ask(board, _set_clock(2099)) == ACK
    assert ask(board, "A1 02 01 00 00", 2.0) == "a1 82 00 00 00 01 0f 00 21 01 01 05 00 00 00"
    assert ask(board, _set_clock(2000)) == ACK


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [
        (15, 32, "width"),
        (4097, 32, "width"),
        (-1, 32, "width"),
        (96, 0, "height"),
        (96, 9999, "height"),
    ],
)
def test_a_size_that_no_board_has_is_refused(width: int, height: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        VirtualBoard(width, height)
    assert VirtualBoard(16, 4096).height == 4096


def test_speeds_fall_and_hit_the_usual_ones() -> None:
    assert len(VIRTUAL_SPEEDS) == 25
    assert sorted(set(VIRTUAL_SPEEDS), reverse=True) == list(VIRTUAL_SPEEDS)
    assert {32, 40, 48, 56, 64, 72, 80, 88, 96, 128} <= set(VIRTUAL_SPEEDS)


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        ("A2 00 01 00 00", ACK),
        ("A2 0A 01 00 00", "a2 8a 00 00 00 60 00 20 00 02 00 e1 00 00"),
        ("A1 02 01 00 00", "a1 82 00 00 00 01 0f 00 00 00 00 00 00 00 00"),
        ("A3 10 01 00 00", ACK),
        ("A4 05 01 00 00", NACK.format(1)),
        ("A1 00 01 00 00", NACK.format(2)),
        ("A1 05 01 00 00", NACK.format(10)),
        ("A2 00 01 00 00 00", NACK.format(10)),
        ("A3 00 01 00 00 03", NACK.format(10)),
        ("A3 02 01 00 00 01 10", NACK.format(10)),
        ("A2 03 01 08 00 26 20 02 30 10 00 00 01", NACK.format(14)),
        ("A2 03 01 08 00 26 20 11 23 10 00 00 07", NACK.format(14)),
        ("A2 00 02 00 00", None),
        ("A4 05 02 00 00", None),
    ],
)
def test_replies(board: VirtualBoard, data: str, reply: str | None) -> None:
    assert ask(board, data) == reply


def test_addresses(board: VirtualBoard) -> None:
    assert ask(board, "A2 00 01 00 00", to=2) is None
    assert ask(board, "A2 00 01 00 00", to=0xFFFE) == ACK
    assert ask(board, "A3 00 01 00 00 02", to=0xFFFF) is None
    assert not board.state.on
    assert ask(board, "A2 00 01 00 00", device=0x51) == NACK.format(10)
    assert ask(board, "A2 00 01 00 00", device=0x62) == ACK


def test_the_clock_runs_on(board: VirtualBoard) -> None:
    assert ask(board, "A2 03 01 08 00 26 20 11 22 23 59 58 07", t=100.0) == ACK
    assert board.state.local_time(103.5) == datetime(2026, 11, 23, 0, 0, 1, 500_000)
    status = "a1 82 00 00 00 01 0f 26 20 11 23 01 00 00 01"
    assert ask(board, "A1 02 01 00 00", t=103.5) == status


def test_brightness_of_the_day_follows_the_clock(board: VirtualBoard) -> None:
    levels = bytes([1] * 17 + [9] * 31)
    assert ask(board, b"\xa3\x02\x01\0\0\x02\0" + levels) == ACK
    ask(board, "A2 03 01 08 00 26 20 11 23 08 29 59 01")
    assert [board.brightness(t) for t in (0.0, 2.0)] == [1, 9]


def test_power_darkens_and_keeps_what_is_shown(board: VirtualBoard) -> None:
    ask(board, areas(area("开标".encode("gbk"))))
    before = board.pixels(1.0)
    assert any(before)
    ask(board, "A3 00 01 00 00 02")
    assert not any(board.pixels(1.0))
    ask(board, "A3 00 01 00 00 01")
    assert board.pixels(1.0) == before


def test_the_timeout_darkens_exactly_then(board: VirtualBoard) -> None:
    ask(board, areas(area("开标".encode("gbk"), timeout=7)), t=50.0)
    assert any(board.pixels(56.999))
    assert not any(board.pixels(57.0))
    ask(board, "A2 00 01 00 00", t=58.0)
    assert board.state.zones == ()


@pytest.mark.parametrize("run", [0, 1])
def test_only_run_mode_2_has_a_timeout(board: VirtualBoard, run: int) -> None:
    ask(board, areas(area("开标".encode("gbk"), timeout=7, run=run)))
    assert any(board.pixels(1000.0))


def test_areas_are_added_replaced_and_deleted(board: VirtualBoard) -> None:
    small = [area(b"x", number=n, x=n * 8, w=8) for n in range(5)]
    assert ask(board, areas(*small)) == ACK
    assert ask(board, areas(area(b"y", number=9), delete=b"\0")) == NACK.format(4)
    assert ask(board, areas(small[2], delete=b"\0")) == ACK
    assert ask(board, areas(area(b"y", number=9, x=80, w=8), delete=b"\x02\x00\x01")) == ACK
    assert sorted(zone.number for zone in board.state.zones) == [2, 3, 4, 9]
    assert ask(board, areas(*small, area(b"z", number=5))) == NACK.format(4)
    assert len(board.state.zones) == 4
    ask(board, areas())
    assert board.state.zones == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (area(b"x", x=W - 7, w=8), 10),
        (area(b"x", y=17), 10),
        (area(b"x", w=0), 10),
        (area(b"x", mode=7), 10),
        (area(b"x", speed=25), 10),
        (area(b"x", run=3), 10),
        (area(b"\\FO003x"), 12),
        (area(b"\\q"), 10),
        (area(b"\xb0"), 10),
        (area(b"x")[:-1], 10),
        (area(b"x") + b"\0", 10),
        (area(b"x") + area(b"x"), 10),
    ],
)
def test_areas_that_cannot_be_are_refused(board: VirtualBoard, content: bytes, code: int) -> None:
    ask(board, areas(area(b"old")))
    count = 2 if content == area(b"x") * 2 else 1
    data = b"\xa3\x06\x01\0\0\xff" + bytes((count,)) + content
    assert ask(board, data) == NACK.format(code)
    assert [plain(zone.items) for zone in board.state.zones] == ["old"]


def test_more_than_the_buffer_is_refused(board: VirtualBoard) -> None:
    assert ask(board, areas(area(b"x" * 1024, mode=3))) == NACK.format(4)


BLOCK = b"\xa1\xf6"


def lit_columns(board: VirtualBoard, t: float) -> list[int]:
    picture = rows(board.pixels(t))
    return [x for x in range(W) if any(row[x] for row in picture)]


@pytest.mark.parametrize("code", range(25))
def test_scrolling_is_exact_at_every_speed(board: VirtualBoard, code: int) -> None:
    """A filled square enters at the right edge and leaves at the left one."""
    speed, start = VIRTUAL_SPEEDS[code], 1000.0
    ask(board, areas(area(BLOCK, mode=3, speed=code, timeout=600)), start)
    shape = fonts.installed().glyph(BLOCK, 16)
    first = min(row.find(1) for row in shape if any(row))
    for moved in (0, 1, 15, 40, W, W + 16 - first - 1):
        t = start + (moved + 0.5) / speed
        columns = lit_columns(board, t)
        left_edge = W - moved + first
        if 0 <= left_edge < W:
            assert columns[0] == left_edge
        if moved == 0:
            assert columns == []
    for moved in (7, 50, W + 3):
        now, later = (start + (moved + loops * (W + 16) + 0.5) / speed for loops in (0, 3))
        assert board.pixels(now) == board.pixels(later)


def test_scrolling_moves_one_pixel_after_the_other_and_never_back(board: VirtualBoard) -> None:
    ask(board, areas(area("招标公告".encode("gbk"), mode=3, speed=12)))
    assert VIRTUAL_SPEEDS[12] == 64
    for step in range(64 + W - 1):
        now, then = (rows(board.pixels((step + part) / 64)) for part in (0.5, 1.5))
        assert [row[1:] for row in now] == [row[: W - 1] for row in then]


@pytest.mark.parametrize(("mode", "step"), [(4, (1, 0)), (5, (0, -1)), (6, (0, 1))])
def test_the_other_directions(board: VirtualBoard, mode: int, step: tuple[int, int]) -> None:
    ask(board, areas(area("中".encode("gbk"), mode=mode, speed=12)))
    now, then = (rows(board.pixels(moved / 64)) for moved in (10.5, 11.5))
    dx, dy = step
    lit = {(x, y) for y in range(H) for x in range(W) if now[y][x]}
    moved = {(x, y) for y in range(H) for x in range(W) if then[y][x]}
    assert lit and len(moved) >= len(lit)
    assert {(x + dx, y + dy) for x, y in lit if 0 <= x + dx < W and 0 <= y + dy < 16} <= moved


def test_lines_break_where_the_text_or_the_edge_says_and_pages_turn(board: VirtualBoard) -> None:
    glyph = fonts.installed().glyph
    text = "一二三四五六七".encode("gbk") + b"\\n" + "八".encode("gbk")
    ask(board, areas(area(text, h=32, single=2, wrap=2, stay=4)))
    line = [
        b"".join(glyph(c.encode("gbk"), 16)[7] for c in part)
        for part in ("一二三四五六", "七", "八")
    ]
    page = rows(board.pixels(0.0))
    assert page[7] == line[0] and page[23] == line[1].ljust(W, b"\0")
    assert board.pixels(1.9) == board.pixels(0.0)
    page = rows(board.pixels(2.0))
    assert page[7] == line[2].ljust(W, b"\0") and not any(page[23])
    assert board.pixels(4.0) == board.pixels(0.0)


def test_a_single_line_is_cut_at_the_edge(board: VirtualBoard) -> None:
    ask(board, areas(area("一二三四五六七".encode("gbk"), x=8, w=80, h=32)))
    page = rows(board.pixels(0.0))
    assert any(page[7][8:88]) and not any(page[7][:8] + page[7][88:]) and not any(page[23])


def test_every_part_of_the_clock_is_shown(board: VirtualBoard) -> None:
    ask(board, "A2 03 01 08 00 26 20 11 22 08 05 09 07")
    glyph = fonts.installed().glyph
    for text, wanted in (
        (b"\\DY\\DL\\DD", "20261122"),
        (b"\\DH:\\DM:\\DS", "08:05:09"),
        (b"\\DW", "日"),
    ):
        ask(board, areas(area(text)))
        shapes = [glyph(character.encode("gbk"), 16) for character in wanted]
        for y in range(16):
            assert rows(board.pixels(0.0))[y] == b"".join(s[y] for s in shapes).ljust(W, b"\0")


def test_a_clock_never_set_counts_from_its_beginning(board: VirtualBoard) -> None:
    assert board.state.local_time(65.0) == datetime(2000, 1, 1, 0, 1, 5)


def test_text_is_parsed() -> None:
    items = parse(b"\\FO001\\FE000\\C3a\xb0\xa1\\n\\DHb")
    assert items == (
        Glyph(b"a", 24, 3),
        Glyph(b"\xb0\xa1", 24, 3),
        LineEnd(),
        Clock("H", 24, 3),
        Glyph(b"b", 24, 3),
    )
    assert plain(items) == "a啊\nb"


@given(st.binary(max_size=40))
def test_any_text_is_parsed_or_refused(text: bytes) -> None:
    try:
        parse(text)
    except (UnknownFont, UnreadableText) as refusal:
        assert str(refusal)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_any_bytes_leave_the_board_able_to_answer(pieces: list[bytes]) -> None:
    board = VirtualBoard(W, H)
    for piece in pieces:
        board.feed(piece, 0.0)
    assert board.feed(request(bytes.fromhex("A200010000")), 0.0)[-1:] != []


@given(st.binary(max_size=80))
def test_the_wire_round_trips(data: bytes) -> None:
    (telegram,) = wire.Receiver().feed(request(data))
    assert telegram.data == data and not telegram.fault


def test_pixels_depend_on_state_and_time_alone(board: VirtualBoard) -> None:
    ask(board, areas(area("招标".encode("gbk"), mode=3, speed=12)), t=5.0)
    glyph = fonts.installed().glyph
    assert face.pixels(board.state, 6.25, glyph) == board.pixels(6.25) == board.pixels(6.25)
