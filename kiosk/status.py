"""What the terminal says about itself: time, and how fresh its data are (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from display.local_time import SHANGHAI
from kiosk import words
from kiosk.words import Words

STALE_AFTER = timedelta(minutes=3)
"""Without contact for this long, the screen says that the connection is gone."""


@dataclass(frozen=True, slots=True)
class Status:
    """Texts of header and footer."""

    clock: str
    date: str
    """Two lines: day and weekday."""
    as_of: str
    online: bool


def status(said: Words, now: datetime, heard: datetime | None, *, trouble: bool) -> Status:
    """Describe the moment `now`; `heard` is the last contact, None before the first.

    Both are the server's time. `trouble` means that the store cannot be read, so that nothing
    is known of the data.
    """
    local = now.astimezone(SHANGHAI)
    date = f"{words.day(said, now, now, 'shell.day')}\n{words.weekday(said, local.date())}"
    online = heard is not None and abs(now - heard) < STALE_AFTER
    if trouble:
        as_of, online = said["shell.trouble"], False
    elif heard is None:
        as_of = said["shell.no_data_yet"]
    else:
        same_day = heard.astimezone(SHANGHAI).date() == local.date()
        as_of = said["shell.as_of" if same_day else "shell.as_of_date"].format(
            time=words.clock(heard), date=words.day(said, heard, now)
        )
        if not online:
            as_of += "  ·  " + said["shell.offline"]
    return Status(f"{local:%H:%M}", date, as_of, online)
