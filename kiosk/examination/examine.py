"""The examination of one file, from its name to its last byte; runs in a worker.

Cheap questions come first and the first refusal ends it: name, what stands under it, size,
content, and then, in one pass over all bytes, digest and virus scanner.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kiosk.examination import content, opening
from kiosk.examination.clamd import Scan, Scanned, Scanner, Unscanned
from kiosk.examination.inside import look_inside
from kiosk.examination.kinds import (
    ENDINGS,
    OFFICE,
    PICTURES,
    PROGRAMS,
    SEALED_TYPE,
    Kind,
    media_type,
)
from kiosk.examination.names import Name, read_name
from kiosk.examination.pdf_pages import count_pages
from kiosk.examination.policy import MB, Policy
from kiosk.examination.verdict import Fact, Finding, Grade, Verdict, grade

PIECE = 1 << 20
"""Bytes read at once; the global lock is given up while they are read and hashed."""
SLOWEST = 1_000_000
"""Bytes a second of the slowest stick that is waited for; with scanning, an old one has 4 MB/s."""
PATIENCE_S = 150.0
"""Beside what the size allows; the virus scanner may take most of it."""

Progress = Callable[[int, int], None]
"""Hears bytes read and bytes in all, after each PIECE."""
Stop = Callable[[], bool]
PageCounter = Callable[[int, Callable[[], None]], int | Finding]
"""Counts the pages of an open file; see `kiosk.examination.pdf_pages.count_pages`."""


class Stopped(Exception):
    """Nobody waits for the result any more."""


class _TooSlow(Exception):
    """The deadline passed."""


class _Refused(Exception):
    """There is a reason to refuse the file; nothing more is looked at."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.verdict)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files that were chosen before in this visit."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Name by SHA-256."""
    size: int = 0
    """Bytes of all together."""
    count: int = 0

    def with_file(self, examined: "Examination") -> "Chosen":
        """With one more."""
        if examined.sha256 is None or examined.size is None:
            raise ValueError("a file without a digest was not accepted")
        return Chosen(
            {**self.names, examined.sha256: examined.name},
            self.size + examined.size,
            self.count + 1,
        )


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found about a file."""

    name: str = field(repr=False)
    """As it is sent; only for an accepted file."""
    name_shown: str = field(repr=False)
    """Safe to draw, whatever the name is."""
    size: int | None
    """Bytes; None where nothing was opened."""
    sha256: str | None
    """Of all bytes, in hex; None for a refused file."""
    kind: Kind | None
    """What it is by its content; None for sealed files and where nothing was opened."""
    media_type: str
    pages: int | None
    """Of a PDF that was opened."""
    findings: tuple[Finding, ...]

    @property
    def grade(self) -> Grade:
        """Whether it is accepted."""
        return grade(self.findings)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts, in the order in which they were found."""
        return tuple(finding.verdict for finding in self.findings)


def examine(
    source: opening.Source,
    policy: Policy,
    *,
    chosen: Chosen | None = None,
    scanner: Scanner | None = None,
    pages: PageCounter = count_pages,
    free: int | None = None,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Examination:
    """Examine a file. `free`: bytes free where a copy would go, None where none is made.

    Raises Stopped soon after `stop` returns True; everything else is a finding.
    """
    run = _Examination(
        policy,
        chosen or Chosen(),
        scanner,
        pages,
        free,
        progress,
        stop,
        clock,
        read_name(source.name),
    )
    return run.run(source)


class _Examination:
    """One run; used once."""

    def __init__(
        self,
        policy: Policy,
        chosen: Chosen,
        scanner: Scanner | None,
        pages: PageCounter,
        free: int | None,
        progress: Progress | None,
        stop: Stop,
        clock: Callable[[], float],
        name: Name,
    ) -> None:
        self._policy, self._chosen, self._scanner, self._pages = policy, chosen, scanner, pages
        self._free, self._progress, self._stop, self._clock = free, progress, stop, clock
        self._name = name
        self._sealed = name.ending in policy.sealed
        self._findings: list[Finding] = []
        self._size: int | None = None
        self._sha256: str | None = None
        self._kind: Kind | None = None
        self._page_count: int | None = None
        self._until = clock() + PATIENCE_S

    def run(self, source: opening.Source) -> Examination:
        """Go through all stages, or to the first refusal."""
        self._check()
        try:
            self._judge_name()
            with opening.opened(source) as number:
                self._examine(number)
        except (_Refused, opening.NotOpened) as refusal:
            self._findings.append(refusal.finding)
        except _TooSlow:
            self._findings.append(Finding(Verdict.TOO_SLOW))
        except OSError:
            # The stick was pulled out, or is damaged.
            self._findings.append(Finding(Verdict.UNREADABLE))
        accepted = grade(self._findings) is not Grade.REFUSED
        return Examination(
            self._name.text,
            self._name.shown,
            self._size,
            self._sha256 if accepted else None,
            self._kind,
            SEALED_TYPE if self._sealed or self._kind is None else media_type(self._kind),
            self._page_count,
            tuple(self._findings),
        )

    def _check(self) -> None:
        if self._stop():
            raise Stopped
        if self._clock() > self._until:
            raise _TooSlow

    def _refuse(self, verdict: Verdict, **facts: Fact) -> None:
        raise _Refused(Finding(verdict, facts))

    def _judge_name(self) -> None:
        for finding in self._name.findings:
            if finding.grade is Grade.REFUSED:
                raise _Refused(finding)
            self._findings.append(finding)
        allowed = (*self._policy.types, *self._policy.sealed)
        if self._name.ending not in allowed:
            self._refuse(Verdict.NAME_ENDING, endings=" ".join(allowed))

    def _examine(self, number: int) -> None:
        before = os.fstat(number)
        self._size = before.st_size
        self._until += before.st_size / SLOWEST
        self._judge_size(number, before.st_size)
        self._judge_content(number, before.st_size)
        self._check()
        scanned = self._read_all(number, before.st_size)
        after = os.fstat(number)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            self._refuse(Verdict.CHANGED)
        self._judge_scan(scanned)
        self._judge_duplicate()

    def _judge_size(self, number: int, size: int) -> None:
        policy, chosen = self._policy, self._chosen
        if size == 0:
            self._refuse(Verdict.EMPTY)
        if size > policy.file_mb * MB:
            self._refuse(Verdict.TOO_LARGE, size=size, limit=policy.file_mb * MB)
        if chosen.count >= policy.files:
            self._refuse(Verdict.TOO_MANY, count=policy.files)
        if chosen.size + size > policy.total_mb * MB:
            self._refuse(
                Verdict.TOO_LARGE_TOGETHER, together=chosen.size + size, limit=policy.total_mb * MB
            )
        if self._free is not None and size + policy.margin_mb * MB > self._free:
            self._refuse(Verdict.NO_SPACE, size=size)
        if opening.missing_bytes(number, size) > max(opening.SPARSE_FROM, size // 2):
            self._refuse(Verdict.SPARSE)

    def _judge_content(self, number: int, size: int) -> None:
        head = os.pread(number, content.HEAD, 0)
        tail = os.pread(number, content.TAIL, max(0, size - content.TAIL))
        kind = content.kind_of(head)
        if os.pread(number, 4, content.program_offset(head)) == b"PE\0\0":
            kind = Kind.WINDOWS_PROGRAM
        if kind in PROGRAMS:
            self._kind = kind
            self._refuse(Verdict.PROGRAM, kind=kind)
        if self._sealed:
            self._findings.append(Finding(Verdict.SEALED))
            return
        odd = content.oddities(kind, head, tail)
        if odd:
            self._kind = kind
            raise _Refused(odd[0])
        findings: list[Finding] = []
        if kind in {Kind.ZIP, Kind.OLE} or kind in PICTURES:
            kind, findings = look_inside(number, kind, self._check)
        self._kind = kind
        self._take(findings)
        if kind in OFFICE and b"%PDF-" in head[: content.PDF_LEAD]:
            self._refuse(Verdict.TWO_KINDS, kind=kind, other=Kind.PDF)
        if kind not in ENDINGS[self._name.ending]:
            told = content.other_name(head) if kind is Kind.OTHER else ""
            self._refuse(
                Verdict.KIND_DIFFERS,
                ending=self._name.ending,
                kind=kind,
                told=f" ({told})" if told else "",
            )
        self._findings.append(Finding(Verdict.KIND_AGREES, {"kind": kind}))
        if kind is Kind.PDF:
            self._count_pages(number)
            _, findings = look_inside(number, kind, self._check)
            self._take(findings)
        elif kind is not Kind.TEXT:
            self._findings.append(Finding(Verdict.OPENS))

    def _take(self, findings: list[Finding]) -> None:
        """The first refusal ends the examination; remarks stay."""
        for finding in findings:
            if finding.grade is Grade.REFUSED:
                raise _Refused(finding)
        self._findings += findings

    def _count_pages(self, number: int) -> None:
        counted = self._pages(number, self._check)
        if isinstance(counted, Finding):
            raise _Refused(counted)
        self._page_count = counted
        self._findings.append(Finding(Verdict.OPENS_PAGES, {"pages": counted}))

    def _read_all(self, number: int, size: int) -> Scanned:
        """Digest and scan in one pass."""
        if self._scanner is None:
            self._digest(number, size, None)
            return Scanned(unscanned=Unscanned.UNREACHABLE)
        if size > self._policy.scan_mb * MB:
            # clamd would pass it as clean, having looked at nothing.
            self._digest(number, size, None)
            return Scanned(unscanned=Unscanned.TOO_LARGE)
        scan = self._scanner.begin()
        try:
            self._digest(number, size, scan)
            return scan.finish(self._check)
        finally:
            scan.close()

    def _digest(self, number: int, size: int, scan: Scan | None) -> None:
        digest = hashlib.sha256()
        at = 0
        while piece := os.pread(number, PIECE, at):
            digest.update(piece)
            if scan is not None:
                scan.feed(piece)
            at += len(piece)
            if at > size:
                break
            if self._progress is not None:
                self._progress(at, size)
            self._check()
        if at != size:
            self._refuse(Verdict.CHANGED)
        self._sha256 = digest.hexdigest()

    def _judge_scan(self, scanned: Scanned) -> None:
        if scanned.signature:
            self._refuse(Verdict.MALWARE, signature=scanned.signature)
        if scanned.unscanned is None:
            self._findings.append(Finding(Verdict.CLEAN))
        elif self._policy.unscanned == "refuse":
            self._refuse(Verdict.SCAN_REQUIRED)
        else:
            large = scanned.unscanned is Unscanned.TOO_LARGE
            self._findings.append(
                Finding(Verdict.TOO_LARGE_TO_SCAN if large else Verdict.NOT_SCANNED)
            )

    def _judge_duplicate(self) -> None:
        other = self._chosen.names.get(self._sha256 or "")
        if other is None:
            return
        if other == self._name.text:
            self._refuse(Verdict.DUPLICATE)
        self._findings.append(
            Finding(Verdict.SAME_CONTENT, {"name": read_name(other.encode()).shown})
        )
