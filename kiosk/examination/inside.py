"""Looks into files through a child process, so that a bad file harms nothing else."""

import logging
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict

log = logging.getLogger(__name__)

POLL_S = 0.05
"""How soon a visitor who leaves is heeded."""
MAX_ANSWER = 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """What looking into one file may use up."""

    megabytes: int = 256
    """Address space of the child, which begins with 40 MB."""
    seconds: float = 20.0
    """The child needs 0.1 s to start and 0.5 s for a ZIP with 10,000 entries."""


class _Answer(BaseModel):
    """What the child says; it may have been taken over by the file, so nothing is believed."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    findings: list[tuple[Verdict, dict[str, str | int]]]


def look_inside(
    number: int, kind: Kind, check: Callable[[], None], limits: Limits | None = None
) -> tuple[Kind, list[Finding]]:
    """Look into the open file `number`, which begins as `kind`: which kind it is, what is wrong.

    `check` is called every POLL_S; what it raises ends the child and goes on up.
    """
    limits = Limits() if limits is None else limits
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
