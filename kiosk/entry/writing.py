"""How values are typed and shown: groups of digits, capitals (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from kiosk.entry.amount import WrongAmount, capitals, read_amount
from kiosk.entry.dates import parts_of
from kiosk.sync.form import FieldKind, FormField
from kiosk.words import Words

_GROUPED = {FieldKind.BANK_ACCOUNT, FieldKind.MOBILE, FieldKind.TELEPHONE, FieldKind.AMOUNT}


def grouped(kind: FieldKind, text: str) -> str:
    """The text as it stands in its field, easier to compare with paper."""
    if kind is FieldKind.BANK_ACCOUNT:
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    if kind in {FieldKind.MOBILE, FieldKind.TELEPHONE} and text[:1] == "1" and "-" not in text:
        return " ".join(part for part in (text[:3], text[3:7], text[7:]) if part)
    if kind is FieldKind.AMOUNT:
        whole, point, rest = text.partition(".")
        return (f"{int(whole):,}" if whole.isdigit() and whole == str(int(whole)) else whole) + (
            point + rest
        )
    return text


def plain(kind: FieldKind, text: str) -> str:
    """The value behind what stands in a field."""
    if kind in _GROUPED:
        return text.replace(" ", "").replace(",", "")
    return text


def in_capitals(words: Words, text: str) -> str:
    """人民币大写 of an amount that is complete; empty for another one."""
    try:
        amount = read_amount(text)
        return words["entry.capitals"].format(capitals=capitals(amount))
    except WrongAmount:
        return ""


def shown(
    field: FormField, value: Any, words: Words, language: str, files: Mapping[str, str]
) -> str:
    """A value as the review lists it; `files` are names by SHA-256."""
    if value in (None, "", [], False):
        return ""
    match field.kind:
        case FieldKind.CHOICE:
            return _option(field, value, language)
        case FieldKind.CHOICES:
            return words["entry.between"].join(_option(field, each, language) for each in value)
        case FieldKind.ATTACHMENT:
            return "\n".join(files.get(each, "") for each in value)
        case FieldKind.STATEMENT:
            return words["entry.confirmed"]
        case FieldKind.GROUP:
            return "\n".join(_entry(field, each, words, language, files) for each in value)
        case FieldKind.DATE:
            year, month, day = (part.lstrip("0") for part in parts_of(value))
            return words["entry.date"].format(year=year, month=month, day=day)
        case FieldKind.AMOUNT:
            under = in_capitals(words, value)
            return grouped(field.kind, value) + (f"\n{under}" if under else "")
    return grouped(field.kind, str(value))


def _entry(
    field: FormField,
    entry: Mapping[str, Any],
    words: Words,
    language: str,
    files: Mapping[str, str],
) -> str:
    parts: Sequence[str] = [
        shown(inner, entry.get(inner.name), words, language, files).partition("\n")[0]
        for inner in field.fields
    ]
    return words["entry.between"].join(part for part in parts if part)


def _option(field: FormField, value: str, language: str) -> str:
    said = field.hints.options.get(value)
    return said.in_language(language) if said is not None else value
