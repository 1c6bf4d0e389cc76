"""A guide on paper (pure)."""

from collections.abc import Iterator
from datetime import datetime

from display.body import Block, Heading, ListItem, Run, text_blocks
from kiosk.printing.printout import Printout, printout
from kiosk.sync.site import Guide
from kiosk.words import Words


def guide_printout(
    guide: Guide, words: Words, at: datetime, *, centre: str, terminal: str
) -> Printout:
    """A guide as this terminal prints it; `at` is the moment of printing."""
    whom = "　".join(part for part in (guide.responsible, guide.telephone, guide.place) if part)
    facts = ((words["guides.responsible"], whom), (words["guides.time_needed"], guide.time_needed))
    return printout(
        words,
        at,
        centre=centre,
        terminal=terminal,
        title=guide.title,
        tag=words["guides.title"],
        facts=((name, value) for name, value in facts if value),
        blocks=tuple(_blocks(guide, words)),
    )


def _blocks(guide: Guide, words: Words) -> Iterator[Block]:
    yield Heading(2, words["guides.steps"])
    for number, step in enumerate(guide.steps, start=1):
        yield ListItem(1, f"{number}.", (Run(" ".join(step.title.split()), bold=True),))
        yield from text_blocks(step.text)
    yield Heading(2, words["guides.papers"])
    for paper in guide.papers or (words["guides.no_papers"],):
        yield ListItem(1, "·", (Run(" ".join(paper.split())),))
