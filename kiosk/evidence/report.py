"""The report of an export: what a board showed, for people to read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from display.edition import Edition
from display.evidence import Break, Entry, Kind, Proof
from display.local_time import SHANGHAI
from kiosk.evidence.entry_content import content
from kiosk.evidence.led_picture import NotAPicture, strips
from kiosk.evidence.paper import WIDTH_MM, Paper
from kiosk.evidence.summary import PAGE, PageSummary, Removal, Span, Summary
from kiosk.words import Words

DOT_MM = 0.44
UNPROVEN = "*"
"""Behind a time that was noted while the clock was not proven."""
ARRANGED = {"digest", "proposed_by", "approved_by"}
"""What the report tells of `display.edition.Arranged`."""
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about."""

    centre: str
    board: str
    since: datetime
    until: datetime
    """Exclusive."""
    made_at: datetime
    first: Entry
    """First entry of the export's log."""
    last: Entry
    broken: Break | None
    """Where this stretch of the chain is broken."""


class Report:
    """Writes one report; `chinese` and `english` are all words of the two languages."""

    def __init__(
        self,
        subject: Subject,
        summary: Summary,
        editions: Mapping[str, Edition],
        picture: Callable[[str], bytes | None],
        chinese: Words,
        english: Words,
    ) -> None:
        """`editions` by id; `picture` reads the PNG of a digest."""
        self._subject = subject
        self._summary = summary
        self._editions = editions
        self._picture = picture
        self._chinese = chinese
        self._english = english
        self._seen: dict[str, tuple[str, int]] = {}
        """Digest of a picture → edition and page where it was drawn."""

    def save(self, path: Path, regular: Path, bold: Path) -> None:
        """Write the PDF with these two faces. Raises OSError."""
        subject = self._subject
        foot = self._say("foot").format(number=subject.last.number, digest=subject.last.digest)
        paper = Paper(regular, bold, foot=foot, made_at=subject.made_at)
        paper.title(self._say("title"), self._say_english("title"))
        self._head(paper)
        self._all_editions(paper)
        self._on_air(paper)
        self._removals(paper)
        self._spans(paper, "blanks", self._summary.blanks)
        self._spans(paper, "losses", self._summary.losses)
        self._others(paper)
        paper.save(path)

    def _say(self, name: str) -> str:
        return self._chinese[f"evidence.{name}"]

    def _say_english(self, name: str) -> str:
        return self._english[f"evidence.{name}"]

    def _both(self, name: str) -> str:
        """Chinese above English, for heads of columns."""
        return f"{self._say(name)}\n{self._say_english(name)}"

    def _beside(self, name: str) -> str:
        return f"{self._say(name)} {self._say_english(name)}"

    def _state(self, state: str) -> str:
        """A proof, a state of the board or of the line, in Chinese; an unknown one as it is."""
        return self._chinese.get(f"evidence.state_{state.replace(' ', '_')}", state)

    def _head(self, paper: Paper) -> None:
        subject = self._subject
        last_moment = subject.until - _MICROSECOND
        chain = self._say("chain_whole").format(
            count=subject.last.number - subject.first.number + 1
        )
        if subject.broken is not None:
            chain = self._say("chain_broken").format(number=subject.broken.number)
        paper.pairs(
            [
                (self._beside("centre"), subject.centre),
                (self._beside("board"), subject.board),
                (
                    self._beside("period"),
                    f"{_moment(subject.since)} — {_moment(last_moment)}",
                ),
                (self._beside("made"), _moment(subject.made_at)),
                (self._beside("chain"), chain),
                (self._beside("first"), _sealed(subject.first)),
                (self._beside("last"), _sealed(subject.last)),
                (self._beside("before"), self._before()),
            ]
        )
        self._cautions(paper)
        paper.small(self._say("compare"))
        paper.small(self._say_english("compare"))

    def _before(self) -> str:
        """What the log tells of the board and its line from before the period."""
        lines = []
        for entry in (self._summary.told_before, self._summary.linked_before):
            if entry is not None:
                facts = entry.facts
                what = self._state(str(facts.get("showing", PAGE)))
                if facts.get("showing") == PAGE:
                    page = facts.get("page")
                    what = self._say("page_of").format(
                        page=page + 1 if isinstance(page, int) else page,
                        edition=facts.get("edition"),
                    )
                elif entry.kind is Kind.LINK:
                    what = self._chinese["evidence.kind_link"]
                state = self._state(str(facts.get("state", "")))
                at = _moment(entry.at) + _mark(entry.facts.get("unproven") is True)
                lines.append(f"{at}　{what}　{state}　#{entry.number}")
        return "\n".join(lines) or self._beside("none")

    def _cautions(self, paper: Paper) -> None:
        """What a reader must know before relying on the rest."""
        summary = self._summary
        for name, count in (
            ("nothing_noted", int(summary.count == 0)),
            ("elsewhen", summary.elsewhen),
            ("unproven", summary.unproven),
            ("lost_entries", summary.lost),
        ):
            if count:
                paper.paragraph(self._say(name).format(count=count), bold=True)
                paper.small(self._say_english(name).format(count=count))

    def _all_editions(self, paper: Paper) -> None:
        paper.heading(self._say("editions"), self._say_english("editions"))
        if not self._summary.editions:
            paper.paragraph(self._beside("none"))
        for number, entry in enumerate(self._summary.editions):
            if number:
                paper.need(60)
                paper.gap(4)
            self._edition(paper, entry)

    def _edition(self, paper: Paper, entry: Entry) -> None:
        facts = entry.facts
        made = self._say("edition").format(
            day=facts.get("day"), version=facts.get("version"), edition=facts.get("edition")
        )
        paper.paragraph(made, 11, bold=True)
        paper.small(
            self._say("edition_made").format(
                made=_moment(entry.at),
                cut_over=_told_moment(facts.get("cut_over_at")),
                pages=facts.get("pages"),
                left_out=facts.get("left_out"),
                number=entry.number,
            )
        )
        edition = self._editions.get(str(facts.get("edition")))
        if edition is not None and edition.arranged is not None:
            arranged = edition.arranged.model_dump(include=ARRANGED)
            paper.small(self._say("edition_arranged").format(**arranged))
        paper.gap(2)
        if edition is None:
            paper.paragraph(self._beside("edition_missing"))
            return
        pictures = facts.get("pictures") or []
        for place, page in enumerate(edition.pages):
            digest = pictures[place] if place < len(pictures) else None
            seen = self._seen.get(digest or "")
            drawn, room = ([], 4.0) if seen else self._drawn(digest, edition.cell)
            paper.need(18 + room)
            heading = f"{place + 1}　{page.heading}".rstrip()
            paper.paragraph(heading, 9, bold=True)
            paper.paragraph(page.line)
            paper.small(
                self._say("page_facts").format(
                    published=_moment(page.published_at),
                    notice=page.notice_id,
                    address=page.official_url or self._say("none"),
                )
            )
            paper.gap(0.5)
            for png, width_mm, height_mm in drawn:
                paper.picture(png, width_mm, height_mm)
            if seen:
                paper.small(self._say("same_picture").format(edition=seen[0], page=seen[1]))
            elif not drawn:
                paper.small(self._beside("no_picture"))
            elif digest:
                self._seen[digest] = edition.id, place + 1
            paper.gap(2.5)

    def _drawn(
        self, digest: str | None, cell: int
    ) -> tuple[list[tuple[bytes, float, float]], float]:
        """The strips of a page's picture with their size, and the room for the first two, in mm."""
        png = self._picture(digest) if digest else None
        if png is None:
            return [], 4
        dots = int(WIDTH_MM / DOT_MM) // cell * cell
        try:
            drawn = [
                (strip, width * DOT_MM, height * DOT_MM)
                for strip, width, height in strips(png, dots, cell)
            ]
        except NotAPicture:
            return [], 4
        return drawn, sum(height + 1 for _, _, height in drawn[:2])

    def _on_air(self, paper: Paper) -> None:
        paper.heading(self._say("on_air"), self._say_english("on_air"))
        paper.small(self._say("on_air_how"))
        paper.small(self._say_english("on_air_how"))
        paper.gap(2)
        if not self._summary.pages:
            paper.paragraph(self._beside("none"))
            return
        heads = ("page", "line", "first_shown", "last_shown", "times")
        proofs = (Proof.READ_BACK, Proof.ACKNOWLEDGED, Proof.REFUSED, Proof.SENT)
        by_edition: dict[str, list[PageSummary]] = {}
        for page in self._summary.pages.values():
            by_edition.setdefault(page.edition, []).append(page)
        for edition, pages in by_edition.items():
            paper.need(34)
            paper.paragraph(self._say("of_edition").format(edition=edition), bold=True)
            paper.gap(1)
            paper.table(
                [
                    *map(self._both, heads),
                    *(self._both(f"state_{proof.replace(' ', '_')}") for proof in proofs),
                ],
                [
                    [
                        str(page.page + 1),
                        self._line(page),
                        _moment(page.first).replace(" ", "\n"),
                        _moment(page.last).replace(" ", "\n"),
                        str(page.times) + _mark(page.unproven),
                        *(str(page.proofs[proof]) for proof in proofs),
                    ]
                    for page in sorted(pages, key=lambda page: page.page)
                ],
                (10, 50, 20, 20, 12, 15, 22, 14, 15),
            )

    def _line(self, page: PageSummary) -> str:
        """The beginning of what the page said, and the notice."""
        edition = self._editions.get(page.edition)
        line = ""
        if edition is not None and page.page < len(edition.pages):
            line = edition.pages[page.page].line
        shortened = line if len(line) <= 28 else f"{line[:27]}…"
        return f"{shortened}\n{page.notice}".lstrip()

    def _removals(self, paper: Paper) -> None:
        paper.heading(self._say("removals"), self._say_english("removals"))
        if not self._summary.removals:
            paper.paragraph(self._beside("none"))
            return
        heads = ("notice", "learned", "taken_off", "seconds", "result")
        paper.table(
            [self._both(head) for head in heads],
            [
                [
                    removal.notice,
                    _moment(removal.learned_at),
                    _moment(removal.at) + _mark(removal.unproven),
                    _seconds(removal),
                    self._state(removal.state),
                ]
                for removal in self._summary.removals
            ],
            (60, 34, 34, 18, 32),
        )

    def _spans(self, paper: Paper, section: str, spans: list[Span]) -> None:
        paper.heading(self._say(section), self._say_english(section))
        if not spans:
            paper.paragraph(self._beside("none"))
            return
        heads = ("what", "since", "until", "length", "result")
        paper.table(
            [self._both(head) for head in heads],
            [
                [
                    self._state(span.what),
                    self._since(span),
                    self._until(span),
                    _length(span),
                    "　".join(filter(None, (self._state(span.state), span.reason))),
                ]
                for span in spans
            ],
            (30, 34, 34, 24, 56),
        )

    def _since(self, span: Span) -> str:
        since = _moment(span.since) + _mark(span.unproven)
        return f"{since}\n{self._say('outside')}" if span.outside else since

    def _until(self, span: Span) -> str:
        if span.until is None:
            return self._say("lasting")
        until = _moment(span.until)
        return f"{until}\n{self._say('at_the_latest')}" if span.restarted else until

    def _others(self, paper: Paper) -> None:
        paper.heading(self._say("others"), self._say_english("others"))
        if not self._summary.others:
            paper.paragraph(self._beside("none"))
            return
        heads = ("entry", "time", "kind", "content")
        paper.table(
            [self._both(head) for head in heads],
            [
                [
                    str(entry.number),
                    _moment(entry.at) + _mark(entry.facts.get("unproven") is True),
                    self._chinese.get(f"evidence.kind_{entry.kind}", entry.kind),
                    content(entry, self._say),
                ]
                for entry in self._summary.others
            ],
            (18, 34, 26, 100),
        )


def _moment(moment: datetime) -> str:
    """Shanghai time to the second."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _told_moment(text: object) -> str:
    """A moment as an entry tells it, in Shanghai; anything else as it is."""
    try:
        return _moment(datetime.fromisoformat(str(text)))
    except ValueError:
        return str(text)


def _sealed(entry: Entry) -> str:
    return f"{entry.number}　{_moment(entry.at)}\n{entry.digest}"


def _mark(unproven: bool) -> str:
    return UNPROVEN if unproven else ""


def _seconds(removal: Removal) -> str:
    return "—" if removal.seconds is None else f"{removal.seconds:.1f}"


def _length(span: Span) -> str:
    """Hours, minutes, seconds; at most so long if its end was not noted."""
    if span.length is None:
        return ""
    seconds = round(span.length.total_seconds())
    most = "≤ " if span.restarted else ""
    return f"{most}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
