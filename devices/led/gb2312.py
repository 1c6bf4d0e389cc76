"""The characters that a font card knows: GB 2312-80 and printable ASCII (pure).

Text goes to the card as GB 2312 codes. The mapping is that of the GBK codec, which writes the
middle dot and the dash as Chinese texts do; codes that only GBK has are not in the card's font.
"""

BACKSLASH = "\\"
"""Starts an escape on the card; how to show one is not documented, so it counts as missing."""


def _code(character: str) -> bytes | None:
    if " " <= character <= "~":
        return None if character == BACKSLASH else character.encode("ascii")
    try:
        code = character.encode("gbk")
        code.decode("gb2312")
    except UnicodeError:
        return None
    return code if len(code) == 2 else None


def missing(text: str) -> str:
    """The characters of `text` that the card's font lacks, in order, without repeats."""
    return "".join(dict.fromkeys(character for character in text if _code(character) is None))


def encode(text: str) -> bytes:
    """The card's codes of `text`. Raises ValueError that names the missing characters."""
    lacking = missing(text)
    if lacking:
        names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in lacking)
        raise ValueError(f"the card's font lacks {names}")
    return text.encode("gbk")


def decode(codes: bytes) -> str:
    """Text of codes as captured from a wire; what is no code becomes U+FFFD."""
    return codes.decode("gbk", errors="replace")


def cells(text: str) -> int:
    """Width in half cells: 1 for ASCII, 2 for all else. A half cell is font height / 2."""
    return sum(1 if character <= "\x7f" else 2 for character in text)
