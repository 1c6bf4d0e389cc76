"""What narrows a lookup down: the choices, their names, and how many each would find (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from display.notice import Category, NoticeKind
from kiosk.home.model import today
from kiosk.store.filters import Filters
from kiosk.words import Words

CATEGORIES = (
    Category.CONSTRUCTION,
    Category.PROCUREMENT,
    Category.LAND,
    Category.PROPERTY,
    Category.OTHER,
)
"""The categories that have a chip, in order."""
KINDS = (
    NoticeKind.TENDER,
    NoticeKind.PREQUALIFICATION,
    NoticeKind.AMENDMENT,
    NoticeKind.CANDIDATES,
    NoticeKind.AWARD,
    NoticeKind.CONTRACT,
    NoticeKind.CANCELLATION,
    NoticeKind.OPENING_RECORD,
)
PERIODS = {"month": 30, "quarter": 91, "year": 365}
"""How many days back each choice of the date reaches."""
MENUS = ("kind", "period", "region")
COUNT_CAP = 999
FACET_CAP = 99
"""Up to here the notices behind each choice are counted."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a visitor has chosen; empty texts are "all"."""

    category: str = ""
    kind: str = ""
    period: str = ""
    region: str = ""
    open_now: bool = False
    """Only projects that one can still take part in (可参与)."""
    openings: bool = False
    """Only projects whose bids are opened today."""

    def __bool__(self) -> bool:
        return self != Chosen()

    def without(self, name: str) -> "Chosen":
        return replace(self, **{name: getattr(Chosen(), name)})

    def filters(self, at: datetime) -> Filters:
        """What the store is asked for at the moment `at`."""
        since = today(at)[1] - timedelta(days=PERIODS[self.period]) if self.period else None
        return Filters(
            at,
            category=Category(self.category) if self.category else None,
            kind=NoticeKind(self.kind) if self.kind else None,
            since=since,
            region=self.region or None,
            open_now=self.open_now,
            opens_between=today(at) if self.openings else None,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many notices each choice would find while the others stay; capped."""

    known: bool = False
    categories: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    regions: Mapping[str, int] = field(default_factory=dict)
    open_now: int = 0

    def text(self, found: Mapping[str, int], name: str, words: Words) -> str:
        """How many a choice would find; empty while nobody knows."""
        return number_text(found.get(name, 0), words) if self.known else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu."""

    value: str
    text: str
    count: str = ""
    chosen: bool = False


def number_text(number: int, words: Words) -> str:
    return words["lookup.many"].format(count=FACET_CAP) if number > FACET_CAP else str(number)


def choice_text(menu: str, value: str, words: Words) -> str:
    """What a choice is called; an empty value is all of them."""
    if not value:
        return words[f"lookup.all_{menu}"]
    if menu == "region":
        return value
    return words[f"kind.{value}" if menu == "kind" else f"lookup.period_{value}"]


def chip_text(menu: str, chosen: Chosen, words: Words) -> str:
    """What stands on the chip of a menu: its name, or what is chosen."""
    value = getattr(chosen, menu)
    return choice_text(menu, value, words) if value else words[f"lookup.menu_{menu}"]


def choices(menu: str, chosen: Chosen, counts: Counts, words: Words) -> list[Choice]:
    """The lines of a menu. Those that would find nothing are left out, unless chosen."""
    current = getattr(chosen, menu)
    lines = [Choice("", choice_text(menu, "", words), "", not current)]
    told: dict[str, Mapping[str, int]] = {"kind": counts.kinds, "region": counts.regions}
    found = told.get(menu, {})
    if menu == "region":
        values = sorted(found, key=lambda name: (-found[name], name))
        values += [current] if current and current not in values else []
    else:
        values = list(PERIODS) if menu == "period" else [kind.value for kind in KINDS]
    for value in values:
        count = counts.text(found, value, words) if menu != "period" else ""
        if count != "0" or value == current:
            lines.append(Choice(value, choice_text(menu, value, words), count, value == current))
    return lines


def named(chosen: Chosen, words: Words) -> list[tuple[str, str]]:
    """The filters in force, each with what the visitor calls it."""
    found = []
    if chosen.category:
        found.append(("category", words[f"category.{chosen.category}"]))
    for menu in MENUS:
        if getattr(chosen, menu):
            found.append((menu, choice_text(menu, getattr(chosen, menu), words)))
    if chosen.open_now:
        found.append(("open_now", words["lookup.open_now"]))
    if chosen.openings:
        found.append(("openings", words["lookup.today_only"]))
    return found
