"""Which bids are opened on a day, by the newest word on each project (pure)."""

from collections.abc import Iterable
from datetime import date

from display.local_time import SHANGHAI
from display.notice import Notice, NoticeKind


def openings_of(day: date, notices: Iterable[Notice]) -> list[Notice]:
    """The notices that tell of a bid opening on the Shanghai `day`, in order of time.

    `notices`: all published ones of the projects in question, of any zone, expired or not, in
    any order. Of each project the newest notice that names an opening counts; none does once
    the project is cancelled. The gate is asked about what comes out.
    """
    newest: dict[str, Notice] = {}
    for notice in sorted(notices, key=lambda notice: notice.published_at):
        project = notice.tender_no or notice.id
        if notice.kind is NoticeKind.CANCELLATION or notice.opens_at is not None:
            newest[project] = notice
    return sorted(
        (
            notice
            for notice in newest.values()
            if notice.kind is not NoticeKind.CANCELLATION
            and notice.opens_at is not None
            and notice.opens_at.astimezone(SHANGHAI).date() == day
        ),
        key=lambda notice: (notice.opens_at, notice.id),
    )
