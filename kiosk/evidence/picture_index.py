"""The list that leads a person from a day and a page to its picture, whose name is a digest."""

import csv
import io
from collections.abc import Iterable, Mapping

from display.edition import Edition
from display.evidence import Entry

NAME = "pictures.csv"
_FORMULA = ("=", "+", "-", "@")
"""With these a cell begins that a spreadsheet would calculate."""


def picture_index(
    made: Iterable[Entry], editions: Mapping[str, Edition], head: tuple[str, ...]
) -> bytes:
    """A table for spreadsheets: day, version, page, what it says, file.

    `made`: entries of editions that were made; `editions` by id; `head` names the five columns.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(head)
    for entry in made:
        facts = entry.facts
        edition = editions.get(str(facts.get("edition")))
        for number, digest in enumerate(facts.get("pictures", ())):
            line = edition.pages[number].line if edition and number < len(edition.pages) else ""
            said = f" {line}" if line.startswith(_FORMULA) else line
            place = (facts.get("day"), facts.get("version"), number + 1)
            table.writerow((*place, said, f"pictures/{digest}.png"))
    # Spreadsheets take a file without this mark for one in the PC's old encoding.
    return out.getvalue().encode("utf-8-sig")
