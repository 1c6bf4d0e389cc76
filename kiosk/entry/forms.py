"""Which forms somebody is offered, and which version of one (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from display.local_time import SHANGHAI
from kiosk.sync.form import Form
from kiosk.sync.submission import Role
from kiosk.words import Words


class Begun(Protocol):
    """A draft, as far as the list shows it."""

    @property
    def form(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def saved_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the list: a form, and the draft that was begun of it."""

    form: Form
    """The newest version; with a draft, the version it was begun with."""
    draft: Begun | None = field(default=None, repr=False)


def offers(forms: Iterable[Form], role: Role, drafts: Iterable[Begun]) -> tuple[Offer, ...]:
    """What a role may fill in, in the centre's order.

    A draft whose version is no longer known cannot go on, and is not offered.
    """
    known = tuple(forms)
    begun = {draft.form: draft for draft in drafts}
    found = []
    for form in newest(known):
        if role not in form.roles:
            continue
        draft = begun.get(form.key)
        of_draft = None if draft is None else version(known, form.key, draft.version)
        found.append(Offer(form) if of_draft is None else Offer(of_draft, draft))
    return tuple(found)


def newest(forms: Iterable[Form]) -> tuple[Form, ...]:
    """Of each form its newest version, in the centre's order."""
    best: dict[str, Form] = {}
    for form in forms:
        if form.key not in best or form.version > best[form.key].version:
            best[form.key] = form
    return tuple(sorted(best.values(), key=lambda form: (form.order, form.key)))


def version(forms: Iterable[Form], key: str, number: int) -> Form | None:
    """One version of a form; None where it is not known (any more)."""
    return next((form for form in forms if (form.key, form.version) == (key, number)), None)


def draft_text(offer: Offer, words: Words) -> str:
    """That there is a draft and since when; empty without one."""
    if offer.draft is None:
        return ""
    at = offer.draft.saved_at.astimezone(SHANGHAI)
    return words["entry.has_draft"].format(month=at.month, day=at.day, clock=f"{at:%H:%M}")
