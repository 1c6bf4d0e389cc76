"""办事指南: the list of guides and one of them, without a window."""

from collections.abc import Iterable
from dataclasses import dataclass

from kivy.event import EventDispatcher
from kivy.properties import ListProperty, ObjectProperty, OptionProperty

from kiosk.sync.site import Guide
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a subject, or a guide."""

    title: str
    under: str = ""
    key: str = ""
    """Of the guide; empty for a subject."""


def entries(guides: Iterable[Guide], words: Words) -> list[Entry]:
    """The guides below their subjects, each subject where its first guide stands."""
    subjects: dict[str, list[Guide]] = {}
    for guide in guides:
        subjects.setdefault(guide.subject, []).append(guide)
    found = []
    for subject, of_subject in subjects.items():
        found.append(Entry(subject))
        for guide in of_subject:
            told = f"{words['guides.time_needed']}　{guide.time_needed}"
            found.append(Entry(guide.title, told if guide.time_needed else "", guide.key))
    return found


def responsible(guide: Guide) -> str:
    """Who is asked first and where, on a line each; the telephone stands by itself."""
    return "\n".join(part for part in (guide.responsible, guide.place) if part)


class GuidesModel(EventDispatcher):
    """What is known of the guides."""

    state = OptionProperty("waiting", options=["waiting", "known", "trouble"])
    guides = ListProperty()

    def show(self, guides: Iterable[Guide]) -> None:
        """Take what the store said."""
        self.guides = list(guides)
        self.state = "known"

    def fail(self) -> None:
        """The store cannot be read."""
        self.state = "trouble"

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why the list is empty, and what to do; empty texts while it is not."""
        if self.state == "trouble" and not self.guides:
            return words["lookup.trouble"], words["lookup.trouble_text"]
        if self.state == "waiting" or self.guides:
            return "", ""
        return words["guides.nothing"], words["guides.nothing_text"]


class GuideModel(EventDispatcher):
    """One guide."""

    state = OptionProperty("waiting", options=["waiting", "shown", "gone", "trouble"])
    guide = ObjectProperty(None, allownone=True)

    def show(self, guides: Iterable[Guide], key: str) -> None:
        """Take the guide of this key out of what the store said."""
        self.guide = next((guide for guide in guides if guide.key == key), None)
        self.state = "gone" if self.guide is None else "shown"

    def fail(self) -> None:
        """The store cannot be read; what is shown stays."""
        self.state = "trouble"

    def forget(self) -> None:
        """As before the first answer."""
        self.guide, self.state = None, "waiting"

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why there is no guide, and what to do; empty texts while there is one."""
        if self.guide is not None or self.state == "waiting":
            return "", ""
        if self.state == "gone":
            return words["guides.gone"], words["guides.gone_text"]
        return words["lookup.trouble"], words["lookup.trouble_text"]
