"""The terminal's screens: each is built when it is asked for, or ahead, while nobody waits."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from kivy.clock import Clock
from kivy.uix.screenmanager import NoTransition, Screen, ScreenManager

SCREENS = {
    "home": "kiosk.home.screen:HomeScreen",
    "lookup": "kiosk.lookup.screen:LookupScreen",
    "notice": "kiosk.notice.screen:NoticeScreen",
    "openings": "kiosk.openings.screen:OpeningsScreen",
    "guides": "kiosk.guides.screen:GuidesScreen",
    "guide": "kiosk.guides.screen:GuideScreen",
    "rating": "kiosk.rating.screen:RatingScreen",
    "attachments": "kiosk.attachments.screen:AttachmentsScreen",
    "document": "kiosk.attachments.document:DocumentScreen",
    "identify": "kiosk.identify.screen:IdentifyScreen",
    "entry": "kiosk.entry.listing:EntryScreen",
    "form": "kiosk.entry.screen:FormScreen",
    "check_in": "kiosk.identify.check_in_screen:CheckInScreen",
    "upload": "kiosk.upload.screen:UploadScreen",
    "receipt": "kiosk.receipt.screen:ReceiptScreen",
    "matters": "kiosk.matters.screen:MattersScreen",
    "sign_in": "kiosk.staff.sign_in.screen:SignInScreen",
    "staff": "kiosk.staff.home:StaffScreen",
    "staff_health": "kiosk.staff.health.screen:HealthScreen",
    "evidence": "kiosk.staff.evidence.screen:EvidenceScreen",
    "edition": "kiosk.staff.edition.screen:EditionScreen",
    "schedule": "kiosk.staff.schedule.screen:ScheduleScreen",
    "proposals": "kiosk.staff.proposals.screen:ProposalsScreen",
    "proposal_preview": "kiosk.staff.proposals.preview:ProposalPreviewScreen",
    "neutral": "kiosk.staff.proposals.neutral:NeutralScreen",
    "staff_outbox": "kiosk.staff.outbox.screen:OutboxScreen",
    "adjusting": "kiosk.staff.adjusting:AdjustingScreen",
}
"""Name → module and class; the first one is shown first, the rest is built in this order.

Each but the first has a method `forget`, which the end of a visit calls.
"""
FIRST = next(iter(SCREENS))
STAFF_SCREENS = (
    *("sign_in", "staff", "edition", "schedule", "proposals", "proposal_preview", "neutral"),
    *("staff_health", "evidence", "staff_outbox", "adjusting"),
)
"""All there is where only staff sit, the first one first."""
BUILD_EVERY_S, QUIET_S = 0.1, 1.5
"""Screens are built ahead step by step, and only while nobody has touched anything for so long:
a step takes up to a third of a second."""


class AtOnce(NoTransition):
    """The other screen within the same call: while a transition runs, the screens drop touches."""

    def start(self, manager: ScreenManager) -> None:
        """Begin, and be done."""
        super().start(manager)
        self.stop()


class Screens(ScreenManager):
    """Shows one screen, the first one that is built at first."""

    def __init__(self, names: Sequence[str] = tuple(SCREENS)) -> None:
        """`names`: those that are built ahead."""
        super().__init__(transition=AtOnce())
        self._names = names
        # Nothing reaches over the window's edge: no stencil, which every pixel would pay for.
        self.canvas.before.clear()
        self.canvas.after.clear()

    def named(self, name: str) -> Screen:
        """A screen, built if it is not yet."""
        if not self.has_screen(name):
            module, screen = SCREENS[name].split(":")
            self.add_widget(getattr(import_module(module), screen)())
        return self.get_screen(name)

    def build_more(self) -> bool:
        """One step towards having them all: load the next one's module, or build it.

        False if there is nothing left to do.
        """
        missing = next((name for name in self._names if not self.has_screen(name)), None)
        if missing is None:
            return False
        module = SCREENS[missing].split(":")[0]
        if module in sys.modules:
            self.named(missing)
        else:
            import_module(module)
        return True

    def forget(self) -> None:
        """Have every screen drop what it keeps of a visit; the first one keeps nothing."""
        # The one that is shown comes first: others clear what is composed on it.
        for screen in sorted(self.screens, key=lambda each: each is not self.current_screen):
            if screen.name != FIRST:
                screen.forget()


class BuildingAhead:
    """Builds one screen after the other, so that no touch waits for a screen."""

    def __init__(self, screens: Screens, done: Callable[[], None]) -> None:
        """`done` is called once every screen is built."""
        self._screens, self._done = screens, done
        self._felt_at = -QUIET_S
        self._building = Clock.create_trigger(self._step, BUILD_EVERY_S, interval=True)

    def begin(self) -> None:
        """From now on, whenever it is quiet."""
        self._building()

    def felt(self) -> None:
        """Somebody is there, and would wait."""
        self._felt_at = Clock.get_boottime()

    def stop(self) -> None:
        """Build no more."""
        self._building.cancel()

    def _step(self, _elapsed: float) -> None:
        if Clock.get_boottime() - self._felt_at < QUIET_S or self._screens.build_more():
            return
        self.stop()
        self._done()
