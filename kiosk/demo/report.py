"""What a run of the demo proved, from the terminal's store and the board's own log."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from display.edition import Edition
from display.evidence import Proof
from display.local_time import SHANGHAI
from display.schedule import State, showings
from display.screen import Screen
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

STILL_ON_THE_LINE = timedelta(seconds=2)
"""A page due this shortly before the end may not be acknowledged yet."""


def board_text(frames: Iterable[str]) -> list[str]:
    """The texts that the board understood, in order, each once; from its log's lines.

    What holds no letter or digit, such as the colon of the card's own clock, is left out.
    """
    seen: dict[str, None] = {}
    for line in frames:
        frame = json.loads(line)
        if frame["direction"] == "in" and frame["valid"]:
            seen.update(
                dict.fromkeys(text for text in frame["texts"] if any(map(str.isalnum, text)))
            )
    return list(seen)


def planned_pages(
    edition: Edition, store: TerminalStore, until: datetime
) -> list[tuple[datetime, int]]:
    """Which page was due when, from the cut-over to a little before `until`."""
    begins, ends = edition.cut_over_at, until - STILL_ON_THE_LINE
    return [
        (showing.since, showing.page)
        for showing in showings(edition, Screen(), begins, ends, store.known().withdrawn)
        if showing.state is State.PAGE and showing.page is not None and showing.since < ends
    ]


def make_report(
    store: TerminalStore,
    *,
    board: str,
    until: datetime,
    frames: Path,
    tour: dict[str, Any],
    expected_notices: int,
) -> dict[str, Any]:
    """The report's figures and, under `problems`, whatever did not happen."""
    text = store.edition(board, until.astimezone(SHANGHAI).date())
    edition = Edition.kept(text) if text is not None else None
    planned = planned_pages(edition, store, until) if edition is not None else []
    acknowledged = {
        (record.due, record.page)
        for record in store.page_records(board)
        if record.state in (Proof.ACKNOWLEDGED, Proof.READ_BACK)
    }
    shown = [page for page in planned if page in acknowledged]
    with frames.open(encoding="utf-8") as lines:
        texts = board_text(lines)
    count = store.count("", Filters(until), cap=1_000_000)
    problems = []
    if count != expected_notices:
        problems.append(f"{expected_notices} notices were imported, {count} are on the terminal")
    if not tour.get("finished"):
        stuck = f"stuck on {tour['stuck_on']}: {tour['why']}" if "stuck_on" in tour else ""
        problems.append(f"the visit did not reach its end: {stuck or tour or 'it never began'}")
    elif not tour.get("search_hits"):
        problems.append("the visitor found nothing")
    if edition is None or not edition.pages:
        problems.append("no edition was made")
    elif not planned:
        problems.append("no page was due")
    if len(shown) < len(planned):
        problems.append(f"{len(planned) - len(shown)} pages were due and not acknowledged")
    if edition is not None:
        unread = {edition.pages[page].line for _, page in shown} - set(texts)
        problems += [f"acknowledged, but not among the board's frames: {line}" for line in unread]
    return {
        "notices": count,
        "search_query": tour.get("query"),
        "search_hits": tour.get("search_hits", 0),
        "files_delivered": tour.get("delivered", 0),
        "files_refused": tour.get("refused", 0),
        "receipt_printed": bool(tour.get("printed")),
        "edition": edition.id if edition is not None else None,
        "edition_pages": len(edition.pages) if edition is not None else 0,
        "left_out": dict(Counter(edition.left_out.values())) if edition is not None else {},
        "pages_planned": len(planned),
        "pages_acknowledged": len(shown),
        "board_text": texts,
        "problems": problems,
    }
