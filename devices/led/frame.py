"""Driver of the plain frame board: takes each page as pixels, for previews and tests."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from devices.errors import Unverified
from devices.exchange import Exchange, Patience
from devices.led.board import (
    HALF_HOURS,
    Capabilities,
    DailyTimer,
    Identity,
    Message,
    Picture,
    Proof,
    Status,
    TextArea,
)
from devices.led.frame_state import MAX_PIXELS, FrameDeframer, FrameState, Kind
from devices.line import Line

MODEL = "frame"


class FrameBoard:
    """One connection to one frame board; see `devices.led.board.Board`.

    On ``loop://`` it needs no far end: `shown` is then the preview.
    """

    def __init__(
        self,
        line: Line,
        *,
        width: int,
        height: int,
        address: int = 1,
        speeds: tuple[float, ...] = (),
        receive_buffer: int = 0,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `line`. `width`, `height` in pixels; it has no addresses, speeds or limits.

        Raises ValueError for a size that no message can hold.
        """
        if width < 1 or height < 1 or width * height > MAX_PIXELS:
            raise ValueError(f"size: {width}x{height}, 1 to {MAX_PIXELS} pixels expected")
        self._line = line
        self._exchange: Exchange[FrameState] = Exchange(
            line, FrameDeframer, patience=patience, clock=clock
        )
        self._state = FrameState(kind=Kind.TELL, sequence=0, width=width, height=height)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(speeds=(), max_areas=0, coded_text=False, pictures=True)

    @property
    def shown(self) -> Picture | None:
        """What the board told last that it holds."""
        return self._state.picture

    def identify(self) -> Identity:
        told = self._ask(replace(self._state, picture=None))
        return Identity(model=MODEL, width=told.width, height=told.height)

    def status(self) -> Status:
        told = self._ask(replace(self._state, picture=None))
        return Status(on=told.on, brightness=told.brightness, clock=told.clock)

    def show(self, message: Message) -> Proof:
        """Raises Unverified if the board tells another picture than it was given."""
        if not 1 <= message.lifetime_s <= 0xFFFF:
            raise ValueError(f"lifetime: {message.lifetime_s} s, 1 to 65535 allowed")
        picture, state = message.picture, self._state
        if picture is None:
            raise ValueError("message: no picture, the board shows nothing else")
        if (picture.width, picture.height) != (state.width, state.height):
            raise ValueError(
                f"picture of {picture.width}x{picture.height} is not of the board of"
                f" {state.width}x{state.height}"
            )
        self._show(picture, message.lifetime_s)
        return Proof.READ_BACK

    def clear(self) -> None:
        self._show(None, 0)

    def clear_screen(self) -> None:
        self._show(None, 0)

    def set_clock(self, local: datetime) -> None:
        if local.tzinfo is not None:
            raise ValueError("clock: local time without zone")
        self._set(replace(self._state, clock=local.replace(microsecond=0)))

    def power(self, *, on: bool) -> None:
        self._set(replace(self._state, clock=None, on=on))

    def brightness(self, level: int) -> None:
        if not 0 <= level <= 15:
            raise ValueError(f"brightness: level {level}, expected 0 to 15")
        self._set(replace(self._state, clock=None, brightness=level))

    def brightness_by_half_hour(self, levels: Sequence[int]) -> None:
        raise ValueError(f"brightness: a frame board has one level, not {HALF_HOURS} a day")

    def set_timers(self, timers: Sequence[DailyTimer]) -> None:
        raise ValueError("timers: a frame board has none")

    def cancel_timers(self) -> None:
        """Nothing to do: there are none."""

    def store_neutral(self, areas: Sequence[TextArea]) -> bool:
        raise ValueError("neutral page: a frame board stores none")

    def close(self) -> None:
        self._line.close()

    def _set(self, wish: FrameState) -> None:
        told = self._ask(replace(wish, kind=Kind.SET, picture=None))
        if (told.on, told.brightness) != (wish.on, wish.brightness):
            raise Unverified("frame board: it tells other settings than it was given")

    def _show(self, picture: Picture | None, lifetime_s: int) -> None:
        wish = replace(self._state, kind=Kind.SHOW, picture=picture, lifetime_s=lifetime_s)
        told = self._ask(wish)
        if told.picture != picture:
            raise Unverified("frame board: it tells another picture than it was given")
        self._state = replace(self._state, picture=picture, lifetime_s=lifetime_s)

    def _ask(self, wish: FrameState) -> FrameState:
        sequence = (self._state.sequence + 1) % 256
        self._state = replace(self._state, sequence=sequence)
        request = replace(wish, sequence=sequence)

        def match(found: FrameState) -> FrameState | None:
            same = (found.kind, found.sequence) == (request.kind, sequence)
            return found if same else None

        told = self._exchange.ask(request.to_bytes(), match)
        known = told.clock or self._state.clock
        self._state = replace(self._state, on=told.on, brightness=told.brightness, clock=known)
        return told
