"""Real published notices: all imported, all on the terminal, all found."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from kiosk.demo.machine import Machine, wait_for
from kiosk.store.bigrams import fold
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {"notices.ndjson": "record_id", "candidates.ndjson": "id"}
PATIENCE_S = 60.0


@pytest.mark.skipif(not DATA.exists(), reason=f"the real notices are not in {DATA}")
def test_every_record_arrives_and_is_found_by_any_two_characters(tmp_path: Path) -> None:
    titles: dict[str, str] = {}
    for name, key in FILES.items():
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            titles[record[key]] = record["title"]
    machine = Machine(tmp_path)
    machine.configure(datetime.now(UTC))
    assert machine.run("import", *(str(DATA / name) for name in FILES)) == 0
    machine.start("central", "central")
    machine.start("sync", "sync")
    try:
        assert wait_for(machine.store.exists, PATIENCE_S)
        with TerminalStore(machine.store) as store:
            assert wait_for(
                lambda: store.count("", Filters(datetime.now(UTC)), cap=5000) == len(titles),
                PATIENCE_S,
            )
            at = datetime.now(UTC)
            holders: dict[str, set[str]] = defaultdict(set)
            for notice_id, title in titles.items():
                for left, right in pairwise(title):
                    holders[left + right].add(notice_id)
            for pair, expected in holders.items():
                found = {
                    notice.id for notice in store.search(pair, Filters(at), limit=5000).notices
                }
                assert expected <= found, f"{sorted(expected - found)} not found by {pair!r}"
                whole = fold(pair)
                if pair.isascii() and pair.isalpha():
                    continue  # Letters are also searched as pinyin.
                wrong = {i for i in found - expected if whole and not _holds(store, i, pair)}
                assert not wrong, f"{sorted(wrong)} found by {pair!r}"
    finally:
        machine.stop()


def _holds(store: TerminalStore, notice_id: str, pair: str) -> bool:
    """Whether a hit beyond the title is a true one: in another searched field or the body,
    folded, or as part of a code without its punctuation."""
    notice = store.notice(notice_id)
    assert notice is not None
    fields = (notice.title, notice.tender_no, notice.buyer, notice.agent, notice.body)
    texts = [*map(fold, fields), *(_letters(field) for field in fields)]
    return all(
        any(fold(word) in text or _letters(word) in text for text in texts) for word in pair.split()
    )


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
