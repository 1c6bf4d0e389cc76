"""Driver of Onbon BX-K font cards. Never tried on a physical card."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from devices.errors import Garbled, Refused, TryAgain
from devices.exchange import Exchange, Patience
from devices.led import bx_k_text, bx_k_transfer
from devices.led.board import (
    Capabilities,
    DailyTimer,
    Identity,
    Message,
    Motion,
    Proof,
    Status,
    TextArea,
)
from devices.led.bx_k_areas import SLOWEST, Area, DynamicAreas, Mode, RunMode
from devices.led.bx_k_commands import (
    MAX_TIMERS,
    Brightness,
    BrightnessOfDay,
    CancelTimers,
    ClearScreen,
    Malformed,
    Ping,
    Power,
    ReadParameters,
    ReadStatus,
    Request,
    SetClock,
    SetTimers,
)
from devices.led.bx_k_files import NEUTRAL_PAGE, BlockReply, ProgramFile
from devices.led.bx_k_frames import ANY_CARD, DEVICE_TYPES, Deframer, Frame
from devices.led.bx_k_parsing import parse_reply
from devices.led.bx_k_replies import (
    UNKNOWN,
    WORTH_ANOTHER_ATTEMPT,
    Ack,
    Nack,
    ParametersReply,
    Reply,
    StatusReply,
    meaning,
)
from devices.line import Line

MAX_AREAS = 5
"""Up to 5 dynamic areas (6K)."""
RECEIVE_BUFFER = 1024
"""1024 data bytes (6K); 512 on a 5K."""
LONGEST_STAY = 0xFF
"""Half seconds. A static page is drawn anew after each stay; the longest one does so least."""

ASSUMED_SPEEDS: tuple[float, ...] = (
    *(256.0, 224.0, 192.0, 160.0, 144.0, 128.0, 112.0, 104.0, 96.0, 88.0, 80.0, 72.0, 64.0),
    *(56.0, 48.0, 40.0, 36.0, 32.0, 28.0, 24.0, 20.0, 16.0, 12.0, 8.0, 4.0),
)
"""Pixels per second of the codes 00 to 18, used until a board is calibrated.

