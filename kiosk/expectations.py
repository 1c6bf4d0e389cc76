"""What a model of pydantic expected, in words for the person who wrote the file.

The one place where pydantic's own words are translated; a kind that is not in the table is
named by its code, which the tests look for.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

UNKNOWN_KEY = "unknown key; remove it or correct its name"
UNKNOWN_SECTION = "unknown section; remove it or correct its name"
_WITHOUT_QUOTES = ", without quotes"
_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": 'text in quotes, as "…"',
    "path_type": 'a path in quotes, as "…"',
    "list_type": "a list in brackets, as […]",
    "tuple_type": "a list in brackets, as […]",
    "set_type": "a list in brackets, as […]",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "model_attributes_type": "a table of keys and values",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "string_too_short": "no fewer than {min_length} characters",
    "string_too_long": "no more than {max_length} characters",
    "too_short": "no fewer than {min_length} entries",
    "too_long": "no more than {max_length} entries",
    "string_pattern_mismatch": "text of the form {pattern}",
}
_SCALARS = ("int_type", "float_type", "bool_type")


def expectation(error: ErrorDetails, description: str = "") -> str:
    """What is wrong with one value; `description` is what the model says of its field."""
    kind, meant = str(error["type"]), f" ({description})" if description else ""
    if kind == "extra_forbidden":
        whole = len(error["loc"]) == 1 and isinstance(error.get("input"), dict | list)
        return UNKNOWN_SECTION if whole else UNKNOWN_KEY
    if kind == "missing":
        return f"is missing{meant}"
    if kind == "value_error":
        return _expected(str(error["msg"]).removeprefix("Value error, ")) + meant
    if kind == "string_pattern_mismatch" and description:
        return f"expected: {description}"
    template = _EXPECTED.get(kind)
    if template is None:
        return f"cannot be used ({kind}){meant}"
    given: Mapping[str, Any] = error.get("ctx", {})
    told = template.format_map(given)
    if kind in _SCALARS and isinstance(error.get("input"), str):
        told += _WITHOUT_QUOTES
    return f"expected: {told}{meant}"


def _expected(told: str) -> str:
    """Validators say what they want, or a whole sentence that stands as it is."""
    wants = ("a device path", "a path", "one of ", "one address", "at most ")
    return f"expected: {told}" if told.startswith(wants) else told


def first_fault(problem: ValidationError) -> str:
    """The first thing that a model did not take, with its place, without a word of the values."""
    error = problem.errors(include_url=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    told = expectation(error)
    return f"{place}: {told}" if place else told
