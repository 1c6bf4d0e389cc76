"""Characters of notices: decoding them, and taking out those that only deceive (pure)."""

import re
from collections import Counter

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Byte order marks."""

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Directional marks, embeddings, overrides and isolates (UAX #9): they reorder what is read."""
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065"
    "\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default ignorable code points (DerivedCoreProperties) and marks of interlinear notes."""
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffc\ufffe\uffff"
_TAKEN_OUT = re.compile(f"([{_BIDI}]+)|([{_INVISIBLE}]+)|([{_CONTROL}]+)")
_KINDS = ("text direction", "invisible character", "control character")
_HALF = re.compile("[\ud800-\udfff]")
_HALF_WANTED = 4


def decode(html: bytes) -> tuple[str, int]:
    """Decode bytes whatever they declare; gives the text and how many characters are broken.

    UTF-8 first, then GB18030 (which holds GBK and GB2312). Bytes that are UTF-8 but for a few
    stay UTF-8: nearly every Chinese character of a GBK text is broken UTF-8.
    """
    for mark, encoding in _MARKS:
        if html.startswith(mark):
            return _told(html[len(mark) :].decode(encoding, "replace"))
    text = html.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken:
        sound = sum(not character.isascii() for character in text) - broken
        if sound < _HALF_WANTED * broken:
            other = html.decode("gb18030", "replace")
            if other.count("\ufffd") < broken:
                return _told(other)
    return text, broken


def whole(text: str) -> tuple[str, int]:
    """Put U+FFFD in place of halves of surrogate pairs; gives the text and how many."""
    return _HALF.subn("\ufffd", text)


def clean(text: str, dropped: Counter[str]) -> str:
    """Take out characters that are not to be seen, and count them by kind."""

    def take_out(match: re.Match[str]) -> str:
        dropped[_KINDS[(match.lastindex or 1) - 1]] += len(match[0])
        return "\n" if match[0] in "\u2028\u2029" else ""

    return _TAKEN_OUT.sub(take_out, text)


def _told(text: str) -> tuple[str, int]:
    return text, text.count("\ufffd")
