"""Reading a TOML file that a person wrote; what is wrong with it is told with what to do."""

import re
import tomllib
from pathlib import Path
from typing import Any

_LINE = re.compile(r"\(at line (\d+), column \d+\)$")
_BARE = re.compile(r"^\s*[\w.-]+\s*=\s*[^\s\"'\[{]")


class Unreadable(Exception):
    """The file stays unread; the message says why and what to do, without the file's name."""


def read_toml(path: Path) -> dict[str, Any]:
    """What the file says. Raises FileNotFoundError and Unreadable."""
    try:
        return parse_toml(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise Unreadable(f"cannot be read: {problem.strerror}") from None


def parse_toml(content: bytes) -> dict[str, Any]:
    """What these bytes say; a byte order mark is left out. Raises Unreadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(
            f"is not UTF-8 (byte {problem.start + 1}); save the file as UTF-8"
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise Unreadable(f"cannot be read as TOML: {_remedy(str(problem), text)}") from None


def _remedy(told: str, text: str) -> str:
    found = _LINE.search(told)
    if found is None:
        return f"{told}: a bracket or a quote is not closed"
    number = int(found[1])
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    if told.startswith("Illegal character '\\n'"):
        return f"line {number}: a quote is not closed"
    bare = told.startswith(("Invalid value", "Expected newline")) and _BARE.match(line)
    if bare:
        return f'line {number}: texts and times stand in quotes, as "08:30"; numbers without'
    if told.startswith("Cannot"):
        return f"line {number}: this key or section stands there twice"
    return f"line {number}: {told[: found.start()].strip()}"
