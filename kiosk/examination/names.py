"""A file's name: how it is read, shown, and what is wrong with it (pure)."""

import re
import unicodedata
from dataclasses import dataclass

from kiosk.examination.kinds import ENDINGS, PROGRAM_ENDINGS
from kiosk.examination.verdict import Finding, Verdict

MAX_NAME_BYTES = 240
"""In UTF-8. File systems hold 255, of which others need some: `.part`, ` (1)`, `~`."""
MAX_SHOWN = 255
REPLACED = "\N{REPLACEMENT CHARACTER}"

_WINDOWS_CHARACTERS = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
"""Names of devices on Windows, whatever ending follows (Naming Files, learn.microsoft.com)."""
_ENDING = re.compile(r"[0-9a-z_-]{1,20}")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it was read."""

    text: str
    """As it is sent; only to be used when no finding refuses it."""
    shown: str
    """Safe to draw: what would not be seen, or would turn the line, is replaced by a sign."""
    ending: str
    """Lower-case, without its dot; empty when there is none."""
    findings: tuple[Finding, ...]


def read_name(raw: bytes) -> Name:
    """Read the bytes of a name from a file system; UTF-8, else GBK as on older sticks."""
    findings: list[Finding] = []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
            findings.append(Finding(Verdict.NAME_AS_GBK))
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "replace")
            findings = [Finding(Verdict.NAME_UNREADABLE)]
    text = unicodedata.normalize("NFC", text)
    verdict = _problem(text)
    if verdict is not None:
        findings.append(Finding(verdict, _facts(verdict, text)))
    return Name(text, _shown(text), ending(text), tuple(findings))


def ending(text: str) -> str:
    """What follows the last dot, lower-case; empty where nothing fit for an ending does."""
    stem, dot, last = text.rpartition(".")
    last = last.lower()
    return last if dot and stem and _ENDING.fullmatch(last) else ""


def program_ending(text: str) -> str:
    """The ending by which a system would run it, or show its scripts; empty where it would not.

    Windows leaves out dots and blanks at the end of a name, and what follows a colon in it.
    """
    last = unicodedata.normalize("NFKC", text.partition(":")[0].rstrip(". "))
    return ending(last) if ending(last) in PROGRAM_ENDINGS else ""


def is_invisible(character: str) -> bool:
    """Whether it turns the line's direction, or is drawn as nothing."""
    # Variation selectors choose the shape of a rare character in a person's name; they stay.
    return unicodedata.category(character) == "Cf" or character in _FILLERS


def is_control(character: str) -> bool:
    """Whether it is a control sign, or ends a line."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp"}


def _problem(text: str) -> Verdict | None:
    """The first thing wrong with a name, worst first."""
    if text in {"", ".", ".."} or "/" in text or "\\" in text or "\0" in text:
        return Verdict.NAME_PATH
    if any(map(is_control, text)):
        return Verdict.NAME_CONTROL
    if any(map(is_invisible, text)):
        return Verdict.NAME_HIDDEN
    if any(unicodedata.category(c) in {"Cs", "Co", "Cn"} for c in text) or REPLACED in text:
        return Verdict.NAME_UNREADABLE
    if len(text.encode()) > MAX_NAME_BYTES:
        return Verdict.NAME_TOO_LONG
    double = _double(text)
    if double is not None:
        return double
    if text != text.strip() or text[0] == "." or text[-1] == ".":
        return Verdict.NAME_EDGES
    if _WINDOWS_CHARACTERS.search(text):
        return Verdict.NAME_CHARACTERS
    if _RESERVED.fullmatch(text.partition(".")[0].strip()):
        return Verdict.NAME_RESERVED
    return None


def _double(text: str) -> Verdict | None:
    """Whether it would be run as a program, in particular one that is called like a document."""
    bare = text.rstrip(". ")
    last = ending(unicodedata.normalize("NFKC", bare))
    if last not in PROGRAM_ENDINGS:
        return None
    stem = bare.rpartition(".")[0].rstrip()
    return Verdict.NAME_DOUBLE if ending(stem) in ENDINGS else Verdict.NAME_PROGRAM


def _facts(verdict: Verdict, text: str) -> dict[str, str | int]:
    if verdict in {Verdict.NAME_DOUBLE, Verdict.NAME_PROGRAM}:
        return {"ending": ending(unicodedata.normalize("NFKC", text.rstrip(". "))) or "?"}
    return {}


def _shown(text: str) -> str:
    drawn = "".join(
        REPLACED
        if is_control(c) or is_invisible(c) or unicodedata.category(c) in {"Cs", "Co", "Cn"}
        else c
        for c in text
    )
    return drawn if len(drawn) <= MAX_SHOWN else drawn[: MAX_SHOWN - 1] + "…"
