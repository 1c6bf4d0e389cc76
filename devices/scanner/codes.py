"""The lines of text that a scanner sends, found in a stream of bytes (pure).

A code is ended by CR, LF or both, whatever the scanner was set to. Before it may stand the
identifier of its symbology (ISO/IEC 15424: ``]`` and two characters, ``]Q1`` for a QR code) and
control characters that frame it (STX, ETX); neither is part of it.
"""

import re

from devices.errors import Garbled

LONGEST = 1300
"""Characters of a code; the longest that is asked for has 1200, and a desk scanner reads no more
off paper. A line that never ends thus holds back at most so many bytes."""
_ENDS = b"\r\n"
_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_TEXT = re.compile(rb"[\x20-\x7e]*")
_AROUND = bytes(range(0x21)) + b"\x7f"


class Codes:
    """Collects bytes, however they are cut into pieces, until a code is complete.

    What is no code is reported as Garbled without its bytes: they may be somebody's. What has
    been used is overwritten.
    """

    def __init__(self) -> None:
        # Of one size for good: a buffer that grows leaves copies of its content behind.
        self._buffer = bytearray(LONGEST + len("]Q1") + 2)
        self._used = 0
        self._too_long = False

    @property
    def begun(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._used) or self._too_long

    def feed(self, data: bytes) -> list[str | Garbled]:
        """Take the next bytes; return what is complete by now."""
        found: list[str | Garbled] = []
        for byte in data:
            if byte in _ENDS:
                found += self._end()
            elif self._used < len(self._buffer):
                self._buffer[self._used] = byte
                self._used += 1
            else:
                self._too_long = True
        return found

    def wipe(self) -> None:
        """Overwrite and forget what has come and is not complete."""
        self._buffer[:] = bytes(len(self._buffer))
        self._used, self._too_long = 0, False

    def _end(self) -> list[str | Garbled]:
        line, too_long = bytes(self._buffer[: self._used]).strip(_AROUND), self._too_long
        self.wipe()
        if too_long:
            return [_no_code()]
        if not _TEXT.fullmatch(line):
            return [Garbled("a line that is not plain text")]
        text = line.decode("ascii")
        code = text[3:] if _IDENTIFIER.match(text) else text
        code = code.strip()
        if len(code) > LONGEST:
            return [_no_code()]
        # The second end of CR and LF, or a scanner that was pressed before nothing.
        return [code] if code else []


def _no_code() -> Garbled:
    return Garbled(f"a line of more than {LONGEST} characters")
