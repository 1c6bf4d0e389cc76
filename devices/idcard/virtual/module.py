"""The virtual SAM-V module: bytes in, bytes out, the card on it in between (pure)."""

from dataclasses import dataclass

from devices.idcard.virtual.cards import Card
from devices.idcard.virtual.wire import Ear, Told, answer

MODULE = bytes.fromhex("0500 0300 E5273501 4E61BC00 B168DE3A".replace(" ", ""))
NAMES = {
    (0x10, 0xFF): "reset",
    (0x11, 0xFF): "status",
    (0x12, 0xFF): "module id",
    (0x20, 0x01): "find",
    (0x20, 0x02): "select",
    (0x30, 0x01): "read",
}
WORK_S = {"find": 0.03, "select": 0.03, "read": 0.3}
"""Seconds that the module takes with a card when it is paced; assumed: a card of type B gives
its 1,280 bytes at 106 kbit/s in about 0.2 s."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, and what a log may tell of it: nothing that stands on the card."""

    command: str
    status: int
    raw: bytes
    work_s: float


class VirtualModule:
    """A module with or without a card on it."""

    def __init__(self) -> None:
        self._ear = Ear()
        self._found = self._selected = self._spent = False
        self.card: Card | None = None
        self.licensed = True
        self.healthy = True
        """Passes its self test."""
        self.finds_again = False
        """Finds a card again that was selected and has been left lying."""
        self.lift_after: str | None = None
        """Name of a command after whose answer the card is lifted, once."""
        self.refusals: list[int] = []
        """Status words with which the next requests are refused."""

    def lay(self, card: Card) -> None:
        """Put a card there, in place of any other. Raises NotACard."""
        card.text()
        self.lift()
        self.card = card

    def lift(self) -> None:
        self.card = None
        self._found = self._selected = self._spent = False

    def feed(self, data: bytes) -> list[Answer]:
        """Take bytes from the line; the answers in order."""
        return [self._answer(told) for told in self._ear.hear(data)]

    def _answer(self, told: Told) -> Answer:
        name = NAMES.get((told.command, told.parameter), "unknown")
        if told.error:
            status, content = told.error, b""
        elif self.refusals:
            status, content = self.refusals.pop(0), b""
        else:
            status, content = self._obey(name)
        if name == self.lift_after:
            self.lift_after = None
            self.lift()
        return Answer(name, status, answer(status, content), WORK_S.get(name, 0.0))

    def _obey(self, name: str) -> tuple[int, bytes]:
        if name == "unknown":
            return 0x21, b""
        if not self.healthy:
            return 0x60, b""
        if name == "status":
            return 0x90, b""
        if name == "module id":
            return 0x90, MODULE
        if name == "reset":
            self._found = self._selected = self._spent = False
            return 0x90, b""
        if name == "find":
            return self._find()
        if not self.licensed:
            return 0x66, b""
        return self._select() if name == "select" else self._read()

    def _find(self) -> tuple[int, bytes]:
        self._found = self.card is not None and (self.finds_again or not self._spent)
        self._selected = False
        return (0x9F, bytes(4)) if self._found else (0x80, b"")

    def _select(self) -> tuple[int, bytes]:
        if self.card is None or not self._found:
            return 0x81, b""
        self._found, self._selected, self._spent = False, True, True
        return 0x90, bytes(8)

    def _read(self) -> tuple[int, bytes]:
        if self.card is None or not self._selected:
            return 0x41, b""
        if self.card.fault:
            return self.card.fault, b""
        return 0x90, b"\x01\x00\x04\x00" + self.card.text() + self.card.photo
