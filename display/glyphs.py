"""Characters that a GB2312 font lacks, and what may stand in their place (pure).

Only forms of the same sign are exchanged, never words: the board says what the notice says.
"""

SUBSTITUTES = {
    "\u00a0": " ",
    "\u2002": " ",
    "\u2003": " ",
    "\u2009": " ",
    "\t": " ",
    "\n": " ",
    "\r": " ",
    "•": "·",
    "‧": "·",
    "・": "·",
    "〇": "○",
    "〜": "～",
    "–": "—",
    "―": "—",
    "−": "－",
    "‐": "-",
    "‑": "-",
    "㎡": "平方米",
    "\\": "＼",
    "{": "｛",
    "}": "｝",
    "€": "欧元",
    "①": "(1)",
    "②": "(2)",
    "③": "(3)",
    "④": "(4)",
    "⑤": "(5)",
}
"""Sign → form that every GB2312 font has. A backslash and braces would be read as commands
by the card or its driver, so their full-width forms stand in. Nothing here may change the
value of a number: ½ and ² have no form of their own in GB2312 and are not replaced."""

_TABLE = str.maketrans(SUBSTITUTES)
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def for_board(text: str) -> str:
    """`text` in forms that the board's font is most likely to have, on one line."""
    return text.translate(_INVISIBLE).translate(_TABLE)
