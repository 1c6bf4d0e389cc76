"""What may be found about a file: a closed set, each with its words in `assets/words` (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Fact = str | int


class Grade(StrEnum):
    """What follows from a verdict."""

    ACCEPTED = "accepted"
    REMARK = "remark"
    """Accepted, and the visitor is told."""
    REFUSED = "refused"
    """Not uploaded; the file stays where it is, unchanged."""


class Verdict(StrEnum):
    """One thing found about a file; the value is its key in the words' section `examination`."""

    # Accepted
    KIND_AGREES = "kind_agrees"
    OPENS = "opens"
    OPENS_PAGES = "opens_pages"
    CLEAN = "clean"

    # Accepted with a remark
    SEALED = "sealed"
    NAME_AS_GBK = "name_as_gbk"
    SAME_CONTENT = "same_content"
    NOT_SCANNED = "not_scanned"
    TOO_LARGE_TO_SCAN = "too_large_to_scan"
    NOT_ALL_SEEN = "not_all_seen"
    SCRIPTS = "scripts"

    # Refused for the name
    NAME_PATH = "name_path"
    NAME_CONTROL = "name_control"
    NAME_HIDDEN = "name_hidden"
    NAME_CHARACTERS = "name_characters"
    NAME_RESERVED = "name_reserved"
    NAME_TOO_LONG = "name_too_long"
    NAME_DOUBLE = "name_double"
    NAME_PROGRAM = "name_program"
    NAME_EDGES = "name_edges"
    NAME_UNREADABLE = "name_unreadable"
    NAME_ENDING = "name_ending"

    # Refused for what stands under the name
    LINK = "link"
    FOLDER = "folder"
    SPECIAL = "special"
    UNREADABLE = "unreadable"
    CHANGED = "changed"

    # Refused for its size
    EMPTY = "empty"
    SPARSE = "sparse"
    TOO_LARGE = "too_large"
    TOO_LARGE_TOGETHER = "too_large_together"
    TOO_MANY = "too_many"
    NO_SPACE = "no_space"

    # Refused for its content
    PROGRAM = "program"
    MACROS = "macros"
    ENCRYPTED = "encrypted"
    KIND_DIFFERS = "kind_differs"
    TWO_KINDS = "two_kinds"
    LEADING_BYTES = "leading_bytes"
    TRAILING_BYTES = "trailing_bytes"
    HELD_PROGRAM = "held_program"
    STARTS_OTHERS = "starts_others"
    LOADS_OTHERS = "loads_others"
    DAMAGED = "damaged"
    TRUNCATED = "truncated"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ZIP_BOMB = "zip_bomb"
    ZIP_NESTED = "zip_nested"
    ZIP_PATH = "zip_path"
    ZIP_LINK = "zip_link"
    ZIP_PROGRAM = "zip_program"
    NOT_EXAMINABLE = "not_examinable"
    TOO_SLOW = "too_slow"
    MALWARE = "malware"
    SCAN_REQUIRED = "scan_required"
    DUPLICATE = "duplicate"


GRADES: Mapping[Verdict, Grade] = dict.fromkeys(Verdict, Grade.REFUSED) | {
    Verdict.KIND_AGREES: Grade.ACCEPTED,
    Verdict.OPENS: Grade.ACCEPTED,
    Verdict.OPENS_PAGES: Grade.ACCEPTED,
    Verdict.CLEAN: Grade.ACCEPTED,
    Verdict.SEALED: Grade.REMARK,
    Verdict.NAME_AS_GBK: Grade.REMARK,
    Verdict.SAME_CONTENT: Grade.REMARK,
    Verdict.NOT_SCANNED: Grade.REMARK,
    Verdict.TOO_LARGE_TO_SCAN: Grade.REMARK,
    Verdict.NOT_ALL_SEEN: Grade.REMARK,
    Verdict.SCRIPTS: Grade.REMARK,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and what its sentence needs: sizes in bytes, kinds of content by their key."""

    verdict: Verdict
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def grade(self) -> Grade:
        """What follows from it."""
        return GRADES[self.verdict]

    def __str__(self) -> str:
        # Facts may hold a visitor's file name, which has no place in a log.
        return str(self.verdict)


def grade(findings: Iterable[Finding]) -> Grade:
    """What follows from all of them: the worst counts."""
    grades = {finding.grade for finding in findings}
    return next(
        (worst for worst in (Grade.REFUSED, Grade.REMARK) if worst in grades), Grade.ACCEPTED
    )
