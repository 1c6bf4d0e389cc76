"""The driver against the virtual board, over a pty."""

# The card keeps local time without a zone.
# ruff: noqa: DTZ001

import time
from collections.abc import Callable
from datetime import datetime
from datetime import time as clock

import pytest

from devices import catalogue
from devices.errors import Garbled, NoReply, Refused, TryAgain, Unplugged
from devices.exchange import Patience
from devices.led import fonts
from devices.led.board import Colour, DailyTimer, Message, Motion, Picture, TextArea
from devices.led.bx_k import ASSUMED_SPEEDS, BxK
from devices.led.bx_k_frames import ANY_CARD, Frame
from devices.led.bx_k_replies import Ack, Nack
from devices.led.virtual.card import VirtualBoard
from devices.line import Line

TITLE = TextArea(x=0, y=0, width=192, height=16, text="明堂公共资源交易中心")
MOVING = TextArea(
    x=0,
    y=16,
    width=192,
    height=16,
    text="招标公告 A-12",
    motion=Motion.LEFT,
    pixels_per_second=64,
    colour=Colour.GREEN,
)
MESSAGE = Message(areas=(TITLE, MOVING), lifetime_s=60)


def shown(area: TextArea) -> list[bytes]:
    """Rows of the area's text as the font has them, from its left edge, cut to nothing."""
    rows = [b""] * area.font
    glyph = fonts.installed().glyph
    for character in area.text:
        for at, row in enumerate(glyph(character.encode("gbk"), area.font)):
            rows[at] += row
    return rows


def test_the_whole_story_on_every_wire(wire: str, station, connect) -> None:
    board = connect()
    card = station.card
    assert board.identify().width == 192 and board.identify().height == 32
    board.set_clock(datetime(2026, 11, 23, 8, 30, 0))
    board.power(on=False)
    board.brightness(4)
    status = board.status()
    assert (status.on, status.brightness) == (False, 4)
    assert status.clock is not None
    assert 0 <= (status.clock - datetime(2026, 11, 23, 8, 30)).total_seconds() <= 2
    board.power(on=True)
    assert board.status().on
    board.show(MESSAGE)
    assert [zone.timeout_s for zone in card.state.zones] == [60, 60]
    assert card.state.zones[1].pixels_per_second == 64
    pixels = card.pixels(time.monotonic())
    width = card.width
    for y, row in enumerate(shown(TITLE)):
        assert pixels[y * width : (y + 1) * width] == row.ljust(width, b"\0")
    board.clear()
    assert not any(card.pixels(time.monotonic()))


@pytest.mark.parametrize(
    ("font", "colour", "code"),
    [(16, Colour.RED, 1), (24, Colour.GREEN, 2), (32, Colour.YELLOW, 3)],
)
def test_a_static_text_is_the_font_glyph_by_glyph(station, connect, font, colour, code) -> None:
    area = TextArea(x=3, y=0, width=180, height=32, text="开标g7", font=font, colour=colour)
    connect().show(Message((area,), 9))
    pixels = station.card.pixels(time.monotonic())
    rows = shown(area)
    assert any(any(row) for row in rows)
    for y in range(32):
        lit = rows[y] if y < font else b""
        wanted = (bytes(3) + bytes(dot * code for dot in lit)).ljust(192, b"\0")
        assert pixels[y * 192 : (y + 1) * 192] == wanted


def test_text_whose_codes_need_escaping_on_the_wire(station, connect) -> None:
    area = TextArea(0, 0, 192, 16, "Z[ウΖ骸アＺ")
    assert {0xA5, 0xA6, 0x5A, 0x5B} <= set(area.text.encode("gbk"))
    connect().show(Message((area,), 60))
    pixels = station.card.pixels(time.monotonic())
    for y, row in enumerate(shown(area)):
        assert pixels[y * 192 : (y + 1) * 192] == row.ljust(192, b"\0")


def test_show_is_one_request_that_replaces_everything(station, connect) -> None:
    board = connect()
    board.show(MESSAGE)
    before = station.requests
    board.show(Message((MOVING,), 7))
    assert station.requests == before + 1
    (zone,) = station.card.state.zones
    assert (zone.number, zone.mode, zone.run_mode, zone.timeout_s) == (0, 3, 2, 7)


