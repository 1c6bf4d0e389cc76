"""Looks into files through a child process, so that a bad file harms nothing else."""

import logging
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict

log = logging.getLogger(__name__)

POLL_S = 0.05
"""How soon a visitor who leaves is heeded."""
MAX_ANSWER = 16_384
SECONDS = 20.0
SLOWEST = 10_000_000
"""Bytes a second that are looked through on a small PC, or come from a stick."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What looking into one file may use up."""

    megabytes: int = 140
    """Address space of the child, which begins with 20 MB, with pdfium or Pillow with 40."""
    seconds: float = SECONDS
    """The child needs 0.1 s to start and 0.5 s for a ZIP with 10,000 entries."""

    @classmethod
    def of(cls, size: int) -> Self:
        """Limits for a file of so many bytes."""
        return cls(seconds=SECONDS + size / SLOWEST)


class _Answer(BaseModel):
    """What the child says; it may have been taken over by the file, so nothing is believed."""

    model_config = ConfigDict(extra="forbid", cache_strings="none")

    kind: Kind
    findings: list[tuple[Verdict, dict[str, str | int]]]


def look_inside(
    number: int, kind: Kind, check: Callable[[], None], limits: Limits | None = None
) -> tuple[Kind, list[Finding]]:
    """Look into the open file `number`, which begins as `kind`: which kind it is, what is wrong.

    `check` is called every POLL_S; what it raises ends the child and goes on up.
    """
    limits = Limits.of(os.fstat(number).st_size) if limits is None else limits
    command = [sys.executable, "-m", "kiosk.examination.child"]
    arguments = [str(kind), str(limits.megabytes), str(math.ceil(limits.seconds))]
    try:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=number,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as problem:
        log.warning("no process to look into files can be started: %s", problem.strerror)
        return kind, [Finding(Verdict.NOT_EXAMINABLE)]
    try:
        waited = 0.0
        while True:
            try:
                # The answer fits into the pipe: the child never waits for its reader.
                process.wait(POLL_S)
                break
            except subprocess.TimeoutExpired:
                waited += POLL_S
                check()
                if waited >= limits.seconds:
                    return kind, [Finding(Verdict.TOO_SLOW)]
        said = process.stdout.read(MAX_ANSWER) if process.stdout is not None else b""
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if process.returncode != 0:
        return kind, [Finding(Verdict.NOT_EXAMINABLE)]
    try:
        answer = _Answer.model_validate_json(said)
        return answer.kind, [Finding(verdict, facts) for verdict, facts in answer.findings]
    except ValidationError:
        return kind, [Finding(Verdict.NOT_EXAMINABLE)]
