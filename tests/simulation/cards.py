"""The virtual card of each driver, and how to tell from the card itself what it shows."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from devices.catalogue import CARDS
from devices.led.board import Board, ClockPart, Message, clock_pieces
from devices.led.fonts import installed
from devices.led.virtual import face
from devices.led.virtual.card import Record, VirtualBoard
from devices.led.virtual.disturbance import Delivery
from devices.led.virtual.faults import Faults
from devices.led.virtual.memory import Memory
from devices.led.virtual.panel import VirtualPanel
from devices.led.virtual.text import plain

Rows = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a card shows until the second `until`, in the card's own terms."""

    lit: bool
    form: object
    """Areas with their texts, or pixels; None: nothing of the station's."""
    until: float = float("inf")


class FaultModel(Protocol):
    """See `devices.led.virtual.faults.Faults`."""

    def order(self, line: str, t: float) -> None: ...

    def request(self, data: bytes) -> bytes: ...

    def reply(self, raw: bytes) -> Delivery: ...


class FarEnd(Protocol):
    """One virtual card."""

    kinds: frozenset[str]
    """Names of the faults that such a card can have."""
    faults: FaultModel

    def exchange(self, data: bytes, t: float) -> list[Record]: ...

    def pixels(self, t: float) -> bytes: ...

    def content(self, t: float) -> Content: ...

    def form(self, message: Message) -> object:
        """The form that a card has which took `message`."""

    def form_of_texts(self, heading: str, line: str, cell: int) -> object:
        """The form of a page of these two texts."""

    def is_neutral(self, content: Content, centre: str) -> bool: ...

    def same(self, told: bytes, meant: bytes) -> bool:
        """Whether an answer that was struck by a fault is still the one that was meant."""

    def reboot(self, t: float) -> None: ...

    def clear_faults(self) -> None: ...


ANY_LINE = frozenset(
    {"none", "drop", "drop-request", "delay", "duplicate", "flip", "flip-request", "split"}
    | {"noise", "unplug", "unplug-mid-frame", "reboot", "wrong-baud"}
)
"""Faults of every line and card."""


class BxKEnd:
    """Onbon BX-K."""

    kinds = ANY_LINE | {"refuse", "busy", "lead", "double-end", "wrong-address", "full-flash"}

    def __init__(self, width: int, height: int, t: float = 0.0) -> None:
        self.card = VirtualBoard(width, height, t=t, memory=Memory())
        self.faults = Faults(self.card)
        self.exchange = self.card.exchange
        self.pixels = self.card.pixels
        self.reboot = self.card.reboot

    def content(self, t: float) -> Content:
        state = self.card.state
        zones = [zone for zone in state.zones if not zone.is_over(t)]
        form = tuple((z.x, z.y, z.width, z.height, plain(z.items)) for z in zones)
        until = min((z.since + z.timeout_s for z in zones if z.run_mode == 2), default=float("inf"))
        stored = tuple(plain(zone.items) for zone in state.program)
        return Content(face.is_lit(state, t), form or ("stored", stored), until)

    def form(self, message: Message) -> object:
        return tuple((a.x, a.y, a.width, a.height, _spoken(a.text)) for a in message.areas)

    def form_of_texts(self, heading: str, line: str, cell: int) -> object:
        width, height = self.card.width, self.card.height
        lines = 2 if height >= 2 * cell else 1
        top = (height - lines * cell) // 2
        below = top + (cell if heading else 0)
        areas = [(0, top, width, cell, heading)] if heading else []
        return (*areas, (0, below, width, cell, line))

    def is_neutral(self, content: Content, centre: str) -> bool:
        if not isinstance(content.form, tuple) or not content.lit:
            return False
        if content.form[0] == "stored":
            # Dark while nothing is stored: the last rung of the ladder of failure.
            return all(text in centre or not text.strip(" :") for text in content.form[1])
        texts = [str(area[4]) for area in content.form]
        return texts[0] in centre and bool(texts[0].strip()) and len("".join(texts[1:])) <= 6

    def same(self, told: bytes, meant: bytes) -> bool:
        def inner(raw: bytes) -> bytes:
            return raw.strip(b"\xa5").rstrip(b"\x5a")

        return inner(told) == inner(meant)

    def clear_faults(self) -> None:
        self.faults.order("clear", 0.0)