def test_a_static_page_just_stands(station, connect) -> None:
    connect().show(Message((TITLE,), 3600))
    start = time.monotonic()
    first = station.card.pixels(start)
    assert any(first)
    assert {station.card.pixels(start + second) for second in range(0, 3590, 7)} == {first}
    (zone,) = station.card.state.zones
    assert zone.stay_s == 127.5


def test_clock_parts_are_filled_in_by_the_card(station, connect) -> None:
    board = connect()
    board.set_clock(datetime(2026, 11, 23, 8, 5, 0))
    text = "{year}-{month}-{day} {hour}:{minute} {s}{"
    board.show(Message((TextArea(0, 0, 192, 16, text),), 60))
    pixels = station.card.pixels(time.monotonic())
    rows = shown(TextArea(0, 0, 192, 16, "2026-11-23 08:05 {s}{"))
    assert [pixels[y * 192 : (y + 1) * 192] for y in range(16)] == [
        row.ljust(192, b"\0")[:192] for row in rows
    ]


@pytest.mark.parametrize(
    ("wanted", "got"), [(64, 64), (65, 64), (68, 64), (1000, 256), (0.5, 4), (127.9, 128)]
)
def test_the_nearest_speed_is_taken_the_slower_of_two(station, connect, wanted, got) -> None:
    area = TextArea(0, 0, 192, 16, "字", motion=Motion.LEFT, pixels_per_second=wanted)
    connect().show(Message((area,), 60))
    assert station.card.state.zones[0].pixels_per_second == got


def test_a_measured_table_decides_the_speed_code(station, connect) -> None:
    board = connect(speeds=(100.0, 50.0, 25.0))
    area = TextArea(0, 0, 192, 16, "字", motion=Motion.LEFT, pixels_per_second=30)
    board.show(Message((area,), 60))
    assert station.card.state.zones[0].pixels_per_second == 192.0
    assert board.capabilities.speeds == (100.0, 50.0, 25.0)


