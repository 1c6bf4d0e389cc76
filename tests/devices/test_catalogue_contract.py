"""What every driver in the catalogue promises, over every kind of line."""

# The card keeps local time without a zone.
# ruff: noqa: DTZ001

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from datetime import time as clock_time
from typing import Any

import pytest

from devices.catalogue import CARDS, open_board
from devices.errors import DeviceError, NoReply, Occupied, Unplugged
from devices.exchange import Patience
from devices.led.board import Board, DailyTimer, Message, Picture, TextArea
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.panel import VirtualPanel
from devices.line import Line
from tests.devices.conftest import Station

W, H = 64, 16
FAR_ENDS: dict[str, Callable[[], Any]] = {
    "bx-k": lambda: VirtualBoard(W, H, t=time.monotonic()),
    "frame": lambda: VirtualPanel(W, H),
}
"""The virtual card of each driver: a new one needs one line here."""
PATIENCE = Patience(attempts=3, grace_s=0.5, pause_s=0.02)
PIXELS = bytes((x // 8 + y) % 4 for y in range(H) for x in range(W))
PAGE = Message((TextArea(0, 0, W, H, "开标7"),), 60, Picture(W, H, PIXELS))
"""One page in both forms: each driver takes the one that it can show."""


def test_every_card_has_a_far_end() -> None:
    assert FAR_ENDS.keys() == CARDS.keys()


@pytest.fixture(params=sorted(CARDS))
def card(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def station(card: str) -> Iterator[Station]:
    station = Station(FAR_ENDS[card]())
    yield station
    station.unplug()


@pytest.fixture
def board(card: str, station: Station) -> Iterator[Board]:
    driver = CARDS[card].driver
    options = {"address": 1, "speeds": (), "receive_buffer": 1024, "patience": PATIENCE}
    board = driver(Line(station.path, baud=57600), width=W, height=H, **options)
    yield board
    board.close()


def lit(station: Station) -> bytes:
    return station.card.pixels(time.monotonic())


def test_the_whole_story_on_every_wire(wire: str, board: Board, station: Station) -> None:
    assert (board.identify().width, board.identify().height) == (W, H)
    board.set_clock(datetime(2026, 11, 23, 8, 30))
    board.brightness(4)
    board.power(on=False)
    status = board.status()
    assert (status.on, status.brightness) == (False, 4)
    assert status.clock is not None
    assert 0 <= (status.clock - datetime(2026, 11, 23, 8, 30)).total_seconds() <= 3
    board.show(PAGE)
    assert not any(lit(station)), "the screen is off"
    board.power(on=True)
    assert board.status().on and any(lit(station))
    if board.capabilities.pictures and not board.capabilities.coded_text:
        assert lit(station) == PIXELS
    board.clear()
    assert not any(lit(station))
    board.show(PAGE)
    board.clear_screen()
    assert not any(lit(station))


def test_what_is_declared_is_kept(card: str, board: Board, station: Station) -> None:
    can = board.capabilities
    assert can.coded_text or can.pictures
    assert can.speeds == CARDS[card].speeds
    assert can.coded_text == CARDS[card].coded_text
    assert can.pictures == CARDS[card].pictures
    assert (can.max_areas > 0) == can.coded_text
    if can.half_hour_brightness:
        board.brightness_by_half_hour([9] * 48)
        assert board.status().brightness == 9
        with pytest.raises(ValueError):
            board.brightness_by_half_hour([9] * 47)
    else:
        with pytest.raises(ValueError):
            board.brightness_by_half_hour([9] * 48)
    hours = [DailyTimer(clock_time(h), clock_time(h, 30)) for h in (8, 9)]
    if can.timers:
        board.set_timers((hours * can.timers)[: can.timers])
    with pytest.raises(ValueError):
        board.set_timers((hours * (can.timers + 1))[: can.timers + 1])
    board.cancel_timers()
    if can.stored_page:
        assert board.store_neutral(PAGE.areas)
        assert not board.store_neutral(PAGE.areas)
    else:
        with pytest.raises(ValueError):
            board.store_neutral(PAGE.areas)
    empty = Message((), 60)
    only = {
        "text": Message(PAGE.areas, 60),
        "picture": Message((), 60, PAGE.picture),
    }
    for form, able in (("text", can.coded_text), ("picture", can.pictures)):
        if able:
            board.show(only[form])
        else:
            with pytest.raises(ValueError):
                board.show(only[form])
    if not can.coded_text:
        with pytest.raises(ValueError):
            board.show(empty)


def test_what_cannot_be_is_refused_unsent(board: Board, station: Station) -> None:
    outside = Message((TextArea(8, 0, W, H, "字"),), 60, Picture(W + 8, H, bytes((W + 8) * H)))
    wrong: list[Callable[[], object]] = [
        lambda: board.show(outside),
        lambda: board.show(Message(PAGE.areas, 0, PAGE.picture)),
        lambda: board.show(Message(PAGE.areas, 65536, PAGE.picture)),
        lambda: board.brightness(16),
        lambda: board.brightness(-1),
    ]
    for call in wrong:
        with pytest.raises(ValueError):
            call()
    assert station.requests == 0


def test_a_page_goes_out_by_itself(board: Board, station: Station) -> None:
    board.show(Message(PAGE.areas, 2, PAGE.picture))
    now = time.monotonic()
    assert any(station.card.pixels(now))
    assert not any(station.card.pixels(now + 2.01))


def test_silence_is_never_success(board: Board, station: Station) -> None:
    station.after_card = lambda data: b""
    calls: list[Callable[[], object]] = [
        lambda: board.show(PAGE),
        board.clear,
        lambda: board.power(on=False),
        board.status,
    ]
    board._exchange._patience = Patience(attempts=1, grace_s=0.1, pause_s=0)
    for call in calls:
        with pytest.raises(NoReply):
            call()


def test_a_damaged_answer_is_never_success(board: Board, station: Station) -> None:
    station.after_card = lambda data: data[:-4] + bytes((data[-4] ^ 4,)) + data[-3:]
    board._exchange._patience = Patience(attempts=1, grace_s=0.1, pause_s=0)
    with pytest.raises(DeviceError):
        board.show(PAGE)


def test_unplugging_is_told(board: Board, station: Station) -> None:
    board.identify()
    station.unplug()
    with pytest.raises(Unplugged):
        board.show(PAGE)


def test_one_owner_alone(card: str, board: Board, station: Station) -> None:
    with pytest.raises(Occupied, match="process"):
        open_board(card, station.path, baud=57600, address=1, width=W, height=H)
