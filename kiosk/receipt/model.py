"""回执 as the screen shows it, without a window."""

from dataclasses import dataclass
from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import ObjectProperty, OptionProperty

from display.local_time import SHANGHAI
from kiosk.examination.sentences import size_text
from kiosk.sync.submission import Receipt, ReceiptFile
from kiosk.words import Words

LEAVE_S = 30.0
"""Silence after which the visit ends by itself: with the receipt it is over."""
_GROUP = 8


@dataclass(frozen=True, slots=True)
class FileLines:
    """A file of the receipt: its name and size, and its digest."""

    name: str
    digest: str


def second_text(moment: datetime) -> str:
    """A moment to the second, in Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def grouped(sha256: str) -> str:
    """All 64 digits in groups of eight."""
    return " ".join(sha256[at : at + _GROUP] for at in range(0, len(sha256), _GROUP))


def shortened(sha256: str) -> str:
    """Two groups, an ellipsis and the last group: enough to compare by eye."""
    groups = grouped(sha256).split(" ")
    return " ".join([*groups[:2], "…", groups[-1]])


def received_text(receipt: Receipt, words: Words) -> str:
    """When the server received what."""
    time = second_text(receipt.received_at)
    if not receipt.files:
        return words["receipt.received_form"].format(time=time)
    name = "receipt.received_form_files" if receipt.form else "receipt.received"
    return words[name].format(time=time, count=len(receipt.files))


def facts(receipt: Receipt, words: Words) -> list[tuple[str, str]]:
    """Names and values below the number."""
    about = "　".join(part for part in (receipt.title, receipt.tender_no) if part)
    name = words["receipt.project" if receipt.tender_no or not receipt.form else "receipt.form"]
    terminal = words["receipt.terminal_text"].format(name=receipt.terminal)
    listed = [
        (name, about),
        (words["receipt.by"], f"{receipt.by}　{receipt.number_mask}"),
        (words["receipt.terminal"], terminal),
    ]
    return [(each, value) for each, value in listed if value]


def file_lines(files: tuple[ReceiptFile, ...], words: Words) -> list[FileLines]:
    """The files with their digests, as the screen shows them."""
    return [
        FileLines(
            f"{each.name}　{size_text(each.size)}",
            words["receipt.digest"].format(digest=shortened(each.sha256)),
        )
        for each in files
    ]


class ReceiptModel(EventDispatcher):
    """One receipt that was proven."""

    state = OptionProperty("waiting", options=["waiting", "shown", "trouble"])
    receipt = ObjectProperty(None, allownone=True)
    """A Receipt."""
    signed = ObjectProperty(None, allownone=True)
    """The SignedReceipt that it was read from."""

    def show(self, receipt: Receipt) -> None:
        """It was proven with the centre's key."""
        self.receipt, self.state = receipt, "shown"

    def fail(self) -> None:
        """It cannot be had or proven now."""
        self.state = "trouble"

    def forget(self) -> None:
        """As before the first answer."""
        self.receipt, self.signed, self.state = None, None, "waiting"

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why no receipt is shown; empty texts while one is."""
        if self.state == "trouble":
            return words["receipt.trouble"], words["receipt.trouble_text"]
        return ("", "") if self.receipt is not None else (words["receipt.loading"], "")
