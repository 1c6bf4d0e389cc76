"""Fields of a form on the screen, each by its kind."""

from collections.abc import Callable
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from kivy.app import App
from kivy.lang import Builder

from kiosk.entry.attached import FilesBox
from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.checks import TYPED, Path
from kiosk.entry.choices import ChosenBox, ConfirmBox
from kiosk.entry.repeated import RepeatedBox
from kiosk.entry.typed import DateBox, TypedBox
from kiosk.sync.form import FieldKind, FormField

WIDE = {
    FieldKind.LONG_TEXT,
    FieldKind.CHOICES,
    FieldKind.GROUP,
    FieldKind.ATTACHMENT,
    FieldKind.STATEMENT,
}
"""Kinds that take a whole line also where there are two columns."""
MANY_OPTIONS = 2
"""A choice of more options than these takes a whole line."""


def is_wide(field: FormField) -> bool:
    """Whether a field stands alone in its line."""
    return field.kind in WIDE or len(field.options) > MANY_OPTIONS


def field_box(path: Path, field: FormField, value: Any, tools: Tools) -> FieldBox:
    """A field ready to be filled in."""
    box = _BOXES.get(field.kind, TypedBox)(path, field, value or "", tools)
    if field.kind is not FieldKind.STATEMENT:
        box.label = field.hints.label.in_language(App.get_running_app().language)
    if field.kind not in TYPED:
        box.guide = tools.guide(field)
    return box


_BOXES: dict[FieldKind, Callable[[Path, FormField, Any, Tools], FieldBox]] = {
    FieldKind.DATE: DateBox,
    FieldKind.CHOICE: ChosenBox,
    FieldKind.CHOICES: ChosenBox,
    FieldKind.STATEMENT: ConfirmBox,
    FieldKind.ATTACHMENT: FilesBox,
    FieldKind.GROUP: partial(RepeatedBox, make=field_box),
}


Builder.load_file(str(FilePath(__file__).with_suffix(".kv")), encoding="utf-8")
