"""A receipt on paper: everything it says, with whole digests and the server's QR code (pure)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from display.body import Block, Heading, ListItem, Run, paragraph
from kiosk.examination.sentences import size_text
from kiosk.notice.model import moment_text
from kiosk.printing.printout import Printout, printout
from kiosk.receipt.model import facts, grouped, received_text, second_text
from kiosk.sync.submission import Receipt, SignedReceipt
from kiosk.words import Words


def receipt_printout(
    receipt: Receipt,
    signed: SignedReceipt,
    words: Words,
    at: datetime,
    *,
    centre: str,
    terminal: str,
) -> Printout:
    """A receipt as this terminal prints it; `at` is the moment of printing."""
    listed = [
        (words["receipt.number"], receipt.number),
        (words["receipt.received_at"], second_text(receipt.received_at)),
        *facts(receipt, words),
        (words["receipt.role"], words[f"identify.role_{receipt.role}"]),
        (words["receipt.submission"], receipt.submission),
    ]
    made = printout(
        words,
        at,
        centre=centre,
        terminal=terminal,
        title=words["receipt.paper_title"],
        tag=words["receipt.delivered"],
        facts=listed,
        blocks=tuple(_blocks(receipt, words)),
    )
    foot = words["receipt.paper_foot"].format(terminal=terminal, time=moment_text(at))
    return replace(made, code=signed.short, scan=words["receipt.paper_scan"], foot=foot)


def _blocks(receipt: Receipt, words: Words) -> Iterator[Block]:
    yield paragraph(received_text(receipt, words))
    if receipt.files:
        yield Heading(2, words["receipt.files"])
    for number, file in enumerate(receipt.files, start=1):
        told = words["receipt.file"].format(
            name=file.name, size=size_text(file.size), bytes=f"{file.size:,}"
        )
        yield ListItem(1, f"{number}.", (Run(told, bold=True),))
        yield paragraph(words["receipt.digest"].format(digest=grouped(file.sha256)))
    yield paragraph(words["receipt.paper_note"])
