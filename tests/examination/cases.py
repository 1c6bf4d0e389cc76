"""One file of the corpus, and the sound files of which others are made."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.examination.verdict import Verdict
from tests.examination import making

Make = Callable[[bytes], None]
"""Puts something under a path, given in bytes."""

NOISE = random.Random(5).randbytes(3_000_000)
DOC = making.ole({"WordDocument": making.word()})
PDF = making.pdf()
JPEG = making.picture("JPEG")
PNG = making.picture("PNG")
SCRIPTS = making.zipped({"a.js": "1", "x.exe": making.PE})


@dataclass(frozen=True)
class Case:
    """A file and what is to be found about it."""

    title: str
    name: bytes
    make: Make
    verdict: Verdict
    """The last that is found; for sound files the one that tells what it is."""

    def __str__(self) -> str:
        return self.title


def holding(data: bytes) -> Make:
    def make(path: bytes) -> None:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(data)

    return make


def case(title: str, name: str | bytes, content: bytes | Make, verdict: Verdict) -> Case:
    raw = name.encode() if isinstance(name, str) else name
    return Case(title, raw, content if callable(content) else holding(content), verdict)
