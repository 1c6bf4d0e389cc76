"""Files inside files: what each of them is judged by, however deep it lies."""

from collections.abc import Callable
from typing import BinaryIO

from kiosk.examination.content import HEAD, kind_of, program_offset
from kiosk.examination.kinds import ARCHIVES, OFFICE, OLD_OFFICE, PART_ENDINGS, PROGRAMS, Kind
from kiosk.examination.names import REPLACED, is_control, is_invisible, program_ending
from kiosk.examination.verdict import Finding, Grade, Verdict

MAX_DEPTH = 3
"""A document that is packed into a workbook inside a document in a ZIP."""
MAX_TELLING = 60
"""Characters of the name of a file inside that go into a sentence."""
MAX_IN_MEMORY = 16_000_000
"""Bytes of a file inside that are held in memory while it is examined."""

Look = Callable[[BinaryIO, Kind, "Holding"], tuple[Kind, list[Finding]]]
_LOOKED_INTO = frozenset({Kind.ZIP, Kind.OLE, Kind.PDF})


class Wrong(Exception):
    """Found something; the examination of this file ends."""

    def __init__(self, verdict: Verdict, **facts: str | int) -> None:
        super().__init__(verdict)
        self.finding = Finding(verdict, facts)


class Holding:
    """One file's depth, and the means to look into what it holds."""

    def __init__(self, look: Look, clock: Callable[[], float], until: float) -> None:
        """`until`: by `clock`, when what only makes sure of sizes is to be left."""
        self._look, self._clock, self._until = look, clock, until
        self.depth = 0
        self.remarks: set[Verdict] = set()

    def deeper(self) -> "Holding":
        """For a file inside this one."""
        inside = Holding(self._look, self._clock, self._until)
        inside.depth, inside.remarks = self.depth + 1, self.remarks
        return inside

    @property
    def late(self) -> bool:
        """Whether the time for making sure is over."""
        return self._clock() > self._until

    def judge_name(self, name: str, holder: Kind) -> None:
        """Raises Wrong for the name of a program."""
        found = program_ending(name)
        if found and not (holder in OFFICE and found in PART_ENDINGS):
            raise Wrong(
                Verdict.ZIP_PROGRAM if holder is Kind.ZIP else Verdict.HELD_PROGRAM,
                **_facts(name, holder),
            )

    def judge(self, name: str, file: BinaryIO, holder: Kind) -> Kind:
        """What kind a file inside a `holder` is; `name` as it may be told. Raises Wrong."""
        kind = head_kind(file)
        if kind in PROGRAMS:
            raise Wrong(
                Verdict.ZIP_PROGRAM if holder is Kind.ZIP else Verdict.HELD_PROGRAM,
                **_facts(name, holder),
            )
        if kind in _LOOKED_INTO:
            kind = self._judge_inside(name, file, kind)
        if kind in ARCHIVES:
            raise Wrong(Verdict.ZIP_NESTED, name=told(name))
        return kind

    def _judge_inside(self, name: str, file: BinaryIO, kind: Kind) -> Kind:
        if self.depth >= MAX_DEPTH:
            raise Wrong(Verdict.ZIP_NESTED, name=told(name))
        found, findings = self._look(file, kind, self.deeper())
        for finding in findings:
            if finding.grade is not Grade.REFUSED:
                self.remarks.add(finding.verdict)
            elif found in OLD_OFFICE and finding.verdict is Verdict.DAMAGED:
                # Parts of documents begin as such files do and are something else.
                return Kind.OTHER
            else:
                raise Wrong(finding.verdict, **finding.facts)
        return found


def head_kind(file: BinaryIO) -> Kind:
    """What kind an open file is by what it begins with; moves its position."""
    file.seek(0)
    head = file.read(HEAD)
    offset = program_offset(head)
    if offset >= len(head) - 4:
        file.seek(offset)
        if file.read(4) == b"PE\0\0":
            return Kind.WINDOWS_PROGRAM
    file.seek(0)
    return kind_of(head) if head else Kind.OTHER


def told(name: str) -> str:
    """A name as it may be drawn in a sentence."""
    drawn = "".join(REPLACED if is_control(c) or is_invisible(c) else c for c in name)
    return drawn if len(drawn) <= MAX_TELLING else "…" + drawn[1 - MAX_TELLING :]


def _facts(name: str, holder: Kind) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"name": told(name)}
    return facts if holder is Kind.ZIP else {**facts, "kind": holder}
