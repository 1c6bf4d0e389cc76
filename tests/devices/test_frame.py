"""The frame board: its messages, and itself on a line that only echoes."""

# The card keeps local time without a zone.
# ruff: noqa: DTZ001

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.catalogue import open_board
from devices.errors import Garbled, Unverified
from devices.led.board import COLOUR_INDEXES, Colour, Message, Picture
from devices.led.frame import FrameBoard
from devices.led.frame_state import FrameDeframer, FrameState, Kind
from devices.led.virtual.panel import VirtualPanel
from devices.line import Line


@st.composite
def states(draw: st.DrawFn) -> FrameState:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    pixels = st.binary(min_size=width * height, max_size=width * height)
    picture = pixels.map(lambda raw: Picture(width, height, bytes(byte & 3 for byte in raw)))
    moment = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1))
    return FrameState(
        kind=draw(st.sampled_from(Kind)),
        sequence=draw(st.integers(0, 255)),
        width=width,
        height=height,
        on=draw(st.booleans()),
        brightness=draw(st.integers(0, 15)),
        clock=draw(st.none() | moment.map(lambda at: at.replace(microsecond=0))),
        lifetime_s=draw(st.integers(0, 0xFFFF)),
        picture=draw(st.none() | picture),
    )


@given(states(), st.binary(max_size=20), st.integers(1, 40))
def test_messages_are_found_in_any_stream(state: FrameState, noise: bytes, cut: int) -> None:
    stream = noise.replace(b"M", b"m") + state.to_bytes()
    deframer = FrameDeframer()
    pieces = (stream[at : at + cut] for at in range(0, len(stream), cut))
    found = [each for piece in pieces for each in deframer.feed(piece)]
    assert [each for each in found if not isinstance(each, Garbled)] == [state]


@given(states(), st.data())
def test_one_wrong_bit_is_never_a_message(state: FrameState, data: st.DataObject) -> None:
    raw = bytearray(state.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = FrameDeframer().feed(bytes(raw))
    assert all(isinstance(each, Garbled) for each in found)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_bytes_leave_the_panel_able_to_answer(pieces: list[bytes]) -> None:
    panel = VirtualPanel(4, 2)
    for piece in pieces:
        panel.exchange(piece.replace(b"M", b"m"), 0.0)
    asked = FrameState(kind=Kind.TELL, sequence=7, width=4, height=2)
    records = panel.exchange(asked.to_bytes(), 0.0)
    (answer,) = (record.raw for record in records if record.direction == "out")
    assert FrameDeframer().feed(answer) == [asked]


def test_on_a_loop_it_is_a_preview() -> None:
    board = open_board("frame", "loop://", baud=57600, address=1, width=3, height=2)
    assert isinstance(board, FrameBoard) and board.shown is None
    assert board.identify().width == 3
    picture = Picture(3, 2, bytes((0, 1, 2, 3, 2, 1)))
    board.show(Message((), 60, picture))
    assert board.shown == picture
    board.set_clock(datetime(2026, 11, 23, 8))
    board.brightness(3)
    board.power(on=False)
    status = board.status()
    assert (status.on, status.brightness, status.clock) == (False, 3, datetime(2026, 11, 23, 8))
    assert board.shown == picture
    board.clear()
    assert board.shown is None
    board.close()


@pytest.mark.parametrize("size", [(0, 16), (16, 0), (1024, 129)])
def test_a_size_that_no_message_holds_is_refused(size: tuple[int, int]) -> None:
    with Line("loop://", baud=57600) as line, pytest.raises(ValueError, match="size"):
        FrameBoard(line, width=size[0], height=size[1])


@pytest.mark.parametrize(
    ("pixels", "reason"), [(bytes(5), "3x2"), (bytes(7), "3x2"), (bytes(5) + b"\4", "index 4")]
)
def test_a_picture_that_cannot_be_is_not_made(pixels: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Picture(3, 2, pixels)


def test_colours_are_those_of_the_virtual_board() -> None:
    assert [COLOUR_INDEXES[c] for c in (None, *Colour)] == [0, 1, 2, 3]


class Liar:
    """A line whose far end answers every message with something else done than was asked."""

    baud = 57600

    def __init__(self, **changes: object) -> None:
        self._changes, self._answer = changes, b""

    def send(self, data: bytes, *, timeout_s: float) -> None:
        (asked,) = FrameDeframer().feed(data)
        self._answer = replace(asked, **self._changes).to_bytes()

    def receive(self, *, timeout_s: float) -> bytes:
        answer, self._answer = self._answer, b""
        return answer

    def discard_input(self) -> int:
        return 0

    def close(self) -> None: ...


def test_what_the_board_tells_is_compared() -> None:
    board = FrameBoard(Liar(picture=None), width=3, height=2)
    with pytest.raises(Unverified, match="picture"):
        board.show(Message((), 60, Picture(3, 2, bytes(6))))
    assert board.shown is None
    with pytest.raises(Unverified, match="settings"):
        FrameBoard(Liar(on=True), width=3, height=2).power(on=False)
    with pytest.raises(Unverified, match="settings"):
        FrameBoard(Liar(brightness=9), width=3, height=2).brightness(3)
