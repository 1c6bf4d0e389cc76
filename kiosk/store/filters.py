"""What narrows a search down (pure)."""

from dataclasses import dataclass
from datetime import datetime

from display.notice import Category, NoticeKind


@dataclass(frozen=True, slots=True)
class Filters:
    """What a notice must be, besides holding the words of the query."""

    at: datetime
    """Trusted time; later notices do not exist yet."""
    category: Category | None = None
    kind: NoticeKind | None = None
    since: datetime | None = None
    """Published at this moment or later."""
    opens_between: tuple[datetime, datetime] | None = None
    """`opens_at` lies in ``[from, to)``."""
    region: str | None = None
    open_now: bool = False
    """`closes_at` lies after `at`."""
