"""Who proposed and approved an edition, in the export: written, checked, and false ones found."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from display.evidence import Kind, seal, to_line
from display.journal import TAKEN_OFF, decision_facts
from display.standing import standing
from kiosk.boards.arranging import arranged_by
from kiosk.evidence.check import Checked
from kiosk.store.terminal import TerminalStore
from tests.display.builders import MORNING
from tests.display.deciding import BOARD, NOON, PEOPLE, TOMORROW, Maker
from tests.evidence.conftest import exported
from tests.evidence.day import edition_of, keep, some_notices

Faces = tuple[Path, Path]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TerminalStore]:
    with TerminalStore(tmp_path / "terminal.db") as opened:
        yield opened


def decide(store: TerminalStore) -> None:
    maker = Maker()
    proposed = maker.propose()
    maker.approve(proposed)
    refused = maker.approve(proposed, at=NOON)
    found = standing(BOARD, maker.made, PEOPLE, TOMORROW)
    for one in found.decisions:
        facts = decision_facts(one, found.judged[one.id])
        store.record(BOARD, MORNING, Kind.DECISION, facts)
    store.record(BOARD, MORNING, Kind.DECISION, {"decision": refused.id, "what": TAKEN_OFF})
    edition = edition_of(some_notices(1)).model_copy(
        update={"arranged": arranged_by(found.in_force)}
    )
    keep(store, edition)


def text_of(report: Path) -> str:
    with pypdfium2.PdfDocument(report) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_the_export_names_who_proposed_and_approved_and_is_whole(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    decide(store)
    out = tmp_path / "out"
    exported(store, small_faces, out)
    assert Checked(out).problems == []
    made = store.last_entry(BOARD, Kind.EDITION)
    assert made is not None
    assert (made.facts["proposed_by"], made.facts["approved_by"]) == ("a**", "b**")
    text = text_of(out / "report.pdf")
    assert "a**" in text
    assert "b**" in text
    assert made.facts["arrangement"][:16] in text.replace("\r\n", "")


def test_an_arrangement_with_another_content_is_found_even_in_a_chain_written_anew(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    decide(store)
    out = tmp_path / "out"
    exported(store, small_faces, out)
    false = tmp_path / "false"
    shutil.copytree(out, false)
    previous, lines = "0" * 64, []
    for entry in store.stretch(BOARD):
        facts = dict(entry.facts)
        if "content" in facts:
            facts["content"] = {**facts["content"], "characters_per_second": 6.0}
        anew = seal(BOARD, entry.number, entry.at, entry.kind, facts, previous)
        previous = anew.digest
        lines.append(to_line(anew) + "\n")
    (false / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    assert any("arrangement does not match" in problem for problem in Checked(false).problems)
