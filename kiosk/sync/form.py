"""表格 as data: what a centre asks visitors to fill in (pure).

``structure`` is a JSON Schema (2020-12, the subset of `kiosk.sync.form_structure`) of what is
handed in; ``steps`` give the order; ``hints`` what the schema cannot say: names, help, prefill.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kiosk.sync.form_structure import (
    NAME,
    ArrayPart,
    BooleanPart,
    ObjectPart,
    Rule,
    StringPart,
    TextFormat,
    read_structure,
)
from kiosk.sync.submission import Role

MAX_STEPS = 8
"""More have no room in the bar of steps."""
MAX_FIELDS = 40
"""Of a form, those of groups among them."""
MAX_BYTES = 64 * 1024
"""Of a form as JSON; the longest of ours has 9 KB."""

FieldName = Annotated[str, Field(pattern=NAME)]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class FieldKind(StrEnum):
    """What a field takes, and so which keys and checks it has."""

    TEXT = "text"
    LATIN = "latin"
    LONG_TEXT = "long-text"
    CREDIT_CODE = "credit-code"
    """统一社会信用代码"""
    ID_NUMBER = "id-number"
    """公民身份号码, also of permits"""
    MOBILE = "mobile"
    TELEPHONE = "telephone"
    """Mobile or landline."""
    BANK_ACCOUNT = "bank-account"
    AMOUNT = "amount"
    """Yuan, as text with at most two decimals."""
    DATE = "date"
    """As text, YYYY-MM-DD."""
    CHOICE = "choice"
    CHOICES = "choices"
    GROUP = "group"
    """The same few fields several times."""
    ATTACHMENT = "attachment"
    """SHA-256 of files of the submission."""
    STATEMENT = "statement"
    """A sentence to be confirmed."""


class Prefill(StrEnum):
    """What of the visitor's card may be put into a field for them."""

    NAME = "name"
    NUMBER = "number"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Part):
    """The same words in both languages."""

    zh: Words
    en: Words

    def in_language(self, language: str) -> str:
        """`language` is "zh" or "en"."""
        return self.en if language == "en" else self.zh


class Hints(_Part):
    """What the schema of a field does not say."""

    label: Said
    hint: Said | None = None
    """What to enter, and where it is written."""
    options: dict[str, Said] = {}
    """Names of a choice's values."""
    prefill: Prefill | None = None
    at_least: Decimal | None = Field(default=None, ge=0, decimal_places=2)
    """Yuan."""
    at_most: Decimal | None = Field(default=None, ge=0, decimal_places=2)
    """Yuan."""
    days_back: int | None = Field(default=None, ge=0, le=36525)
    """How far before today a date may lie; 0: not before today."""
    days_ahead: int | None = Field(default=None, ge=0, le=36525)
    """How far after today a date may lie; 0: not after today."""
    always_shown: bool = False
    """Also while no rule asks for it."""
    fields: dict[FieldName, "Hints"] = {}
    """Those of a group, in their order."""


