"""What the tests of the encrypted store build on."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from display.trusted_time import Reading, TrustedTime
from kiosk.private.files import StagedFile
from kiosk.private.key import StoreKey
from kiosk.private.store import PrivateStore
from kiosk.sync.submission import FormContent, HandedFile, Manifest, Role, Submitter, Way

KEY = StoreKey(bytes(range(32)))
NOW = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)


class Machine:
    """A PC's clocks: its uptime runs, its wall clock is set as anybody likes."""

    def __init__(self) -> None:
        self.wall = NOW
        self.boot = "one"
        self.uptime_s = 1000.0

    def __call__(self) -> Reading:
        return Reading(self.wall, self.boot, self.uptime_s)

    def pass_by(self, span: timedelta) -> None:
        self.wall += span
        self.uptime_s += span.total_seconds()

    def restart(self, off: timedelta = timedelta()) -> None:
        self.wall += off
        self.boot += "+"
        self.uptime_s = 20.0

    @property
    def proven(self) -> TrustedTime:
        return TrustedTime(self.wall, proven=True)


def stage(
    store: PrivateStore, content: bytes, name: str = "投标文件.pdf", **more: Any
) -> StagedFile:
    more = {"size": len(content), **more}
    return store.stage(io.BytesIO(content), name=name, media_type="application/pdf", **more)


def a_manifest(*staged: StagedFile, name: str = "王小明", **more: Any) -> Manifest:
    form = FormContent(form="bidder-registration", version=3, values={"unit": "某公司"})
    entries: dict[str, Any] = {
        "terminal": "FS-02",
        "role": Role.BIDDER,
        "submitter": Submitter(name=name, number="210402199001011234", way=Way.CARD),
        "form": form,
        "title": "投标人登记",
        "files": tuple(
            HandedFile(name=f.name, size=f.size, sha256=f.sha256, media_type=f.media_type)
            for f in staged
        ),
        **more,
    }
    return Manifest(**entries)