@pytest.mark.parametrize(
    ("area", "reason"),
    [
        (TextArea(0, 0, 192, 16, "堃㙍"), "堃"),
        (TextArea(0, 0, 192, 16, "a\\C1"), "U\\+005C"),
        (TextArea(0, 0, 192, 16, "一\n二"), "U\\+000A"),
        (TextArea(0, 0, 193, 16, "字"), "outside"),
        (TextArea(0, 17, 192, 16, "字"), "outside"),
        (TextArea(-1, 0, 192, 16, "字"), "outside"),
        (TextArea(0, 0, 0, 16, "字"), "outside"),
        (TextArea(0, 0, 192, 16, ""), "no text"),
        (TextArea(0, 0, 192, 16, "字", font=24), "too low"),
        (TextArea(0, 0, 192, 32, "字", font=12), "font 12"),
        (TextArea(0, 0, 31, 16, "二字"), "does not fit"),
        (TextArea(0, 0, 31, 16, "{year}"), "does not fit"),
        (TextArea(0, 0, 192, 16, "字", motion=Motion.LEFT), "speed above 0"),
        (TextArea(0, 0, 192, 16, "字" * 500, motion=Motion.LEFT, pixels_per_second=8), "buffer"),
    ],
)
def test_what_the_card_cannot_show_is_refused_unsent(station, connect, area, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        connect().show(Message((area,), 60))
    assert station.requests == 0


def test_more_of_anything_than_the_card_takes_is_refused(station, connect) -> None:
    board = connect()
    small = tuple(TextArea(x * 16, 0, 16, 16, "字") for x in range(6))
    with pytest.raises(ValueError, match="6 areas, the card takes 5"):
        board.show(Message(small, 60))
    board.show(Message(small[:5], 60))
    for lifetime in (0, 65536):
        with pytest.raises(ValueError, match="lifetime"):
            board.show(Message((TITLE,), lifetime))
    with pytest.raises(ValueError, match="level 16"):
        board.brightness(16)


def test_the_receive_buffer_is_used_to_the_last_byte(station, connect) -> None:
    board = connect(receive_buffer=512)

    def area(count: int) -> TextArea:
        return TextArea(0, 0, 192, 16, "x" * count, motion=Motion.LEFT, pixels_per_second=8)

    overhead = 5 + 2 + 2 + 27 + len(rb"\FO000\C1")
    board.show(Message((area(512 - overhead),), 60))
    with pytest.raises(ValueError, match="513 bytes"):
        board.show(Message((area(513 - overhead),), 60))


def answer(data: bytes, request: Frame | None = None) -> bytes:
    return Frame(data=data, destination=0x8000, source=1, preamble=9).to_bytes()


def instead(replies: list[bytes]) -> Callable[[bytes], bytes]:
    """The card's replies, replaced one by one as long as the list lasts."""
    waiting = iter(replies)
    return lambda data: next(waiting, data)


def test_a_refusal_carries_the_code_and_is_not_repeated(station, connect) -> None:
    station.after_card = instead([answer(Nack(error=4).to_bytes())])
    with pytest.raises(Refused, match="memory") as refusal:
        connect().show(MESSAGE)
    assert refusal.value.code == 4 and not isinstance(refusal.value, TryAgain)
    assert station.requests == 1


@pytest.mark.parametrize("code", [3, 5])
def test_busy_and_damaged_are_asked_again(station, connect, code) -> None:
    station.after_card = instead([answer(Nack(error=code).to_bytes())] * 2)
    start = time.monotonic()
    connect(patience=Patience(grace_s=5.0, pause_s=0.02)).show(MESSAGE)
    assert station.requests == 3
    assert time.monotonic() - start < 5.0, "a busy card was waited for as if it were silent"


def test_busy_to_the_end_is_reported_as_such(station, connect) -> None:
    station.after_card = instead([answer(Nack(error=3).to_bytes())] * 3)
    with pytest.raises(Refused, match="busy"):
        connect().show(MESSAGE)
    assert station.requests == 3


def test_foreign_and_stale_replies_are_skipped(station, connect) -> None:
    foreign = Frame(data=Ack().to_bytes(), destination=0x8000, source=2).to_bytes()
    elsewhere = Frame(data=Ack().to_bytes(), destination=0x8001, source=1).to_bytes()
    stale = answer(Nack(error=4).to_bytes())
    board = connect()
    station.say(stale)
    station.after_card = lambda data: b"\x00noise\xa5" + foreign + elsewhere + b"\xa5\x5a" + data
    assert board.identify().height == 32
    assert station.requests == 2


class LateWire:
    """A line with a card whose answers are late or lost; its clock moves when it is waited on."""

    baud = 57600

    def __init__(self, *late_s: float | None) -> None:
        """Seconds until each answer, in order; None: the card never got the request."""
        self.t = 0.0
        self.echo_s: float | None = None
        """Each answer comes again so much later."""
        self.card = VirtualBoard(192, 32)
        self._late_s = list(late_s)
        self._coming: list[tuple[float, bytes]] = []

    def send(self, data: bytes, *, timeout_s: float) -> None:
        late_s = self._late_s.pop(0)
        if late_s is not None:
            due = max([self.t + late_s, *(at for at, _ in self._coming)])
            answer = b"".join(self.card.feed(data, self.t))
            self._coming.append((due, answer))
            if self.echo_s is not None:
                self._coming.append((due + self.echo_s, answer))

    def receive(self, *, timeout_s: float) -> bytes:
        if not self._coming or self._coming[0][0] > self.t + timeout_s:
            self.t += timeout_s
            return b""
        at, data = self._coming.pop(0)
        self.t = max(self.t, at)
        return data

    def discard_input(self) -> int:
        return sum(len(data) for data in iter(lambda: self.receive(timeout_s=0.0), b""))

    def close(self) -> None:
        """Nothing is held."""


def test_a_late_ack_never_counts_for_the_next_request() -> None:
    """The first page's two answers come late, the second after the next page was begun."""
    wire = LateWire(2.3, 2.2, 0.01, None, None, None)
    board = BxK(wire, width=192, height=32, clock=lambda: wire.t)
    board.show(MESSAGE)
    with pytest.raises(NoReply):
        board.show(Message((TextArea(0, 0, 192, 16, "另一页"),), 60))


def test_an_echoed_ack_never_counts_for_the_next_request() -> None:
    wire = LateWire(0.01, None, None, None)
    wire.echo_s = 0.005
    board = BxK(wire, width=192, height=32, clock=lambda: wire.t)
    board.power(on=True)
    with pytest.raises(NoReply):
        board.show(MESSAGE)


def test_a_sound_line_is_not_asked_twice() -> None:
    wire = LateWire(0.01, 0.01)
    board = BxK(wire, width=192, height=32, clock=lambda: wire.t)
    board.show(MESSAGE)
    board.show(MESSAGE)


def test_only_foreign_replies_are_no_reply(station, connect) -> None:
    foreign = Frame(data=Ack().to_bytes(), destination=0x8000, source=2).to_bytes()
    station.after_card = lambda data: foreign
    with pytest.raises(NoReply, match="3 attempts"):
        connect().show(MESSAGE)
    assert station.requests == 3


def test_an_ack_does_not_answer_a_question(station, connect) -> None:
    station.after_card = lambda data: answer(Ack().to_bytes())
    with pytest.raises(NoReply):
        connect().status()


def test_a_status_of_another_layout_is_garbled(station, connect) -> None:
    station.after_card = lambda data: answer(bytes.fromhex("A182000000 01"))
    with pytest.raises(Garbled, match="expected 10"):
        connect().status()


def test_a_wrong_baud_gets_no_reply(station, connect) -> None:
    right = connect()
    right.identify()
    spoken = station.baud_constant()
    right.close()
    wrong = connect(baud=9600)
    station.before_card = lambda data: data if station.baud_constant() == spoken else b""
    with pytest.raises(NoReply):
        wrong.identify()


def test_a_wrong_address_gets_no_reply_and_any_card_does(station, connect) -> None:
    with pytest.raises(NoReply):
        connect(address=2).identify()
    assert station.requests == 3


def test_the_address_of_any_card_is_answered(station, connect) -> None:
    assert connect(address=ANY_CARD).identify().model == "BX-K"


@pytest.mark.parametrize("address", [0, 0xFFFF])
def test_an_address_that_never_replies_is_refused(connect, address) -> None:
    with pytest.raises(ValueError, match="address"):
        connect(address=address)


@pytest.mark.parametrize("speeds", [(1.0,) * 2, (1.0, 2.0), (2.0, 0.0), tuple(range(26, 0, -1))])
def test_a_table_of_speeds_that_makes_no_sense_is_refused(connect, speeds) -> None:
    with pytest.raises(ValueError, match="speeds"):
        connect(speeds=speeds)


def test_unplugging_is_told_at_once(station, connect) -> None:
    board = connect()
    board.identify()
    station.unplug()
    start = time.monotonic()
    with pytest.raises(Unplugged):
        board.show(MESSAGE)
    assert time.monotonic() - start < 0.2


def test_a_closed_board_is_not_used_again(connect) -> None:
    board = connect()
    board.close()
    with pytest.raises(Unplugged):
        board.identify()


def test_the_assumed_speeds_are_a_table_a_card_could_have() -> None:
    assert len(ASSUMED_SPEEDS) == 25
    assert sorted(ASSUMED_SPEEDS, reverse=True) == list(ASSUMED_SPEEDS)


def test_the_catalogue_opens_a_card_by_name(station) -> None:
    place = {"baud": 57600, "address": 1, "width": 192, "height": 32}
    board = catalogue.open_board("bx-k", station.path, **place)
    assert board.identify().width == 192
    board.close()
    assert catalogue.card_named("bx-k").speeds == ASSUMED_SPEEDS
    with pytest.raises(ValueError, match="there are: bx-k"):
        catalogue.open_board("bx-7", station.path, **place)
    with pytest.raises(Unplugged):
        catalogue.open_board("bx-k", "/dev/there-is-none", **place)
    with pytest.raises(ValueError, match="protocol"):
        catalogue.open_board("bx-k", "nothing://x", **place)


def test_a_refused_setting_leaves_the_line_free(station) -> None:
    place = {"baud": 57600, "width": 192, "height": 32}
    with pytest.raises(ValueError):
        catalogue.open_board("bx-k", station.path, address=0, **place)
    catalogue.open_board("bx-k", station.path, address=1, **place).close()


def test_two_programs_cannot_share_a_board(station, connect) -> None:
    connect()
    with pytest.raises(Unplugged):
        Line(station.path, baud=57600)


def test_the_deadline_follows_the_length_and_the_baud() -> None:
    class Silent:
        baud = 2400
        now = 0.0
        waits: list[float]

        def send(self, data: bytes, *, timeout_s: float) -> None:
            self.waits.append(timeout_s)

        def receive(self, *, timeout_s: float) -> bytes:
            self.now += timeout_s
            return b""

        def discard_input(self) -> int:
            return 0

        def close(self) -> None: ...

    silent = Silent()
    silent.waits = []
    board = BxK(silent, width=192, height=32, patience=Patience(), clock=lambda: silent.now)
    with pytest.raises(NoReply):
        board.clear()
    length = len(Frame(data=bytes.fromhex("A306010000 FF00")).to_bytes())
    assert silent.waits == [pytest.approx(length * 10 / 2400 + 2.0)] * 3
    assert silent.now == pytest.approx(3 * silent.waits[0])


def test_timers_switch_the_screen_by_the_card_s_clock(station, connect) -> None:
    board, card = connect(), station.card
    board.show(Message((TITLE,), 0xFFFF))
    board.set_clock(datetime(2026, 11, 23, 8, 29, 0))
    start = time.monotonic()
    board.set_timers([DailyTimer(clock(8, 30), clock(12)), DailyTimer(clock(13), clock(17, 30))])
    hours = {0: False, 2: True, 210: True, 212: False, 272: True, 540: True, 542: False}
    for minute, lit in hours.items():
        assert any(card.pixels(start + minute * 60)) == lit, minute
    assert not board.status().on
    board.power(on=True)
    assert board.status().on, "a command holds until the next moment of a timer"
    assert not any(card.pixels(start + 212 * 60))
    board.power(on=False)
    board.cancel_timers()
    assert not any(card.pixels(start + 2 * 60))


@pytest.mark.parametrize(
    ("on", "off"), [(clock(8), clock(8)), (clock(18), clock(6)), (clock(8), clock(9, 0, 1))]
)
def test_a_timer_does_not_pass_midnight(on, off) -> None:
    with pytest.raises(ValueError, match=r"not later|whole minutes"):
        DailyTimer(on, off)


def test_brightness_by_half_hours(station, connect) -> None:
    board = connect()
    levels = [2] * 16 + [12] * 20 + [5] * 12
    board.brightness_by_half_hour(levels)
    for hour, level in ((7, 2), (8, 12), (17, 12), (18, 5), (23, 5)):
        board.set_clock(datetime(2026, 11, 23, hour, 59, 0))
        assert board.status().brightness == level
    with pytest.raises(ValueError, match="47 levels"):
        board.brightness_by_half_hour(levels[1:])
    with pytest.raises(ValueError, match="level 16"):
        board.brightness_by_half_hour([16] * 48)


def test_a_neutral_page_stands_when_the_message_is_over(station, connect) -> None:
    board, card = connect(), station.card
    assert board.store_neutral((TITLE,))
    neutral = card.pixels(time.monotonic())
    (zone,) = card.state.program
    assert (zone.run_mode, zone.timeout_s) == (0, 0), "no timeout ends it"
    for y, row in enumerate(shown(TITLE)):
        assert neutral[y * 192 : (y + 1) * 192] == row.ljust(192, b"\0")
    board.show(Message((MOVING,), 9))
    then = time.monotonic()
    assert card.pixels(then) != neutral and card.pixels(then + 9) == neutral
    assert card.pixels(then + 90000) == neutral
    before = station.requests
    assert not board.store_neutral((TITLE,))
    assert station.requests == before + 2 and card.memory.writes == 1
    assert board.store_neutral((MOVING,)) and card.memory.writes == 2


def test_a_picture_alone_is_refused(station, connect) -> None:
    with pytest.raises(ValueError, match="coded text alone"):
        connect().show(Message((), 60, Picture(2, 1, b"\0\1")))
    assert station.requests == 0
