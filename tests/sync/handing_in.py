"""Made-up people, files and submissions for the tests of handing in."""

import hashlib
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import write_change
from kiosk.sync.submission import (
    FormContent,
    HandedFile,
    Manifest,
    Role,
    SignedReceipt,
    Submitter,
    Way,
    submission_id,
)
from kiosk.sync.upload import SubmissionClient

ZHANG = Submitter(name="张三丰", number="110101199003077758", unit="东山建设", way=Way.CARD)
LI = Submitter(name="李四", number="11010119900307758X", unit="", way=Way.CARD)


@dataclass
class MemoryReader:
    """A file in memory, as the client reads one."""

    data: bytes

    def __post_init__(self) -> None:
        self.size = len(self.data)
        self._file = io.BytesIO(self.data)

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)

    def read(self, count: int) -> bytes:
        return self._file.read(count)


def content(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def handed(data: bytes, name: str = "投标文件.pdf", upload: str = "") -> HandedFile:
    return HandedFile(
        upload=upload,
        name=name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="application/pdf",
    )


def new_id(seed: int, now: datetime) -> str:
    return submission_id(int(now.timestamp() * 1000), random.Random(seed).randbytes(10))


def manifest(
    *files: HandedFile, notice_id: str = "r1", by: Submitter = ZHANG, **more: object
) -> Manifest:
    fields = {
        "terminal": "lobby-1",
        "role": Role.BIDDER,
        "submitter": by,
        "notice_id": notice_id,
        "title": "东山路道路改造工程",
        "files": files,
        **more,
    }
    return Manifest.model_validate(fields)


def form(key: str = "bidder-registration", **values: object) -> FormContent:
    return FormContent(form=key, version=1, values=values)


def publish_form(
    database: CentralDatabase, key: str = "bidder-registration", version: int = 1, **more: object
) -> None:
    """Put a form into the building's feed, with as much of it as handing in looks at."""
    id = f"form:{key}:{version}"
    doc = {"_id": id, "type": "form", "key": key, "version": version, **more}
    with database.writing() as connection:
        write_change(connection, "site-main", id, f"1-{key}", doc)


def deliver(
    client: SubmissionClient,
    id: str,
    whole: Manifest,
    datas: Sequence[bytes],
    progress: Callable[[int], None] = lambda _sent: None,
) -> SignedReceipt:
    """Send all files and the manifest, each once."""
    uploads = {}
    for file, data in zip(whole.files, datas, strict=True):
        address = client.create_upload(file, id)
        client.send_file(address, MemoryReader(data), progress)
        uploads[file.sha256] = address
    return client.submit(id, whole.with_uploads(uploads))