class FrameEnd:
    """The plain frame board."""

    kinds = ANY_LINE

    def __init__(self, width: int, height: int, t: float = 0.0) -> None:
        self._size = (width, height)
        self._panel = VirtualPanel(width, height)
        self.faults = Faults(_Nothing())  # type: ignore[arg-type]

    def exchange(self, data: bytes, t: float) -> list[Record]:
        return self._panel.exchange(data, t)

    def pixels(self, t: float) -> bytes:
        return self._panel.pixels(t)

    def content(self, t: float) -> Content:
        panel = self._panel
        alive = panel._alive(t)
        until = panel._until if alive else float("inf")
        return Content(panel.on, panel._packed if alive else None, until)

    def form(self, message: Message) -> object:
        return _pack(message.picture.pixels) if message.picture else None

    def form_of_texts(self, heading: str, line: str, cell: int) -> object:
        width, height = self._size
        rows = [draw(text, cell, width) for text in (heading, line) if text]
        lines = 2 if height >= 2 * cell else 1
        top = (height - lines * cell) // 2
        block = b"".join(row for text in rows for row in text)
        return _pack((bytes(top * width) + block).ljust(width * height, b"\0"))

    def is_neutral(self, content: Content, centre: str) -> bool:
        if content.form is None:
            return True
        width, height = self._size
        cell = 16 if height < 48 else height // 2
        longest = centre[: width // cell]
        top = (height - (2 if height >= 2 * cell else 1) * cell) // 2
        first = bytes(top * width) + b"".join(draw(longest, cell, width))
        return bytes(content.form).startswith(_pack(first)) and len(longest) > 0  # type: ignore[call-overload]

    def same(self, told: bytes, meant: bytes) -> bool:
        return told == meant

    def reboot(self, t: float) -> None:
        self._panel = VirtualPanel(*self._size)

    def clear_faults(self) -> None:
        self.faults = Faults(_Nothing())  # type: ignore[arg-type]


class _Nothing:
    """What the fault model of the BX-K's card wants of a card, for one that refuses nothing."""

    def __init__(self) -> None:
        self.refusals: deque[int] = deque()
        self.memory = Memory()

    def reboot(self, t: float) -> None:
        """The rig reboots the card itself."""


FAR_ENDS: Mapping[str, Callable[[int, int], Any]] = {"bx-k": BxKEnd, "frame": FrameEnd}
"""The far end of each driver of the catalogue: a new card needs one line here."""


def drive(card: str, line: Any, clock: Callable[[], float], width: int, height: int) -> Board:
    """The real driver of a card on a simulated line."""
    driver: Any = CARDS[card].driver
    board: Board = driver(
        line, width=width, height=height, address=1, speeds=(), receive_buffer=1024, clock=clock
    )
    return board


def draw(text: str, cell: int, width: int) -> Rows:
    """A line of standing text as rows of pixels, in the rig's own way."""
    rows = [bytearray() for _ in range(cell)]
    glyph = installed().glyph
    for character in text:
        for row, dots in zip(rows, glyph(character.encode("gb2312"), cell), strict=True):
            row += dots
    return tuple(bytes(row[:width].ljust(width, b"\0")) for row in rows)


def _spoken(text: str) -> str:
    return "".join(piece for piece in clock_pieces(text) if not isinstance(piece, ClockPart))


def _pack(pixels: bytes) -> bytes:
    """Four pixels in a byte, the first in the low bits."""
    padded = pixels + bytes(-len(pixels) % 4)
    parts = (int.from_bytes(padded[at::4], "big") << 2 * at for at in range(4))
    return sum(parts).to_bytes(len(padded) // 4, "big")
