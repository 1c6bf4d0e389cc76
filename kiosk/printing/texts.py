"""What the print dialog says at each step, and what the visitor can do then (pure)."""

from dataclasses import dataclass, replace
from typing import Literal

from devices.printer.reports import Trouble
from kiosk.printing.progress import Progress, Stage
from kiosk.words import Words

State = Literal["idle", "setting", "ready", "too_long", "failed", "outdated", "sent"]
"""setting: pages are being made. sent: the printer has it, or had it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A dialog: the first button's word is `yes`; without `no` there is one button."""

    title: str
    text: str
    yes: str
    no: str = ""


def said(
    state: State,
    words: Words,
    *,
    pages: int,
    limit: int,
    progress: Progress | None,
    trouble: Trouble | None,
    outdated: bool = False,
    rated: bool = True,
) -> Said:
    """What to say; `trouble` is what the printer said of itself before anything was sent.

    `outdated`: what was sent is not so any more.

    A visit that was not `rated` yet is asked to once the printer is done.
    """
    if state == "sent" and progress is not None:
        told = _sent(progress, words, pages, rated)
        return replace(told, text=words["print.outdated_sent_text"]) if outdated else told
    if state == "ready":
        text = words["print.ready_text"]
        if trouble is not None:
            text = words[f"print.{trouble}"] + "\n" + words[f"print.{trouble}_text"]
        title = words["print.ready"].format(pages=pages)
        return Said(title, text, words["print.start"], words["print.leave"])
    if state == "too_long":
        title = words["print.too_long"].format(pages=pages, limit=limit)
        return Said(title, words["print.too_long_text"], words["shell.close"])
    if state == "outdated":
        return Said(words["print.outdated"], words["print.outdated_text"], words["shell.close"])
    if state == "failed":
        return Said(words["print.failed"], words["print.failed_text"], words["shell.close"])
    return Said(words["print.setting"], words["print.setting_text"], words["print.leave"])


def _sent(progress: Progress, words: Words, pages: int, rated: bool) -> Said:
    stage, trouble = progress.stage, progress.trouble
    title = words[f"print.{stage}"].format(pages=pages)
    text = words[f"print.{stage}_text"]
    if stage is Stage.STOPPED and trouble is not None:
        title = words[f"print.{trouble}"]
    if trouble is not None and not stage.over:
        text = words[f"print.{trouble}_text"]
    if stage is Stage.PRINTING and progress.sheets:
        title = words["print.printing_sheet"].format(sheet=progress.sheets, pages=pages)
    if stage is Stage.DONE and not rated:
        return Said(title, text, words["shell.close"], words["print.rate"])
    if stage.over:
        return Said(title, text, words["shell.close"])
    if stage is Stage.CANCELLING:
        return Said(title, text, words["print.read_on"])
    return Said(title, text, words["print.read_on"], words["print.cancel"])
