"""涉密: recognising a secret project, which never enters this system (domain rule 6, pure).

The answer names where it was seen, never what was written there.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

_FIELDS = frozenset({"secrecy", "secret", "classification", "密级", "涉密", "是否涉密"})
_EXPLICIT_NO = frozenset({"no", "公开", "无", "否", "false", "0"})
_TITLE_FIELDS = frozenset({"title", "notice_name"})
_MARKING = re.compile(r"(?:绝密|(?<!商业)(?:机密|秘密))[^\S\r\n]*★")
"""The marking of a classified paper, such as 机密★5年; a star also marks strict clauses."""
_TITLE = re.compile(r"(?<!非)涉密(项目|工程|采购)|[(【\[〔]涉密[)】\]〕]")


def secrecy_of(record: object) -> str | None:
    """Tell why a record counts as secret, or None. Looks into every nested value."""
    for path, name, value in _values(record, "", ""):
        if name in _FIELDS and not _is_explicit_no(value) and not _is_ocds_class(name, value):
            return f"{path}: marks a secret project; such a record must never enter this system"
        if not isinstance(value, str):
            continue
        if _MARKING.search(unicodedata.normalize("NFKC", value)):
            return f"{path}: bears a secrecy marking; such a record must never enter this system"
        if name in _TITLE_FIELDS and _TITLE.search(_compact(value)):
            return f"{path}: names a secret project; such a record must never enter this system"
    return None


def _values(value: object, path: str, name: str) -> Iterator[tuple[str, str, object]]:
    """Walk over every value with its path and the folded name of the field that holds it."""
    if path:
        yield path, name, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            folded = _compact(str(key)).casefold()
            shown = folded[:40] if folded in _FIELDS or folded.isascii() else "field"
            yield from _values(inner, f"{path}.{shown}" if path else shown, folded)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _values(inner, f"{path}[{number}]", name)


def _is_explicit_no(value: object) -> bool:
    if isinstance(value, (bool, int, str)):
        return _compact(str(value)).casefold() in _EXPLICIT_NO
    return isinstance(value, list) and bool(value) and all(map(_is_explicit_no, value))


def _is_ocds_class(name: str, value: object) -> bool:
    """OCDS 1.1 files items under `classification`, an object with a scheme: not a secrecy level."""
    return name == "classification" and isinstance(value, Mapping) and "scheme" in value


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
