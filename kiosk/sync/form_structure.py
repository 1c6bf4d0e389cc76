"""The part of JSON Schema (2020-12) that forms may use (pure).

Core section 10 and Validation sections 6 and 7. Left out: references, patterns and whatever a
screen could not ask for; a keyword that is not listed here is refused by its name.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

NAME = r"^[a-z][a-z0-9_]{0,39}$"
LONGEST_TEXT = 2000
"""Characters of a long text; about a page and a half."""
MOST_ITEMS = 20

Name = Annotated[str, Field(pattern=NAME)]
Value = Annotated[str, Field(min_length=1, max_length=60)]


class TextFormat(StrEnum):
    """Values of ``format``; ``date`` is JSON Schema's own, the others are ours."""

    LATIN = "latin"
    LONG_TEXT = "long-text"
    CREDIT_CODE = "credit-code"
    ID_NUMBER = "id-number"
    MOBILE = "mobile"
    TELEPHONE = "telephone"
    BANK_ACCOUNT = "bank-account"
    AMOUNT = "amount"
    DATE = "date"
    ATTACHMENT = "attachment"


FREE = {None, TextFormat.LATIN, TextFormat.LONG_TEXT}
"""Formats whose length only the form can bound."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=False
    )


class StringPart(_Part):
    """Text, or one of some values."""

    type: Literal["string"]
    format: TextFormat | None = None
    min_length: int = Field(default=0, ge=0, le=LONGEST_TEXT)
    max_length: int | None = Field(default=None, ge=1, le=LONGEST_TEXT)
    enum: tuple[Value, ...] = Field(default=(), max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _bounded(self) -> "StringPart":
        if self.enum:
            if self.format is not None or self.max_length is not None or self.min_length:
                raise ValueError("enum: stands without format and lengths")
            if len(set(self.enum)) < len(self.enum):
                raise ValueError("enum: a value stands twice")
        elif self.format in FREE and self.max_length is None:
            raise ValueError("maxLength: is missing")
        elif self.max_length is not None and self.min_length > self.max_length:
            raise ValueError("minLength: is larger than maxLength")
        return self


class BooleanPart(_Part):
    """A statement that is confirmed."""

    type: Literal["boolean"]
    const: Literal[True]


class _Wanted(_Part):
    const: Value | None = None
    enum: tuple[Value, ...] = ()
    contains: "_Wanted | None" = None

    @property
    def values(self) -> tuple[str, ...]:
        if self.contains is not None:
            return self.contains.values
        return self.enum or ((self.const,) if self.const is not None else ())


class _If(_Part):
    properties: dict[Name, _Wanted] = Field(min_length=1, max_length=1)
    required: tuple[Name, ...]

    @model_validator(mode="after")
    def _named(self) -> "_If":
        (name, wanted), *_ = self.properties.items()
        if self.required != (name,):
            raise ValueError(f"required: must be [{name}], or the rule holds where it is absent")
        if not wanted.values:
            raise ValueError(f"properties.{name}: has neither const nor enum")
        return self


class _Then(_Part):
    required: tuple[Name, ...] = Field(min_length=1)


class Rule(_Part):
    """While a choice has some value, other fields are required."""

    if_: _If = Field(alias="if")
    then: _Then


class ObjectPart(_Part):
    """A form, or one entry of a group."""

    schema_: Literal["https://json-schema.org/draft/2020-12/schema"] | None = Field(
        default=None, alias="$schema"
    )
    type: Literal["object"]
    additional_properties: Literal[False]
    properties: dict[
        Name, Annotated["StringPart | BooleanPart | ArrayPart", Field(discriminator="type")]
    ] = Field(min_length=1)
    required: tuple[Name, ...] = ()
    all_of: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_what_it_has(self) -> "ObjectPart":
        named = set(self.required)
        for rule in self.all_of:
            named |= {*rule.if_.properties, *rule.then.required}
            both = sorted(set(rule.then.required) & set(self.required))
            if both:
                raise ValueError(f"allOf: {both[0]} is required anyway")
        if strange := sorted(named - set(self.properties)):
            raise ValueError(f"required: {strange[0]} does not stand in properties")
        return self


class ArrayPart(_Part):
    """Several of some values, several entries of a group, or files."""

    type: Literal["array"]
    items: Annotated[StringPart | ObjectPart, Field(discriminator="type")]
    min_items: int = Field(default=0, ge=0, le=MOST_ITEMS)
    max_items: int = Field(ge=1, le=MOST_ITEMS)
    unique_items: bool = False

    @model_validator(mode="after")
    def _askable(self) -> "ArrayPart":
        if isinstance(self.items, ObjectPart):
            nested = [n for n, p in self.items.properties.items() if isinstance(p, ArrayPart)]
            if nested or self.items.all_of:
                raise ValueError("items: a group holds plain fields only")
        elif not self.items.enum and self.items.format is not TextFormat.ATTACHMENT:
            raise ValueError("items: are one of some values, a group, or attachments")
        if self.min_items > self.max_items:
            raise ValueError("minItems: is larger than maxItems")
        return self


ObjectPart.model_rebuild()


def read_structure(structure: dict[str, Any]) -> ObjectPart:
    """Read a form's schema. Raises ValueError, which names the place and what is wrong."""
    try:
        found = ObjectPart.model_validate(structure)
    except ValidationError as problem:
        error = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"])
        raise ValueError(f"{place}: {error['msg']}" if place else str(error["msg"])) from None
    plain = [n for n, p in found.properties.items() if _is_attachment(p)]
    if plain:
        raise ValueError(f"properties.{plain[0]}: attachments stand in an array")
    return found


def _is_attachment(part: object) -> bool:
    return isinstance(part, StringPart) and part.format is TextFormat.ATTACHMENT