No document tells them and boards differ: nobody has measured these.
"""

Kind = TypeVar("Kind", bound=Reply)


class BxK:
    """One connection to one card; see `devices.led.board.Board`."""

    def __init__(
        self,
        line: Line,
        *,
        width: int,
        height: int,
        address: int = 1,
        speeds: tuple[float, ...] = (),
        max_areas: int = MAX_AREAS,
        receive_buffer: int = RECEIVE_BUFFER,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `line`. `width`, `height` in pixels; `speeds` in px/s, index = speed code.

        Raises ValueError for an address that does not reply or a table that makes no sense.
        """
        if not 1 <= address <= ANY_CARD:
            raise ValueError("address: 1 to FFFE; a broadcast (FFFF) is never acknowledged")
        speeds = speeds or ASSUMED_SPEEDS
        if len(speeds) > SLOWEST + 1:
            raise ValueError(f"speeds: {len(speeds)} values, the card has {SLOWEST + 1} codes")
        if min(speeds) <= 0 or any(after >= before for before, after in itertools.pairwise(speeds)):
            raise ValueError("speeds: pixels per second above zero, each below the one before")
        self._line = line
        self._width = width
        self._height = height
        self._address = address
        self._receive_buffer = receive_buffer
        self._exchange: Exchange[Frame] = Exchange(line, Deframer, patience=patience, clock=clock)
        self._fences: Iterator[tuple[Request, type[Reply]]] = itertools.cycle(
            ((ReadStatus(), StatusReply), (ReadParameters(), ParametersReply))
        )
        self._capabilities = Capabilities(
            speeds=speeds,
            max_areas=max_areas,
            coded_text=True,
            pictures=False,
            stored_page=True,
            timers=MAX_TIMERS,
            half_hour_brightness=True,
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def identify(self) -> Identity:
        """Ping, then read the parameters."""
        self._ask(Ping(), Ack)
        frame, reply = self._ask(ReadParameters(), ParametersReply)
        model = DEVICE_TYPES.get(frame.device_type, "BX-K")
        return Identity(model=model, width=reply.width, height=reply.height)

    def status(self) -> Status:
        _, reply = self._ask(ReadStatus(), StatusReply)
        return Status(on=reply.on, brightness=reply.brightness, clock=reply.clock)

    def show(self, message: Message) -> Proof:
        """Dynamic areas cannot be read back: acknowledged is all there is."""
        self._ask(self._request(message), Ack)
        return Proof.ACKNOWLEDGED

    def clear(self) -> None:
        self._ask(DynamicAreas(delete_all=True), Ack)

    def set_clock(self, local: datetime) -> None:
        self._ask(SetClock(local=local), Ack)

    def power(self, *, on: bool) -> None:
        self._ask(Power(on=on), Ack)

    def brightness(self, level: int) -> None:
        self._ask(Brightness(level=level), Ack)

    def brightness_by_half_hour(self, levels: Sequence[int]) -> None:
        self._ask(BrightnessOfDay(levels=tuple(levels)), Ack)

    def set_timers(self, timers: Sequence[DailyTimer]) -> None:
        self._ask(SetTimers(timers=tuple(timers)), Ack)

    def cancel_timers(self) -> None:
        self._ask(CancelTimers(), Ack)

    def clear_screen(self) -> None:
        self._ask(ClearScreen(), Ack)

    def store_neutral(self, areas: Sequence[TextArea]) -> bool:
        self._check_count(areas)
        page = ProgramFile(
            areas=tuple(
                replace(self._area(number, area, 0), run_mode=RunMode.LOOP)
                for number, area in enumerate(areas)
            )
        )
        return bx_k_transfer.store(
            lambda request, kind: self._ask(request, kind)[1],
            NEUTRAL_PAGE,
            page.to_bytes(),
            receive_buffer=self._receive_buffer,
        )

    def close(self) -> None:
        self._line.close()

    def _request(self, message: Message) -> DynamicAreas:
        if not 1 <= message.lifetime_s <= 0xFFFF:
            raise ValueError(f"lifetime: {message.lifetime_s} s, 1 to 65535 allowed")
        if message.picture is not None and not message.areas:
            raise ValueError("message: only a picture, the card shows coded text alone")
        self._check_count(message.areas)
        request = DynamicAreas(
            delete_all=True,
            areas=tuple(
                self._area(number, area, message.lifetime_s)
                for number, area in enumerate(message.areas)
            ),
        )
        length = len(request.to_bytes())
        if length > self._receive_buffer:
            raise ValueError(
                f"message of {length} bytes, the card's receive buffer holds"
                f" {self._receive_buffer}: shorten the text"
            )
        return request

    def _check_count(self, areas: Sequence[TextArea]) -> None:
        if len(areas) > self._capabilities.max_areas:
            raise ValueError(f"{len(areas)} areas, the card takes {self._capabilities.max_areas}")

    def _area(self, number: int, area: TextArea, lifetime_s: int) -> Area:
        self._check(number, area)
        moving = area.motion is Motion.LEFT
        return Area(
            id=number,
            x=area.x,
            y=area.y,
            width=area.width,
            height=area.height,
            text=bx_k_text.compose(area),
            mode=Mode.LEFT if moving else Mode.STATIC,
            speed=self._speed_code(number, area.pixels_per_second) if moving else 0,
            stay=0 if moving else LONGEST_STAY,
            run_mode=RunMode.DELETE_AT_TIMEOUT,
            timeout_s=lifetime_s,
        )

    def _check(self, number: int, area: TextArea) -> None:
        if (
            area.x < 0
            or area.y < 0
            or area.width < 1
            or area.height < 1
            or area.x + area.width > self._width
            or area.y + area.height > self._height
        ):
            raise ValueError(
                f"area {number}: {area.width}x{area.height} at {area.x},{area.y} is outside the"
                f" board of {self._width}x{self._height}"
            )
        if not area.text:
            raise ValueError(f"area {number}: no text")
        if area.height < area.font:
            raise ValueError(f"area {number}: {area.height} px are too low for font {area.font}")
        needed = bx_k_text.width(area)
        if area.motion is Motion.STATIC and needed > area.width:
            raise ValueError(
                f"area {number}: static text of {needed} px does not fit {area.width} px"
            )

    def _speed_code(self, number: int, wanted: float) -> int:
        if not wanted > 0:
            raise ValueError(f"area {number}: moving text needs a speed above 0 px/s")
        speeds = self._capabilities.speeds
        return min(range(len(speeds)), key=lambda code: (abs(speeds[code] - wanted), -code))

    def _ask(self, request: Request, kind: type[Kind]) -> tuple[Frame, Kind]:
        if kind is Ack and self._exchange.owed:
            self._let_late_answers_pass()
        frame = Frame(data=request.to_bytes(), destination=self._address)

        def match(found: Frame) -> tuple[Frame, Kind] | None:
            return _answer(found, kind) if found.answers(self._address) else None

        return self._exchange.ask(frame.to_bytes(), match)

    def _let_late_answers_pass(self) -> None:
        """An ACK does not say what it answers, so one to a request that was given up must not
        count for the next. The card answers in order: once it has answered a question, all
        answers to what was asked before have come. The questions take turns, so that a late
        answer to the one before is not taken for this one's."""
        question, kind = next(self._fences)
        frame = Frame(data=question.to_bytes(), destination=self._address)

        def match(found: Frame) -> bool | None:
            return (found.answers(self._address) and _tells(found, kind)) or None

        self._exchange.ask(frame.to_bytes(), match)
        self._exchange.owed = 0


def _tells(frame: Frame, kind: type[Reply]) -> bool:
    """Whatever the layout; a card that does not know the question says so instead.

    Raises TryAgain."""
    if frame.data[:2] == bytes((Nack.GROUP, Nack.COMMAND)):
        error = frame.data[2] if len(frame.data) > 2 else 0
        if error in WORTH_ANOTHER_ATTEMPT:
            raise TryAgain(error, meaning(error))
        return error in UNKNOWN
    return frame.data[:2] == bytes((kind.GROUP, kind.COMMAND))


def _answer(frame: Frame, kind: type[Kind]) -> tuple[Frame, Kind] | None:
    """The reply if it is of the wanted kind, None if it answers something else.

    Raises TryAgain and Refused for a NACK, Garbled for a wanted reply of an unknown layout.
    """
    try:
        reply = parse_reply(frame.data)
    except Malformed as problem:
        if frame.data[:2] not in (
            bytes((kind.GROUP, kind.COMMAND)),
            bytes((Nack.GROUP, Nack.COMMAND)),
        ):
            return None
        raise Garbled(str(problem), frame.to_bytes()) from None
    if isinstance(reply, Nack):
        refusal = TryAgain if reply.error in WORTH_ANOTHER_ATTEMPT else Refused
        raise refusal(reply.error, reply.meaning)
    if not isinstance(reply, kind):
        return None
    if reply.error and not isinstance(reply, BlockReply):
        raise Refused(reply.error, f"{reply.NAME} with an error")
    return frame, reply
