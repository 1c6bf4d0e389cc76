"""What was found about a file, in words."""

from collections.abc import Iterable

from kiosk.examination.verdict import Finding, Grade
from kiosk.words import Words

_SIZES = frozenset({"size", "limit", "free", "together"})
_KINDS = frozenset({"kind", "other"})
_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB"))


def size_text(size: int) -> str:
    """A size in bytes as people read it: 48.2 MB."""
    for unit, name in _UNITS:
        if size >= unit:
            amount = size / unit
            return f"{amount:.0f} {name}" if amount >= 100 else f"{amount:.1f} {name}"
    return f"{size} B"


def sentence(words: Words, finding: Finding) -> str:
    """What was found, and for a refusal what to do."""
    told = {
        name: size_text(fact)
        if name in _SIZES and isinstance(fact, int)
        else words[f"content.{fact}"]
        if name in _KINDS
        else str(fact)
        for name, fact in finding.facts.items()
    }
    return words[f"examination.{finding.verdict}"].format(**told)


def sentences(words: Words, findings: Iterable[Finding]) -> list[str]:
    """Of a refused file only why it is refused; else everything, remarks first."""
    listed = list(findings)
    for grade in (Grade.REFUSED, Grade.REMARK):
        told = [sentence(words, each) for each in listed if each.grade is grade]
        if grade is Grade.REFUSED and told:
            return told
    accepted = [sentence(words, each) for each in listed if each.grade is Grade.ACCEPTED]
    return [*told, *accepted]
