"""我的办理 of one person, from this terminal and from the server, without a window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Protocol

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
)

from display.local_time import SHANGHAI
from kiosk import words as wording
from kiosk.notice.model import moment_text
from kiosk.private.transfer import Keepsake, State, Trouble
from kiosk.sync.submission import Matters, Period, Receipt, SignedReceipt
from kiosk.words import Words

RETURNED_FOR = {
    Trouble.REJECTED: "rejected",
    Trouble.DAMAGED: "damaged",
    Trouble.RECEIPT: "receipt",
}
"""Why staff gave something back → its word."""


class Begun(Protocol):
    """A draft; see `kiosk.private.drafts.Draft`."""

    @property
    def form(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def saved_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a heading, or one matter."""

    title: str = field(repr=False)
    key: str = ""
    """Submission, or form of a draft; empty for a heading and for what cannot be opened."""
    kind: str = "heading"
    """heading, period, submission, draft or receipt"""
    under: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    tone: str = "secondary"
    """Of the note: secondary, good, attention or bad."""


class MattersModel(EventDispatcher):
    """What is known so far of one person's matters."""

    state = OptionProperty("waiting", options=["waiting", "known", "trouble"])
    """Of this terminal's own store."""
    asked = OptionProperty("asking", options=["asking", "answered", "offline"])
    """Of the server."""
    keepsakes = ListProperty()
    drafts = ListProperty()
    receipts = DictProperty()
    """Submission → Receipt, of those that the centre's keys prove."""
    forms = DictProperty()
    """Form → its title."""
    answer = ObjectProperty(None, allownone=True)
    """Matters, as the server said."""
    online = BooleanProperty(True)
    year = NumericProperty(0)

    def show(self, keepsakes: Iterable[Keepsake], drafts: Iterable[Begun]) -> None:
        """Take what this terminal keeps."""
        self.keepsakes, self.drafts = list(keepsakes), list(drafts)
        self.state = "known"

    def fail(self) -> None:
        """The terminal's own store cannot be read; what is shown stays."""
        self.state = "trouble"

    def hear(self, answer: Matters) -> None:
        """The server answered."""
        self.answer, self.asked = answer, "answered"

    def forget(self) -> None:
        """Nothing of this person stays."""
        self.keepsakes, self.drafts, self.receipts = [], [], {}
        self.answer, self.state, self.asked = None, "waiting", "asking"

    def signed(self, submission: str) -> SignedReceipt | None:
        """The receipt of a submission, from whoever has it."""
        for each in self.keepsakes:
            if each.submission == submission and each.receipt is not None:
                return SignedReceipt.model_validate(each.receipt)
        for matter in self.answer.matters if self.answer is not None else ():
            if matter.receipt.submission == submission:
                return SignedReceipt.model_validate(matter.signed)
        return None

    def entries(self, words: Words, now: datetime) -> list[Entry]:
        """The list: periods that run, what is not delivered, drafts, receipts."""
        return entries(
            self.keepsakes, self.drafts, self.receipts, self.forms, self.answer, words, now
        )

    def as_of(self, words: Words) -> str:
        """How fresh the list is."""
        if self.asked == "answered" and self.answer is not None:
            time = moment_text(self.answer.server_time)
            return words["matters.as_of_server"].format(time=time)
        return words["matters.offline" if self.asked == "offline" else "matters.asking"]

    def nothing_texts(self, words: Words, *, listed: bool) -> tuple[str, str]:
        """Why nothing is listed, and what to do; empty texts while something is."""
        if listed or self.state == "waiting":
            return "", ""
        if self.state == "trouble":
            return words["matters.trouble"], words["matters.trouble_text"]
        if self.asked == "answered":
            return words["matters.nothing"], ""
        if self.asked == "asking":
            return words["matters.asking"], ""
        return words["matters.nothing_offline"], words["matters.nothing_text"]


def entries(
    keepsakes: Sequence[Keepsake],
    drafts: Sequence[Begun],
    receipts: Mapping[str, Receipt],
    forms: Mapping[str, str],
    answer: Matters | None,
    words: Words,
    now: datetime,
) -> list[Entry]:
    """Everything of one person, each submission once."""
    matters = answer.matters if answer is not None else ()
    known = {each.receipt.submission: each.receipt for each in matters}
    delivered = {**receipts, **known}
    today = now.astimezone(SHANGHAI).date()
    running = [
        Entry(
            f"{_title(each.receipt.title, words)}　{words[f'matters.period_{period.kind}']}",
            kind="period",
            note=_until(period, words, now),
            tone="attention",
        )
        for each in matters
        for period in each.periods
        if date.fromisoformat(period.until) >= today
    ]
    waiting = [
        Entry(
            _title(each.title, words),
            each.submission,
            "submission",
            each.tender_no,
            _state_of(each, words),
            "attention" if each.state in (State.WAITING, State.SENDING) else "bad",
        )
        for each in keepsakes
        if each.state is not State.DELIVERED and each.submission not in known
    ]
    begun = [
        Entry(
            forms.get(each.form, each.form),
            each.form,
            "draft",
            words["matters.draft_saved"].format(time=moment_text(each.saved_at)),
        )
        for each in drafts
    ]
    order = sorted(delivered.values(), key=lambda each: each.received_at, reverse=True)
    arrived = [_receipt_entry(each, forms, words) for each in order]
    arrived += [
        # Delivered; the key that proves the receipt is not here yet.
        Entry(_title(each.title, words), each.submission, "receipt", each.tender_no,
              words["matters.state_delivered"], "good")
        for each in keepsakes
        if each.state is State.DELIVERED and each.submission not in delivered
    ]  # fmt: skip
    sections = (("periods", running), ("under_way", waiting), ("drafts", begun),
                ("receipts", arrived))  # fmt: skip
    return [
        entry
        for name, listed in sections
        if listed
        for entry in (Entry(words[f"matters.{name}"]), *listed)
    ]


def _state_of(kept: Keepsake, words: Words) -> str:
    said = words[f"matters.state_{kept.state}"]
    if kept.state is not State.RETURNED:
        return said
    return said + words[f"matters.reason_{RETURNED_FOR.get(kept.problem, 'other')}"]


def _receipt_entry(receipt: Receipt, forms: Mapping[str, str], words: Words) -> Entry:
    parts = [receipt.number, receipt.tender_no]
    if receipt.files:
        parts.append(words["matters.files"].format(count=len(receipt.files)))
    title = receipt.title or forms.get(receipt.form, "")
    received = words["matters.received"].format(time=moment_text(receipt.received_at))
    return Entry(
        _title(title, words),
        receipt.submission,
        "receipt",
        "  ·  ".join(part for part in parts if part),
        f"{words['matters.state_delivered']}　{received}",
        "good",
    )


def _title(title: str, words: Words) -> str:
    return title or words["matters.no_title"]


def _until(period: Period, words: Words, now: datetime) -> str:
    noon = datetime.combine(date.fromisoformat(period.until), time(12), SHANGHAI)
    day = wording.day(words, noon, now)
    name = "matters.until" if period.holidays_known else "matters.until_unknown"
    return words[name].format(date=day, days=period.days)
