"""What staff set at a terminal itself, above its settings file: names, limits, what counts (pure).

Only what takes effect while the program runs and touches no board: a board's schedule needs two
persons. What is not adjusted is as the settings file says.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Value = bool | int | str


class Name(StrEnum):
    """A setting that can be adjusted; also its word in section adjust."""

    LANGUAGE = "language"
    LARGE = "large"
    CONTRAST = "contrast"
    IDLE = "idle_s"
    IDENTIFIED_IDLE = "identified_idle_s"
    COUNTDOWN = "countdown_s"
    STAFF_IDLE = "staff_idle_s"
    SPEECH_PACE = "speech_pace"
    SPEECH_VOLUME = "speech_volume"
    ENTRY = "entry"
    UPLOAD = "upload"
    CHECK_IN = "check_in"


SERVICES = (Name.ENTRY, Name.UPLOAD, Name.CHECK_IN)
"""Whether the screen of this name is offered."""
PERSONAL = frozenset({*SERVICES, Name.IDENTIFIED_IDLE})
"""Of no use where nobody can be identified."""
OF_STAFF = (Name.LANGUAGE, Name.LARGE, Name.CONTRAST, Name.STAFF_IDLE)
"""All that there is where only staff sit."""


def _steps(least: int, most: int, step: int) -> tuple[int, ...]:
    return tuple(range(least, most + 1, step))


CHOICES: Mapping[Name, tuple[Value, ...]] = {
    Name.LANGUAGE: ("zh", "en"),
    Name.LARGE: (False, True),
    Name.CONTRAST: (False, True),
    Name.IDLE: _steps(30, 300, 30),
    Name.IDENTIFIED_IDLE: _steps(60, 600, 60),
    Name.COUNTDOWN: _steps(15, 60, 15),
    Name.STAFF_IDLE: _steps(60, 600, 60),
    Name.SPEECH_PACE: _steps(70, 130, 10),
    Name.SPEECH_VOLUME: _steps(40, 160, 20),
    **dict.fromkeys(SERVICES, (False, True)),
}
"""What each can be set to, in order: seconds, and percent of the usual for speech."""
USUAL: Mapping[Name, Value] = {
    Name.LARGE: False,
    Name.CONTRAST: False,
    Name.SPEECH_PACE: 100,
    Name.SPEECH_VOLUME: 100,
    **dict.fromkeys(SERVICES, True),
}
"""Of what the settings file does not tell."""


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What is adjusted. ValueError for a value that cannot be chosen."""

    values: Mapping[Name, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            if not _is_choice(name, value):
                raise ValueError(f"{name}: {value!r} cannot be chosen")

    def to_text(self) -> str:
        """As it is kept."""
        return json.dumps({str(name): self.values[name] for name in sorted(self.values)})

    @classmethod
    def from_text(cls, text: str) -> "Adjustments":
        """Read what is kept; what another version of this program kept and this one does not
        know is left out."""
        try:
            found = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        known = [name for name in Name if name in found and _is_choice(name, found[name])]
        return cls({name: found[name] for name in known})

    def stepped(self, name: Name, step: int, defaults: Mapping[Name, Value]) -> "Adjustments":
        """With the next value of a setting, or the one before; at the end it stays.

        A value that is the settings file's is none of ours any more.
        """
        choices = choices_of(name, defaults)
        at = choices.index(self.values.get(name, defaults[name])) + step
        if not 0 <= at < len(choices):
            return self
        others = {each: value for each, value in self.values.items() if each is not name}
        if choices[at] == defaults[name]:
            return Adjustments(others)
        return Adjustments({**others, name: choices[at]})

    def in_force(self, defaults: Mapping[Name, Value]) -> dict[Name, Value]:
        """Every setting as it counts."""
        return {name: self.values.get(name, defaults[name]) for name in Name}


@dataclass(frozen=True, slots=True)
class KeptAdjustments:
    """As they were saved last."""

    at: datetime
    by: str
    """Name as shown."""
    account: str
    adjustments: Adjustments


def choices_of(name: Name, defaults: Mapping[Name, Value]) -> tuple[Value, ...]:
    """What it can be set to; the settings file's own value is always among it."""
    choices, own = CHOICES[name], defaults[name]
    if own in choices:
        return choices
    return tuple(sorted((*choices, own), key=lambda value: float(value)))


def changed(before: Adjustments, after: Adjustments, defaults: Mapping[Name, Value]) -> list[Name]:
    """Names of the settings that count differently."""
    then, now = before.in_force(defaults), after.in_force(defaults)
    return [name for name in Name if then[name] != now[name]]


def offered(names: Iterable[Name], *, staff_only: bool, personal: bool, speaks: bool) -> list[Name]:
    """Those of the names that have an effect at such a terminal."""
    speech = {Name.SPEECH_PACE, Name.SPEECH_VOLUME}
    return [
        name
        for name in names
        if (not staff_only or name in OF_STAFF)
        and (personal or name not in PERSONAL)
        and (speaks or name not in speech)
    ]


def _is_choice(name: Name, value: object) -> bool:
    # True counts as 1 in Python.
    return any(type(value) is type(each) and value == each for each in CHOICES[name])
