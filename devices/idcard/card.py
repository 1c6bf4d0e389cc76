"""The text of a card: 256 bytes in one of four layouts, UTF-16LE, padded with spaces (pure).

Offset/length in bytes; the letter at 248 tells the layout. Only what is used stands here::

    letter               name             number    dates (eight digits each)
    space resident       0/30             122/36    36/16 born, 188/16 from, 204/16 to
    J  HK, Macau, Taiwan 0/30             122/36    the same
    I  foreigner 2017    0/120            122/30    220/16 born, 188/16 from, 204/16 to
    Y  foreigner 2023    52/70 + 220/22   122/36    36/16 born, 188/16 from, 204/16 to

Foreigners have their Latin name; if that is blank, the Chinese one (I 158/30, Y 0/30).
"""

import re
import unicodedata
from dataclasses import dataclass

from devices.errors import Garbled
from devices.idcard.identity import CardKind, Identity
from devices.idcard.numbers import WrongNumber, check_number

Places = tuple[tuple[int, int], ...]

LENGTH = 256
LETTER = (248, 2)
KINDS = {
    " ": CardKind.RESIDENT,
    "J": CardKind.HK_MACAU_TAIWAN,
    "I": CardKind.FOREIGNER_2017,
    "Y": CardKind.FOREIGNER_2023,
}


@dataclass(frozen=True, slots=True)
class _Layout:
    names: tuple[Places, ...]
    """The name is the first of these that is not blank; its pieces are joined."""
    number: tuple[int, int]
    born: tuple[int, int]


_CHINESE, _EIGHTEEN, _BORN = ((0, 30),), (122, 36), (36, 16)
LAYOUTS = {
    CardKind.RESIDENT: _Layout((_CHINESE,), _EIGHTEEN, _BORN),
    CardKind.HK_MACAU_TAIWAN: _Layout((_CHINESE,), _EIGHTEEN, _BORN),
    CardKind.FOREIGNER_2017: _Layout((((0, 120),), ((158, 30),)), (122, 30), (220, 16)),
    CardKind.FOREIGNER_2023: _Layout((((52, 70), (220, 22)), _CHINESE), _EIGHTEEN, _BORN),
}
_VALIDITY = ((188, 16), (204, 16))
_DATE = re.compile(r"[0-9]{8}| {8}", re.ASCII)
_LONG_TERM = "长期".ljust(8)


class NotAnIdentity(Exception):
    """The text came undamaged by its shape, but it is not to be believed; says why, not what."""


def identity_of(text: memoryview) -> Identity:
    """Name and number of a card's text block.

    The XOR of a frame lets one damaged reply of 256 pass, so the shape of the dates is looked
    at too; they are not kept. Raises Garbled if the block is not of any layout, NotAnIdentity
    if the name is blank or the number is none, such as one with a wrong check digit.
    """
    if len(text) != LENGTH:
        raise Garbled(f"{len(text)} bytes of text, {LENGTH} expected")
    kind = KINDS.get(_field(text, (LETTER,)))
    if kind is None:
        raise Garbled("the letter of the layout is unknown")
    layout = LAYOUTS[kind]
    for place in (layout.born, *_VALIDITY):
        shape = _field(text, (place,))
        if not (_DATE.fullmatch(shape) or (place == _VALIDITY[1] and shape == _LONG_TERM)):
            raise Garbled("a date is none")
    name = _name(text, layout)
    number = _field(text, (layout.number,)).rstrip(" ")
    try:
        check_number(kind, number)
    except WrongNumber as problem:
        raise NotAnIdentity(f"number: {problem}") from None
    return Identity(kind, name, number)


def _name(text: memoryview, layout: _Layout) -> str:
    for places in layout.names:
        name = _field(text, places).rstrip(" ")
        if not name:
            continue
        if name[0] == " " or "  " in name:
            raise Garbled("the name has a hole")
        if not all(_is_letter(character) for character in name):
            raise Garbled("the name has characters that no name has")
        return name
    raise NotAnIdentity("name: is blank")


def _is_letter(character: str) -> bool:
    """Letters and marks of names. Rare ones may be in the private use area, or newer than this
    Python's tables."""
    category = unicodedata.category(character)
    if category == "Cn":
        return 0x20000 <= ord(character) <= 0x3FFFD
    return category[0] not in "CZ" or category == "Co" or character == " "


def _field(text: memoryview, places: Places) -> str:
    """Raises Garbled for what is not UTF-16LE."""
    raw = b"".join(text[at : at + length] for at, length in places)
    try:
        return raw.decode("utf-16-le")
    except UnicodeDecodeError:
        # The original error carries the bytes.
        raise Garbled("a field is not UTF-16LE") from None
