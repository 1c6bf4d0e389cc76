"""Which keys a field's keyboard has, row by row (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from kiosk.input.composer import Mode


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    DIGITS = "digits"
    CODE = "code"
    TELEPHONE = "telephone"
    AMOUNT = "amount"


TAKEN = {
    Kind.DIGITS: frozenset("0123456789"),
    Kind.CODE: frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"),
    Kind.TELEPHONE: frozenset("0123456789-+"),
    Kind.AMOUNT: frozenset("0123456789."),
}
"""Characters of the kinds that do not take every one."""


class Act(Enum):
    """What a key does."""

    TYPE = "type"
    DELETE = "delete"
    LANGUAGE = "language"
    STROKE = "stroke"
    DIGITS = "digits"
    SHIFT = "shift"
    DONE = "done"
    NOTHING = "nothing"
    """Room between keys."""


@dataclass(frozen=True, slots=True)
class Face:
    """One key: what it does, what it types, what it says, and how wide it is."""

    act: Act
    text: str = ""
    label: str = ""
    """The name of its word, where it does not show `text`."""
    width: float = 1.0
    """In widths of a letter's key; 0 takes what is left."""


Row = tuple[Face, ...]
DELETE, DONE = Face(Act.DELETE, width=1.55), Face(Act.DONE, width=1.55)
LANGUAGE = Face(Act.LANGUAGE, width=1.55)
SPACE = Face(Act.TYPE, " ", "space", width=0)
STROKE_NAMES = {"h": "一", "s": "丨", "p": "丿", "n": "丶", "z": "乙"}
SIGN = {Kind.TELEPHONE: "-", Kind.AMOUNT: "."}
"""The one of a pad that types digits."""
SIGNS = ("-/（）《》、，。：", "—_.@#*+%")


def kept(kind: Kind, text: str) -> str:
    """What a field of this kind takes of a text."""
    if kind is Kind.TEXT:
        return text
    return "".join(sign for sign in text.upper() if sign in TAKEN[kind])


def rows(kind: Kind, mode: Mode, *, digits: bool, shifted: bool, chinese: bool) -> list[Row]:
    """The keys to show; `digits`: digits and signs in the place of letters."""
    if kind is Kind.TEXT:
        return _signs() if digits else _text(mode, shifted=shifted, chinese=chinese)
    if kind is Kind.CODE:
        return [
            _letters("1234567890"),
            _letters("QWERTYUIOP"),
            (*_letters("ASDFGHJKL"), Face(Act.TYPE, "-")),
            (*_letters("ZXCVBNM"), Face(Act.DELETE, width=1.3), Face(Act.DONE, width=1.7)),
        ]
    dash = (Face(Act.TYPE, SIGN[kind]),) if kind in SIGN else (Face(Act.NOTHING),)
    pad = [_letters(line) for line in ("123", "456", "789")]
    side = (Face(Act.DELETE), Face(Act.NOTHING), Face(Act.NOTHING), Face(Act.DONE))
    last = (*dash, Face(Act.TYPE, "0"), Face(Act.NOTHING))
    return [
        tuple(Face(key.act, key.text, key.label, 1.55) for key in (*row, end))
        for row, end in zip((*pad, last), side, strict=True)
    ]


def _text(mode: Mode, *, shifted: bool, chinese: bool) -> list[Row]:
    if mode is Mode.STROKE:
        return [
            tuple(Face(Act.TYPE, key, f"stroke_{key}", width=1.9) for key in STROKE_NAMES),
            (LANGUAGE, Face(Act.NOTHING, label="stroke_order", width=0), DELETE),
            (Face(Act.DIGITS, width=1.55), Face(Act.STROKE, "", "pinyin", 1.55), SPACE, DONE),
        ]
    lines = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    first, second, third = (line.upper() if shifted else line for line in lines)
    shift = Face(Act.SHIFT, width=1.55)
    stroke = Face(Act.STROKE, "", "stroke", 1.55)
    digits = Face(Act.DIGITS, width=1.55)
    side = LANGUAGE if chinese else shift
    other = stroke if mode is Mode.PINYIN else shift
    bottom = (digits, other) if chinese else (digits,)
    return [
        _letters(first),
        _letters(second),
        (side, *_letters(third), DELETE),
        (*bottom, SPACE, DONE),
    ]


def _signs() -> list[Row]:
    return [
        _letters("1234567890"),
        _letters(SIGNS[0]),
        (*_letters(SIGNS[1]), DELETE),
        (Face(Act.DIGITS, "", "letters", 1.55), SPACE, DONE),
    ]


def _letters(signs: Sequence[str]) -> Row:
    return tuple(Face(Act.TYPE, sign) for sign in signs)
