"""What an input method does, and the one that knows no Chinese (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Schema(StrEnum):
    """How Chinese is typed."""

    PINYIN = "mingtang_pinyin"
    STROKE = "mingtang_stroke"


KEYS = {Schema.PINYIN: frozenset("abcdefghijklmnopqrstuvwxyz'"), Schema.STROKE: frozenset("hspnz")}
"""Keys that a schema takes."""


@dataclass(frozen=True, slots=True)
class Composition:
    """What has been typed and is not in the field yet."""

    settled: str = ""
    """Characters that were chosen for its beginning."""
    letters: str = ""
    """The rest as the visitor reads it: syllables set apart, strokes as strokes."""
    keys: str = ""
    """The keys of that rest."""
    committed: str = ""
    """Text for the field, from this very call."""

    @property
    def preedit(self) -> str:
        return self.settled + self.letters

    def __bool__(self) -> bool:
        return bool(self.settled or self.keys)


class InputMethod(Protocol):
    """Makes Chinese of keys; remembers nothing beyond its composition."""

    def feed(self, key: str) -> Composition:
        """Take one key of the schema's `KEYS`."""

    def backspace(self) -> Composition:
        """Take back the last key, or the last choice."""

    def choose(self, index: int) -> Composition:
        """Take candidate `index`, counted from the first one of all."""

    def candidates(self, start: int, count: int) -> Sequence[str]:
        """At most `count` candidates from `start` on."""

    def select(self, schema: Schema) -> None:
        """Change the schema; the composition is given up."""

    def clear(self) -> None:
        """Give up the composition."""

    def forget(self) -> None:
        """Give up everything that was typed, in memory too: another visitor comes."""
