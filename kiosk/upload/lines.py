"""What the list says of each file: name, what was found, one of three honest states (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from display.local_time import SHANGHAI
from kiosk.examination.sentences import sentence, sentences, size_text
from kiosk.examination.verdict import Grade, Verdict
from kiosk.private.transfer import FileState, FileTransfer, State, Transfer
from kiosk.private.wording import in_words
from kiosk.upload.chosen import ChosenFile, Stage
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    key: str
    """Ticket of a chosen file; empty for one on its way."""
    name: str
    under: str
    badge: str
    tone: str
    """Of the badge: plain, brand, good, attention or bad."""
    part: float = -1.0
    """How much is done, 0 to 1; below 0: no bar."""
    whole: bool = False
    """Whether the bar is that of a delivered file."""
    removable: bool = False


def chosen_line(file: ChosenFile, words: Words) -> Line:
    """A file before it is handed in."""
    size = size_text(file.size)
    key, name = str(file.ticket), file.name_shown
    if file.stage is Stage.REFUSED:
        return Line(key, name, _refusal(file, words), words["upload.refused"], "bad",
                    removable=True)  # fmt: skip
    if file.stage is Stage.LOST:
        why = words[f"upload.{file.loss}"]
        return Line(key, name, why, words["upload.not_copied"], "bad", removable=True)
    if file.stage is Stage.READY:
        found = "" if file.examination is None else _found(file, words)
        under = "　".join(part for part in (size, found) if part)
        return Line(key, name, under, words["upload.chosen"], "plain", 0.0, removable=True)
    percent = int(file.part * 100)
    badge = words[f"upload.{file.stage}"].format(percent=percent)
    return Line(key, name, size, badge, "brand", file.part, removable=True)


def sent_line(
    file: FileTransfer, transfer: Transfer, words: Words, *, moving: bool, found: str = ""
) -> Line:
    """A file that was handed in; `moving`: it is the one that is being sent now.

    `found` is what its examination said, as far as it was in this visit.
    """
    size = size_text(file.size)
    told = "　".join(part for part in (size, found) if part)
    if file.state is FileState.DELIVERED:
        return Line("", file.name, told, words["upload.delivered"], "good", 1.0, whole=True)
    if transfer.state in (State.PARKED, State.TOO_LATE):
        return Line("", file.name, size, words["upload.not_delivered"], "bad")
    if file.state is FileState.CHOSEN:
        kept = "chosen" if transfer.state is State.SENDING and not transfer.paused else "waits"
        return Line("", file.name, told, words[f"upload.{kept}"], "plain", 0.0)
    part = min(1.0, file.sent / file.size)
    # All bytes are there; delivered it is only with the receipt.
    percent = min(99, int(part * 100))
    under = size
    if moving and transfer.rate:
        under += "　" + rate_text(words, transfer.rate, (file.size - file.sent) / transfer.rate)
    elif part >= 1.0:
        under += "　" + words["upload.waits_for_receipt"]
    badge = words["upload.in_transit"].format(percent=percent)
    return Line("", file.name, under, badge, "brand", part)


def sent_lines(
    transfer: Transfer, words: Words, found: Mapping[tuple[str, int], str] | None = None
) -> list[Line]:
    """All files of a submission on its way; one of them moves at a time.

    `found` holds what examinations said, by name and size.
    """
    moves = transfer.state is State.SENDING and not transfer.paused
    current = next((each for each in transfer.files if each.sent < each.size), None)
    return [
        sent_line(
            each,
            transfer,
            words,
            moving=moves and each is current,
            found=(found or {}).get((each.name, each.size), ""),
        )
        for each in transfer.files
    ]


def form_line(title: str, transfer: Transfer, words: Words) -> Line:
    """The form that was handed in, above its files."""
    if transfer.state is State.DELIVERED:
        return Line("", title, "", words["upload.delivered"], "good", 1.0, whole=True)
    if transfer.state in (State.PARKED, State.TOO_LATE):
        return Line("", title, "", words["upload.not_delivered"], "bad")
    if transfer.state is State.SENDING:
        return Line("", title, "", words["upload.form_in_transit"], "brand")
    return Line("", title, "", words["upload.form_kept"], "plain")


def rate_text(words: Words, rate: float, seconds: float) -> str:
    """Speed and remaining time, such as 18.4 MB/秒 · 剩余约 6 秒."""
    speed = words["upload.rate"].format(size=size_text(int(rate)))
    if seconds < 60:
        left = words["upload.left_about_s"].format(seconds=max(1, round(seconds)))
    elif seconds < 3600:
        left = words["upload.left_about_min"].format(minutes=max(1, round(seconds / 60)))
    else:
        left = words["upload.left_about_h"].format(hours=round(seconds / 3600, 1))
    return f"{speed} · {left}"


@dataclass(frozen=True, slots=True)
class Banner:
    """The box below the deadline: how the submission is, in one sentence or two."""

    text: str
    tone: str
    """brand, good, attention or bad"""


def banner(transfer: Transfer, words: Words, *, online: bool) -> Banner:
    """What to say of a submission."""
    if transfer.state is State.DELIVERED:
        return Banner(in_words(words, transfer), "good")
    if transfer.state is State.TOO_LATE:
        said = in_words(words, transfer)
        if transfer.refused_at is not None:
            time = f"{transfer.refused_at.astimezone(SHANGHAI):%H:%M:%S}"
            said = _then(words, said, words["upload.too_late_at"].format(time=time))
        return Banner(said, "bad")
    if transfer.state is State.PARKED:
        said = _then(words, in_words(words, transfer), words["upload.parked_text"])
        return Banner(said, "bad")
    if transfer.paused:
        said = _then(words, in_words(words, transfer), words["upload.paused_text"])
        return Banner(said, "attention")
    if transfer.problem or not online:
        said = in_words(words, transfer) if transfer.problem else words["outbox.offline"]
        return Banner(_then(words, said, words["upload.only_receipt"]), "attention")
    return Banner(words["upload.not_lost"], "brand")


def _then(words: Words, said: str, more: str) -> str:
    """A sentence that stands without its full stop elsewhere, and one more."""
    return words["upload.said_then"].format(said=said, more=more)


def _found(file: ChosenFile, words: Words) -> str:
    examination = file.examination
    return "" if examination is None else " · ".join(sentences(words, examination.findings))


def _refusal(file: ChosenFile, words: Words) -> str:
    examination = file.examination
    if examination is None:
        return words["upload.not_uploaded"].format(why="")
    if examination.grade is not Grade.REFUSED:
        same = [each for each in examination.findings if each.verdict is Verdict.SAME_CONTENT]
        return words["upload.not_uploaded"].format(why=sentence(words, same[0]))
    why = sentences(words, examination.findings)[0]
    return words["upload.not_uploaded"].format(why=why)
