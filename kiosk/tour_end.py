"""How a tour ended, in words for the person at the keyboard (no window)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk import words

_UPLOAD = {
    "warning": "the notice before handing in does not go away",
    "project": "no project takes files now",
    "source": "no stick is there: is `mingtang virtual-stick` running?",
    "browse": "the stick's files are not listed",
    "files": "no file of the stick can be handed in",
    "sending": "the files are not delivered: are `mingtang central` and `mingtang sync` running?",
}
"""Step → what did not happen."""


def told(report: Mapping[str, Any], out: Path) -> str:
    """The line that a tour ends with; `report` is what it writes into tour.json."""
    if not report["finished"]:
        if "stuck_on" not in report:
            return "NOT DONE: the terminal was closed before the end"
        stuck = f"{report['stuck_on']}: {report['why']}"
        return f"NOT DONE: stuck on {stuck}; see {out / 'stuck.png'}"
    handed_in = ""
    if "delivered" in report:
        handed_in = f"{report['delivered']} delivered, {report['refused']} refused; "
    return f"done: {handed_in}pictures and report in {out}/"


def why_stuck(app: Any) -> str:
    """What the screen that is shown waits for, in English."""
    model = getattr(app.screen_named(app.shown), "model", None)
    match app.shown:
        case "home" if not app.online:
            return (
                "the terminal is not in contact with the server: are `mingtang central` and "
                "`mingtang sync` running?"
            )
        case "home" if not app.visit.ready:
            return "the former visit is not closed yet, or personal services cannot be used"
        case "lookup":
            return "the search finds nothing, or does not end"
        case "identify" if model is not None:
            said = words.load("en")[f"identify.{model.said}"]
            return said[0].lower() + said[1:]
        case "upload" if model is not None:
            return _UPLOAD[model.step]
        case "receipt":
            return "the receipt, the stick's end or the printer's word does not come"
    return "what it waits for does not come"
