"""Whether what was entered may be handed in, and what to put right (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from kiosk.entry import numbers
from kiosk.entry.amount import WrongAmount, read_amount
from kiosk.entry.dates import check_date, in_full
from kiosk.entry.finding import GOOD, Finding, Verdict, still_open, wrong
from kiosk.sync.form import FieldKind, Form, FormField, Hints
from kiosk.words import Words

Path = tuple[str | int, ...]
"""Of a value: a field's name; in a group also the number of the entry and the inner name."""

TYPED = frozenset(FieldKind) - {
    FieldKind.CHOICE,
    FieldKind.CHOICES,
    FieldKind.GROUP,
    FieldKind.ATTACHMENT,
    FieldKind.STATEMENT,
}
"""Kinds whose value is text that somebody types."""
_MISSING = {
    FieldKind.CHOICE: "choose",
    FieldKind.CHOICES: "choose",
    FieldKind.ATTACHMENT: "attach",
    FieldKind.STATEMENT: "confirm",
    FieldKind.GROUP: "group",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the way of one field; it never holds the value."""

    path: Path
    hints: Hints
    key: str
    """Of the words in the section "check"."""
    told: Mapping[str, str] = field(default_factory=dict)

    def under(self, words: Words) -> str:
        """The remedy, for below the field."""
        return words[f"check.{self.key}"].format(**self.told)

    def named(self, words: Words, language: str) -> str:
        """Field and remedy, for a list."""
        label = self.hints.label.in_language(language)
        return words["check.named"].format(field=label, remedy=self.under(words))


def look_at(field: FormField, value: Any, today: date | None) -> Finding:
    """Judge one value while it is typed or chosen; what is missing is not wrong yet.

    `today` is None while no clock is proven: then no date is too early or too late.
    """
    if value in (None, "", [], False) or (isinstance(value, str) and not value.strip()):
        return Finding(Verdict.EMPTY, _MISSING.get(field.kind, "missing"))
    if field.kind in TYPED:
        return _text(field, str(value), today)
    if isinstance(value, list) and len(value) < field.fewest:
        return still_open("too_few", least=str(field.fewest))
    if isinstance(value, list) and len(value) > field.most:
        return wrong("too_many", most=str(field.most))
    if field.kind is FieldKind.GROUP:
        # Its entries are judged one by one.
        return Finding(Verdict.OPEN)
    return GOOD


def faults_of(
    form: Form, values: Mapping[str, Any], today: date | None, *, step: int | None = None
) -> tuple[Fault, ...]:
    """Everything that must be put right, in the order of the form; of one step, or of all."""
    handed = handed_in(form, values)
    found: dict[Path, Fault] = {}
    for problem in Draft202012Validator(form.structure).iter_errors(handed):
        for fault in _structural(form, problem):
            found.setdefault(fault.path, fault)
    for path, each, value in entries(form, handed):
        finding = look_at(each, value, today)
        if finding.verdict in {Verdict.OPEN, Verdict.WRONG} and finding.fault:
            found[path] = Fault(path, each.hints, finding.fault, finding.told)
    order = _places(form)
    names = None if step is None else set(form.steps[step].fields)
    wanted = (each for each in found.values() if names is None or each.path[0] in names)
    return tuple(sorted(wanted, key=lambda fault: _place(order, fault.path)))


def handed_in(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are handed in: nothing empty, and nothing that is not asked for."""
    found = {}
    for name, each in form.fields.items():
        if each.is_asked(values):
            value = _plain(each, values.get(name))
            if value not in (None, "", [], False):
                found[name] = value
    return found


def entries(form: Form, values: Mapping[str, Any]) -> Iterator[tuple[Path, FormField, Any]]:
    """Every value that is there, those within groups too."""
    for name, each in form.fields.items():
        if name not in values:
            continue
        yield (name,), each, values[name]
        if each.kind is FieldKind.GROUP:
            for number, entry in enumerate(values[name]):
                for inner in each.fields:
                    if inner.name in entry:
                        yield (name, number, inner.name), inner, entry[inner.name]


def field_at(form: Form, path: Path) -> FormField:
    """The field that a path leads to. Raises KeyError."""
    found = form.fields[str(path[0])]
    if len(path) < 3:
        return found
    inner = {each.name: each for each in found.fields}
    return inner[str(path[2])]


def _text(field: FormField, text: str, today: date | None) -> Finding:
    match field.kind:
        case FieldKind.CREDIT_CODE:
            return numbers.credit_code(text)
        case FieldKind.ID_NUMBER:
            return numbers.id_number(text, today)
        case FieldKind.MOBILE | FieldKind.TELEPHONE:
            return numbers.telephone(text, mobile=field.kind is FieldKind.MOBILE)
        case FieldKind.BANK_ACCOUNT:
            return numbers.bank_account(text)
        case FieldKind.AMOUNT:
            return _amount(text, field.hints)
        case FieldKind.DATE:
            return check_date(text, field.hints, today)
    length = len(text.strip())
    if length < field.shortest:
        return still_open("too_short", least=str(field.shortest))
    if field.longest and length > field.longest:
        return wrong("too_long", most=str(field.longest), over=str(length - field.longest))
    return GOOD


def _amount(text: str, hints: Hints) -> Finding:
    if text.endswith(".") and text[:-1].isascii() and text[:-1].isdigit():
        return still_open("amount")
    try:
        amount = read_amount(text)
    except WrongAmount:
        return wrong("amount")
    if hints.at_most is not None and amount > hints.at_most:
        return wrong("amount_high", bound=f"{hints.at_most:,f}")
    if hints.at_least is not None and amount < hints.at_least:
        # Further digits make it larger.
        return still_open("amount_low", bound=f"{hints.at_least:,f}")
    return GOOD


def _structural(form: Form, problem: ValidationError) -> Iterator[Fault]:
    path: Path = tuple(problem.absolute_path)
    if problem.validator == "required":
        for name in problem.validator_value:
            if name not in problem.instance:
                yield _missing(form, (*path, name))
        return
    if problem.validator == "additionalProperties" or not path:
        # Only what the form has is ever entered.
        return
    if len(path) == 2:
        path = path[:1]
    each = field_at(form, path)
    told = {"least": str(problem.validator_value), "most": str(problem.validator_value)}
    key = {
        "minLength": "too_short",
        "maxLength": "too_long",
        "minItems": "too_few",
        "maxItems": "too_many",
        "uniqueItems": "twice",
    }.get(str(problem.validator), _MISSING.get(each.kind, "missing"))
    if key == "too_long":
        told["over"] = str(len(problem.instance) - problem.validator_value)
    yield Fault(path, each.hints, key, told)


def _missing(form: Form, path: Path) -> Fault:
    each = field_at(form, path)
    return Fault(path, each.hints, _MISSING.get(each.kind, "missing"))


def _plain(field: FormField, value: Any) -> Any:
    """A value as it is handed in: without spaces around it, dates in full."""
    if field.kind is FieldKind.GROUP:
        return [_plain_entry(field, entry) for entry in value or ()]
    if not isinstance(value, str):
        return value
    return in_full(value) if field.kind is FieldKind.DATE else value.strip()


def _plain_entry(field: FormField, entry: Mapping[str, Any]) -> dict[str, Any]:
    plain = {inner.name: _plain(inner, entry.get(inner.name)) for inner in field.fields}
    return {name: value for name, value in plain.items() if value not in (None, "", False)}


def _places(form: Form) -> dict[str, int]:
    names: Iterable[str] = form.fields
    return {name: number for number, name in enumerate(names)}


def _place(order: Mapping[str, int], path: Path) -> tuple[int, int, int]:
    number = int(path[1]) if len(path) > 1 else -1
    return order[str(path[0])], number, len(path)
