"""服务评价: what the visitor has chosen so far, without a window."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import ListProperty, OptionProperty, StringProperty

from display.local_time import SHANGHAI
from kiosk.sync.events import Event
from kiosk.sync.rating import Grade, Rating, Reason, Service, rating_event, reasons_for
from kiosk.words import Words


class RatingModel(EventDispatcher):
    """One rating, from the first choice to the thanks."""

    state = OptionProperty("choosing", options=["choosing", "sending", "thanks", "failed"])
    grade = StringProperty("")
    """A `Grade`, or empty."""
    reasons = ListProperty()
    """Those of `Reason` that are chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._service = Service.VISIT
        self._event: Event | None = None

    def begin(self, service: Service) -> None:
        """Ask about a service, with nothing chosen."""
        self.forget()
        self._service = service

    def choose(self, grade: Grade) -> None:
        """Choose a grade; reasons that do not go with it are dropped."""
        if self.state == "choosing":
            self.grade = grade.value
            offered = reasons_for(grade)
            self.reasons = [reason for reason in self.reasons if reason in offered]

    def toggle(self, reason: Reason) -> None:
        """Choose a reason, or take it back."""
        if self.state == "choosing":
            if reason in self.reasons:
                self.reasons = [each for each in self.reasons if each != reason]
            else:
                self.reasons = [*self.reasons, reason]

    def offered(self) -> tuple[Reason, ...]:
        """The reasons that go with the grade."""
        return reasons_for(Grade(self.grade)) if self.grade else ()

    def send(self, at: datetime, terminal: str, new_id: Callable[[], UUID]) -> Event | None:
        """The event to keep; None while nothing is chosen or one is on its way.

        The event of a failed attempt is given again, so that it can never count twice.
        """
        if not self.grade or self.state not in ("choosing", "failed"):
            return None
        if self._event is None:
            rating = Rating(
                grade=Grade(self.grade),
                reasons=tuple(reason for reason in self.offered() if reason in self.reasons),
                service=self._service,
                day=at.astimezone(SHANGHAI).date(),
            )
            self._event = rating_event(rating, terminal, new_id())
        self.state = "sending"
        return self._event

    def kept(self) -> None:
        """The terminal's store has it."""
        self.state, self._event = "thanks", None

    def fail(self) -> None:
        """The terminal's store did not take it."""
        self.state = "failed"

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self._event, self._service = None, Service.VISIT
        self.grade, self.reasons, self.state = "", [], "choosing"

    def end_texts(self, words: Words, telephone: str) -> tuple[str, str]:
        """What stands in place of the question at the end; empty texts before."""
        if self.state == "failed":
            return words["rating.failed"], words["rating.failed_text"]
        if self.state != "thanks":
            return "", ""
        if not Grade(self.grade).is_bad:
            return words["rating.thanks"], words["rating.thanks_text"]
        number = words["rating.thanks_telephone"].format(number=telephone) if telephone else ""
        return words["rating.thanks"], words["rating.thanks_bad"].format(telephone=number)
