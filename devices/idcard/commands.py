"""Commands of a SAM-V module, and which reply answers which (pure).

A reply does not say what it answers. Each command has answers of a shape of its own (status
word and number of data bytes), so that one that comes late is not taken for another's.
"""

from dataclasses import dataclass

from devices.idcard.frames import Damaged, Reply, request

OK, FOUND = 0x90, 0x9F
NO_CARD, NOT_SELECTED = 0x80, 0x81
READ_FAILED, NO_CONTENT, WRONG_CARD = 0x41, 0x91, 0x40
NOT_LICENSED = 0x66
SELF_TEST_FAILED = 0x60
DAMAGED_REQUEST = frozenset({0x10, 0x11})
AUTHENTICATION = frozenset({0x31, 0x32, 0x33})

MEANINGS = {
    0x10: "the request came with a wrong checksum",
    0x11: "the request came with a wrong length",
    0x21: "the module does not know this command",
    0x24: "the module cannot do this",
    0x31: "the card did not accept the module",
    0x32: "the module did not accept the card",
    0x33: "card and module did not accept each other",
    0x40: "this is no identity card",
    0x41: "the card could not be read",
    0x47: "the module has no random number",
    0x60: "the module's self test failed",
    0x66: "the module is not licensed",
    0x80: "no card",
    0x81: "the card could not be selected",
    0x91: "the card has no such content",
}

TEXT_LENGTH, PHOTO_LENGTH = 256, 1024
"""Bytes of the two parts of a card."""
_LENGTHS = TEXT_LENGTH.to_bytes(2, "big") + PHOTO_LENGTH.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Command:
    """What can be asked of the module."""

    name: str
    code: bytes
    success: int
    """Status word of the answer wanted."""
    data_length: int
    """Bytes of data in that answer."""
    failures: frozenset[int]
    """Status words, without data, that this command may be answered with."""

    def to_bytes(self) -> bytes:
        return request(self.code)

    def answered_by(self, found: Reply | Damaged) -> bool:
        """This is an answer to the command, good or bad; not one to another command."""
        if isinstance(found, Damaged):
            return False
        if found.status[:2] != b"\0\0":
            return False
        if found.code == self.success:
            return len(found.data) == self.data_length
        return not found.data and found.code in self.failures


_ALWAYS = frozenset({0x10, 0x11, 0x21, 0x24, 0x60, 0x66})
_CARD = _ALWAYS | AUTHENTICATION | {0x40, 0x47}

STATUS = Command("status", b"\x11\xff", OK, 0, _ALWAYS)
MODULE_ID = Command("module id", b"\x12\xff", OK, 16, _ALWAYS)
RESET = Command("reset", b"\x10\xff", OK, 0, _ALWAYS)
FIND = Command("find card", b"\x20\x01", FOUND, 4, _CARD | {NO_CARD})
SELECT = Command("select card", b"\x20\x02", OK, 8, _CARD | {NOT_SELECTED})
READ = Command(
    "read text and photo",
    b"\x30\x01",
    OK,
    len(_LENGTHS) + TEXT_LENGTH + PHOTO_LENGTH,
    _CARD | {READ_FAILED, NO_CONTENT},
)
COMMANDS = (STATUS, MODULE_ID, RESET, FIND, SELECT, READ)


def module_id(data: bytes | bytearray) -> str:
    """The module's number as it is printed on it: ``05.03-20260101-0012345678-0987654321``.

    Raises ValueError for other than 16 bytes.
    """
    if len(data) != MODULE_ID.data_length:
        raise ValueError(f"module id: {len(data)} bytes, 16 expected")
    kind, maker = (int.from_bytes(data[at : at + 2], "little") for at in (0, 2))
    made, serial, check = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12))
    return f"{kind:02}.{maker:02}-{made:08}-{serial:010}-{check:010}"


def text_block(data: bytearray) -> memoryview | None:
    """The 256 bytes of text in an answer to READ; None if it announces other parts."""
    if bytes(data[: len(_LENGTHS)]) != _LENGTHS or len(data) != READ.data_length:
        return None
    return memoryview(data)[len(_LENGTHS) : len(_LENGTHS) + TEXT_LENGTH]
