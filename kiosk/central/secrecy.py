"""涉密: recognising a secret project, which never enters this system (domain rule 6, pure).

The answer names where it was seen, never what was written there. Words that speak of secrets
without making the project one (商业秘密, 非涉密, 涉密…资质) stay open, so the patterns ask for
the whole phrase that marks a project.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal

_ABOUT = "(?!载体|(?:信息)?(?:系统)?(?:集成)?资质)"
"""What follows 涉密 where a bidder must be able to keep secrets, but the project is open."""
_STEM = re.compile(rf"密级|密等级|涉密{_ABOUT}|国家秘密|secre(?:cy|t(?!ar))")
"""Inside the name of a field: 保密级别, 涉密等级, 是否涉密, isSecret; but no secretary."""
_CLASS = re.compile("classification|confidential")
"""Fields that also file by trade or by kind; only the name of a level in them counts."""
_NO = frozenset(
    {
        *("", "no", "n", "none", "false", "0", "public", "open", "unclassified"),
        *("公开", "无", "否", "不涉密", "非涉密", "不涉及", "无密级", "非密"),
    }
)
_TITLE_FIELDS = frozenset({"title", "notice_name", "project_name"})

_LEVEL = "(?<!商业)(?:绝密|机密|秘密)"
_CLASS_VALUE = re.compile(
    r"(?:国家)?(?:绝密|机密|秘密|涉密)(?:级|项目|工程|件|事项)?(?:[★*(].*|\d+年.*)?"
    r"|(?:top|state)?[-_]?secret|confidential|classified"
)
_MARKING = re.compile(_LEVEL + r"[^\S\r\n]*★")
"""The marking of a classified paper, such as 机密★5年; a star also marks strict clauses."""
_TITLE = re.compile(
    r"(?<![非不])涉密(?:项目|工程|采购)"
    r"|[(【\[〔](?:涉密|(?:绝密|机密|秘密)级?)[)】\]〕]"
    rf"|{_LEVEL}级(?:别|的)?(?:项目|工程|招标|采购)"
)
_SENTENCE = re.compile(
    r"(?<![如若果])本(?:次|招标|采购){0,2}(?:项目|工程|标段|采购|招标)(?:为|属于?|系|是)(?:国家)?"
    rf"(?:涉密{_ABOUT}|(?:绝密|机密|秘密)(?:级|项目|工程))"
    r"|密级(?:别)?(?:为|是|:)(?:绝密|机密|秘密)"
)


def secrecy_of(record: object) -> str | None:
    """Tell why a record counts as secret, or None. Looks into every nested value."""
    for path, name, value in _values(record):
        if _STEM.search(name) and not _is_no(value):
            return f"{path}: marks a secret project; such a record must never enter this system"
        if _CLASS.search(name) and _is_level(value):
            return f"{path}: names a secrecy level; such a record must never enter this system"
        if not isinstance(value, str):
            continue
        plain = unicodedata.normalize("NFKC", value)
        if _MARKING.search(plain):
            return f"{path}: bears a secrecy marking; such a record must never enter this system"
        text = "".join(plain.split())
        if _SENTENCE.search(text):
            return f"{path}: says that it is secret; such a record must never enter this system"
        if name.rpartition("/")[2] in _TITLE_FIELDS and _TITLE.search(text):
            return f"{path}: names a secret project; such a record must never enter this system"
    return None


def _values(record: object) -> Iterator[tuple[str, str, object]]:
    """Walk over every value, with its path to be shown and the folded name of its field.

    Below a field that files by class the name tells both: ``classification/id``.
    """
    waiting: list[tuple[str, str, object]] = [("", "", record)]
    while waiting:
        path, name, value = waiting.pop()
        if path:
            yield path, name, value
        if isinstance(value, Mapping):
            found = _CLASS.search(name)
            inside = f"{found[0]}/" if found else ""
            inner = [(_shown(_fold(key)), inside + _fold(key), part) for key, part in value.items()]
            waiting += [(f"{path}.{key}" if path else key, n, part) for key, n, part in inner[::-1]]
        elif isinstance(value, list):
            items = [(f"{path}[{number}]", name, part) for number, part in enumerate(value)]
            waiting += items[::-1]


def _shown(folded: str) -> str:
    """A field's name, unless it may be a stray piece of the text."""
    if folded.isascii():
        return folded[:40]
    stem = _STEM.search(folded)
    return stem[0] if stem else "field"


def _is_no(value: object) -> bool:
    """Tell whether a value is empty or says in so many words that nothing is secret."""
    if value is None or isinstance(value, (bool, int, Decimal)):
        return not value
    if isinstance(value, str):
        return _fold(value) in _NO
    if isinstance(value, Mapping):
        return all(map(_is_no, value.values()))
    return isinstance(value, list) and all(map(_is_no, value))


def _is_level(value: object) -> bool:
    return isinstance(value, str) and _CLASS_VALUE.fullmatch(_fold(value)) is not None


def _fold(text: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(text)).split()).casefold()
