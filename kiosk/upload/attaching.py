"""附件: files for a field of a form, chosen on the screen of handing in (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kiosk.private.files import StagedFile


@dataclass(frozen=True, slots=True)
class Attaching:
    """What a form asks for in place of a project."""

    form: str
    """Its title."""
    field: str
    """Label of the field."""
    room: int
    """How many files the field still takes."""
    have: tuple[StagedFile, ...] = field(repr=False)
    """What the field has already; the same content is not taken twice."""
    taken: Callable[[Sequence[StagedFile]], None] = field(repr=False)
    """Gets the files, staged, once the visitor puts them into the form."""