class FormStep(_Part):
    """One page of a form."""

    title: Said
    fields: tuple[FieldName, ...] = Field(min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds while a field has one of some values."""

    field: str
    values: tuple[str, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """`values` are those of the form."""
        found = values.get(self.field)
        return any(each in self.values for each in (found if isinstance(found, list) else [found]))


@dataclass(frozen=True, slots=True)
class FormField:
    """A field with everything that is known of it."""

    name: str
    kind: FieldKind
    hints: Hints
    required: bool = False
    conditions: tuple[Condition, ...] = ()
    """Required while one of them holds; and asked for only then, unless always shown."""
    shortest: int = 0
    longest: int = 0
    """Characters; 0: what its kind has."""
    fewest: int = 0
    most: int = 0
    """Entries of a list."""
    options: tuple[str, ...] = ()
    fields: tuple["FormField", ...] = ()

    def is_asked(self, values: Mapping[str, Any]) -> bool:
        """Whether it is shown, given the values of the form."""
        if not self.conditions or self.hints.always_shown:
            return True
        return any(each.holds(values) for each in self.conditions)

    def is_required(self, values: Mapping[str, Any]) -> bool:
        """Whether it must be filled in, given the values of the form."""
        return self.required or any(each.holds(values) for each in self.conditions)


class Form(BaseModel):
    """表格: one version of a form; a version never changes once it was published."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["form"] = "form"
    key: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    version: int = Field(ge=1, le=9999)
    roles: tuple[Role, ...] = Field(min_length=1)
    """Who may fill it in."""
    title: Said
    about: Said | None = None
    """What it is for."""
    order: int = 0
    """Place in the centre's own list."""
    after_deadline: bool = False
    """Whether it is taken for a project whose deadline has passed, as an objection is."""
    structure: dict[str, Any]
    steps: tuple[FormStep, ...] = Field(min_length=1, max_length=MAX_STEPS)
    hints: dict[FieldName, Hints]

    @field_validator("structure")
    @classmethod
    def _known_structure(cls, structure: dict[str, Any]) -> dict[str, Any]:
        read_structure(structure)
        return structure

    @model_validator(mode="after")
    def _whole(self) -> "Form":
        """Every field is in one step, has hints and only such as its kind takes."""
        if len(json.dumps(self.structure)) > MAX_BYTES:
            raise ValueError(f"structure: longer than {MAX_BYTES} bytes")
        placed = [name for step in self.steps for name in step.fields]
        twice = sorted({name for name in placed if placed.count(name) > 1})
        if twice:
            raise ValueError(f"steps: {twice[0]} stands twice")
        known = set(read_structure(self.structure).properties)
        _same_names("steps", set(placed), known)
        _same_names("hints", set(self.hints), known)
        count = sum(1 + len(field.fields) for field in self.fields.values())
        if count > MAX_FIELDS:
            raise ValueError(f"structure: {count} fields; {MAX_FIELDS} are allowed")
        return self

    @cached_property
    def fields(self) -> dict[str, FormField]:
        """All fields, in the order of the steps."""
        structure = read_structure(self.structure)
        found = dict(_fields_of(structure, self.hints, "hints"))
        return {name: found[name] for step in self.steps for name in step.fields}

    def asked(self, step: int, values: Mapping[str, Any]) -> tuple[FormField, ...]:
        """The fields of a step that are shown, given what was entered."""
        fields = (self.fields[name] for name in self.steps[step].fields)
        return tuple(field for field in fields if field.is_asked(values))


_BY_FORMAT = {
    TextFormat.LATIN: FieldKind.LATIN,
    TextFormat.LONG_TEXT: FieldKind.LONG_TEXT,
    TextFormat.CREDIT_CODE: FieldKind.CREDIT_CODE,
    TextFormat.ID_NUMBER: FieldKind.ID_NUMBER,
    TextFormat.MOBILE: FieldKind.MOBILE,
    TextFormat.TELEPHONE: FieldKind.TELEPHONE,
    TextFormat.BANK_ACCOUNT: FieldKind.BANK_ACCOUNT,
    TextFormat.AMOUNT: FieldKind.AMOUNT,
    TextFormat.DATE: FieldKind.DATE,
}
_ONLY_FOR = {
    "options": {FieldKind.CHOICE, FieldKind.CHOICES},
    "fields": {FieldKind.GROUP},
    "at_least": {FieldKind.AMOUNT},
    "at_most": {FieldKind.AMOUNT},
    "days_back": {FieldKind.DATE},
    "days_ahead": {FieldKind.DATE},
    "prefill": {FieldKind.TEXT, FieldKind.ID_NUMBER},
}


def _fields_of(
    structure: ObjectPart, hints: Mapping[str, Hints], place: str
) -> Iterator[tuple[str, FormField]]:
    for name, part in structure.properties.items():
        told, here = hints[name], f"{place}.{name}"
        field = _field(name, part, told, here)
        conditions = tuple(
            condition
            for rule in structure.all_of
            if name in rule.then.required
            for condition in _conditions(rule, structure)
        )
        for hint, kinds in _ONLY_FOR.items():
            if getattr(told, hint) not in (None, {}) and field.kind not in kinds:
                raise ValueError(f"{here}.{hint}: not for the kind {field.kind}")
        if told.prefill is Prefill.NUMBER and field.kind is not FieldKind.ID_NUMBER:
            raise ValueError(f"{here}.prefill: a number is only for id-number")
        yield (
            name,
            FormField(
                name,
                field.kind,
                told,
                name in structure.required,
                conditions,
                field.shortest,
                field.longest,
                field.fewest,
                field.most,
                field.options,
                field.fields,
            ),
        )


def _field(name: str, part: Any, hints: Hints, place: str) -> FormField:
    """A field without what the object around it says of it."""
    if isinstance(part, BooleanPart):
        return FormField(name, FieldKind.STATEMENT, hints)
    if isinstance(part, StringPart):
        if part.enum:
            _same_names(f"{place}.options", set(hints.options), set(part.enum))
            return FormField(name, FieldKind.CHOICE, hints, options=part.enum)
        kind = FieldKind.TEXT if part.format is None else _BY_FORMAT[part.format]
        return FormField(name, kind, hints, shortest=part.min_length, longest=part.max_length or 0)
    bounds = {"fewest": part.min_items, "most": part.max_items}
    items = part.items
    if isinstance(items, ObjectPart):
        _same_names(f"{place}.fields", set(hints.fields), set(items.properties))
        inner = dict(_fields_of(items, hints.fields, f"{place}.fields"))
        ordered = tuple(inner[each] for each in hints.fields)
        return FormField(name, FieldKind.GROUP, hints, fields=ordered, **bounds)
    if items.enum:
        _same_names(f"{place}.options", set(hints.options), set(items.enum))
        return FormField(name, FieldKind.CHOICES, hints, options=items.enum, **bounds)
    return FormField(name, FieldKind.ATTACHMENT, hints, **bounds)


def _conditions(rule: Rule, structure: ObjectPart) -> Iterator[Condition]:
    for name, wanted in rule.if_.properties.items():
        allowed = _values_of(structure.properties[name])
        strange = [value for value in wanted.values if value not in allowed]
        if strange:
            raise ValueError(f"structure.allOf: {name} is never {strange[0]}")
        yield Condition(name, wanted.values)


def _values_of(part: Any) -> tuple[str, ...]:
    if isinstance(part, StringPart):
        return part.enum
    if isinstance(part, ArrayPart) and isinstance(part.items, StringPart):
        return part.items.enum
    return ()


def _same_names(place: str, found: set[str], wanted: set[str]) -> None:
    if missing := sorted(wanted - found):
        raise ValueError(f"{place}: {missing[0]} is missing")
    if strange := sorted(found - wanted):
        raise ValueError(f"{place}: {strange[0]} does not stand in the structure")
