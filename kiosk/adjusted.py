"""The terminal as its settings file and its staff want it, while it runs."""

from typing import TYPE_CHECKING

from kiosk.adjustments import SERVICES, USUAL, Adjustments, KeptAdjustments, Name, Value
from kiosk.session import Limits
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.app import KioskApp


class Adjusted:
    """Knows what counts, and puts it into force."""

    def __init__(self, settings: Settings) -> None:
        screen = settings.screen
        self.defaults: dict[Name, Value] = {
            **USUAL,
            Name.LANGUAGE: screen.language,
            Name.IDLE: round(screen.idle_s),
            Name.IDENTIFIED_IDLE: round(screen.identified_idle_s),
            Name.COUNTDOWN: round(screen.countdown_s),
            Name.STAFF_IDLE: round(settings.staff.idle_s),
        }
        self.kept: KeptAdjustments | None = None
        self._values = Adjustments().in_force(self.defaults)
        self._settings = settings

    @property
    def language(self) -> str:
        """At the beginning of every visit, as are the next two."""
        return str(self._values[Name.LANGUAGE])

    @property
    def large(self) -> bool:
        """Whether texts are large."""
        return bool(self._values[Name.LARGE])

    @property
    def contrast(self) -> bool:
        """Whether contrast is high."""
        return bool(self._values[Name.CONTRAST])

    @property
    def adjustments(self) -> Adjustments:
        """What is above the settings file."""
        return Adjustments() if self.kept is None else self.kept.adjustments

    def load(self, app: "KioskApp") -> None:
        """Ask the store, and put into force what it says."""
        app.jobs.ask(
            "adjustments",
            lambda store: store.adjustments(),
            lambda kept: self.take(app, kept),
            lambda: None,
        )

    def take(self, app: "KioskApp", kept: KeptAdjustments | None) -> None:
        """From now on this counts; look and language not before the visit that lasts is over."""
        unused = not app.in_use
        self.kept = kept
        values = self._values = self.adjustments.in_force(self.defaults)
        app.visit.limit(self._limits())
        app.voice.pace = int(values[Name.SPEECH_PACE])
        app.voice.volume = int(values[Name.SPEECH_VOLUME])
        app.switched_off = [str(name) for name in SERVICES if not values[name]]
        # With nobody here, only another look than the usual one counts as use.
        if unused and app.in_use:
            app.usual_look()

    def _limits(self) -> Limits:
        screen, staff, values = self._settings.screen, self._settings.staff, self._values
        given = {
            Name.IDLE: screen.idle_s,
            Name.IDENTIFIED_IDLE: screen.identified_idle_s,
            Name.COUNTDOWN: screen.countdown_s,
            Name.STAFF_IDLE: staff.idle_s,
        }
        adjusted = self.adjustments.values
        # What is not adjusted keeps the fractions of its second.
        found = {n: float(values[n]) if n in adjusted else s for n, s in given.items()}
        return Limits(
            found[Name.IDLE],
            found[Name.IDENTIFIED_IDLE],
            found[Name.COUNTDOWN],
            found[Name.STAFF_IDLE],
        )
