"""The program memory in a file, so that it outlives the virtual board's process."""

import json
from pathlib import Path

from devices.led.virtual.memory import Memory


def load(path: Path) -> Memory:
    """An empty memory if there is no file. Raises ValueError if it is not one of `save`."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return Memory()
    try:
        files = {key.encode("ascii"): bytes.fromhex(value) for key, value in _pairs(text)}
    except (ValueError, TypeError) as problem:
        raise ValueError(f"{path}: not a flash file of a virtual board: {problem}") from None
    return Memory(files)


def save(path: Path, files: dict[bytes, bytes]) -> None:
    """Atomic. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    content = {name.decode("ascii"): data.hex() for name, data in files.items()}
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
    part.replace(path)


def _pairs(text: str) -> list[tuple[str, str]]:
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("an object of names and hexadecimal bytes expected")
    return list(content.items())
