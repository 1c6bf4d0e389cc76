"""附件: the list of a notice's files and what its lines say, without a window.

What is already on this terminal is not told: it would say what others have read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)

from display.notice import Attachment
from kiosk.pdf.document import (
    Damaged,
    Encrypted,
    Missing,
    PdfError,
    TooLong,
)
from kiosk.store.files import FileProblem, FileState
from kiosk.words import Words

OPENABLE = frozenset({"application/pdf"})
"""Kinds of content that are shown here."""
KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
LONG_WAIT_S = 15.0
"""After it, a visitor is told of another way."""
AGAIN = frozenset({FileProblem.OFFLINE, FileProblem.SPOILED})
"""Problems that trying again may solve."""
PROBLEMS = {
    FileProblem.OFFLINE: "attachments.offline",
    FileProblem.GONE: "attachments.gone",
    FileProblem.SPOILED: "attachments.spoiled",
    FileProblem.NO_ROOM: "attachments.no_room",
}


def is_openable(attachment: Attachment) -> bool:
    """Whether this terminal can show it."""
    return attachment.media_type in OPENABLE


def size_text(words: Words, size: int) -> str:
    """Bytes in plain words, such as 2.3 MB."""
    if size < MB:
        return words["attachments.kb"].format(number=max(1, round(size / KB)))
    unit, name = (MB, "attachments.mb") if size < GB else (GB, "attachments.gb")
    return words[name].format(number=f"{size / unit:.1f}".removesuffix(".0"))


@dataclass(frozen=True, slots=True)
class Line:
    """What the list says of one file."""

    under: str
    """Below its name."""
    action: str = ""
    """What a tap does; empty when it does nothing."""
    tone: str = "secondary"
    """Colour of `under`: secondary, attention."""
    part: float | None = None
    """How much has come, 0 to 1, while a bar tells it."""
    cancels: bool = False
    """Whether the action is to stop."""


def line(
    attachment: Attachment,
    words: Words,
    *,
    asked: bool = False,
    told: FileState | None = None,
    waited_s: float = 0.0,
    late: bool = False,
    scan: bool = False,
) -> Line:
    """What to say of a file: `told` is how far it is, where the visitor `asked` for it.

    `late`: the wait has to be told. `scan`: there is an official address to scan.
    """
    size = size_text(words, attachment.size)
    if not is_openable(attachment):
        remedy = words["attachments.elsewhere_scan" if scan else "attachments.elsewhere"]
        return Line(f"{size}　{remedy}")
    if told is not None and told.state == "failed":
        problem = FileProblem(told.problem)
        again = words["attachments.again"] if problem in AGAIN else ""
        return Line(f"{size}　{words[PROBLEMS[problem]]}", again, "attention")
    if not asked or not late or (told is not None and told.state == "here"):
        return Line(size, words["attachments.open"])
    cancel = words["attachments.cancel"]
    if told is not None and told.state == "coming":
        said = words["attachments.coming"].format(
            received=size_text(words, told.received), size=size
        )
        return Line(said, cancel, part=min(1.0, told.received / attachment.size), cancels=True)
    long = waited_s >= LONG_WAIT_S
    said = words["attachments.waiting_long" if long else "attachments.waiting"]
    return Line(f"{size}　{said}", cancel, part=0.0, cancels=True)


def trouble_texts(problem: PdfError, words: Words, *, scan: bool) -> tuple[str, str]:
    """Why a document is not shown, and what to do.

    `scan`: there is an official address to scan.
    """
    names = ((Encrypted, "encrypted"), (Damaged, "damaged"), (TooLong, "too_long"),
             (Missing, "missing"))  # fmt: skip
    name = next((name for kind, name in names if isinstance(problem, kind)), "too_much")
    remedy = f"{name}_text" if scan or name == "missing" else "no_code_text"
    return words[f"attachments.{name}"], words[f"attachments.{remedy}"]


class AttachmentsModel(EventDispatcher):
    """The files of one notice, and what this visitor asked for."""

    state = OptionProperty("waiting", options=["waiting", "known", "gone", "trouble"])
    attachments = ListProperty()
    address = StringProperty("")
    """Official address, where the gate lets it be told."""
    told = DictProperty()
    """Digest → FileState or None, for each file that the visitor asked for."""
    late = BooleanProperty(False)
    """Whether what the visitor waits for takes so long that it has to be told."""
    waited_s = NumericProperty(0.0)
    wanted = StringProperty("")
    """Digest of the file that opens as soon as it is here."""
    chosen = NumericProperty(-1)
    """Number of the line that the keys chose; -1: none."""

    def show(self, attachments: Iterable[Attachment], address: str) -> None:
        """Take what the store said of the notice."""
        self.address = address
        self.attachments = list(attachments)
        self.state = "known"

    def fail(self) -> None:
        """The store cannot be read; what is shown stays."""
        self.state = "trouble"

    def forget(self) -> None:
        """As before the first answer."""
        self.attachments, self.told, self.wanted, self.address = [], {}, "", ""
        self.chosen, self.state = -1, "waiting"
        self._begin_wait()

    def ask(self, sha256: str) -> None:
        """The visitor wants this file."""
        self.told = {**self.told, sha256: None}
        self.wanted = sha256
        self._begin_wait()

    def give_up(self, sha256: str) -> None:
        """The visitor does not want it any more."""
        self.told = {key: value for key, value in self.told.items() if key != sha256}
        if self.wanted == sha256:
            self.wanted = ""

    def hear(self, states: Mapping[str, FileState | None]) -> str:
        """Take how far the files are; the digest of the one to open now, or empty."""
        told = {key: states.get(key, value) for key, value in self.told.items()}
        if told != self.told:
            self.told = told
        wanted = told.get(self.wanted)
        if wanted is not None and wanted.state == "here":
            opens, self.wanted = self.wanted, ""
            return opens
        if wanted is not None and wanted.state == "failed":
            self.wanted = ""
        return ""

    @property
    def moving(self) -> tuple[str, ...]:
        """Digests of the files that are still on their way."""
        over = ("here", "failed")
        return tuple(
            key for key, told in self.told.items() if told is None or told.state not in over
        )

    def lines(self, words: Words) -> list[tuple[Attachment, Line]]:
        """What each line of the list says."""
        return [
            (
                each,
                line(
                    each,
                    words,
                    asked=each.sha256 in self.told,
                    told=self.told.get(each.sha256),
                    waited_s=self.waited_s,
                    late=self.late,
                    scan=bool(self.address),
                ),
            )
            for each in self.attachments
        ]

    def choose(self, steps: int) -> None:
        """Arrow keys: so many lines further, or back."""
        if self.attachments:
            last = len(self.attachments) - 1
            self.chosen = min(last, max(0, self.chosen + steps))

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why there is no list, and what to do; empty texts while there is one."""
        if self.state == "gone":
            return words["notice.gone"], words["notice.gone_text"]
        if self.state == "trouble" and not self.attachments:
            return words["notice.trouble"], words["notice.trouble_text"]
        if self.state == "known" and not self.attachments:
            return words["attachments.nothing"], words["attachments.nothing_text"]
        return "", ""

    def _begin_wait(self) -> None:
        self.late, self.waited_s = False, 0.0
