"""The ways from screen to screen, and the way back."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty
from kivy.uix.screenmanager import Screen

from display.local_time import SHANGHAI
from kiosk.screens import FIRST, SCREENS, Screens

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from display.notice import Attachment
    from kiosk.entry.desk import Desk, SavedDraft
    from kiosk.jobs import Jobs
    from kiosk.session import Visitor
    from kiosk.store.site import Site
    from kiosk.sync.form import Form
    from kiosk.sync.rating import Service
    from kiosk.sync.staff import StaffAccount
    from kiosk.sync.submission import SignedReceipt
    from kiosk.upload.attaching import Attaching
    from kiosk.upload.projects import OpenProject
    from kiosk.words import Words

HOME_QUIET_S = 30.0
"""Silence on the first screen after which somebody who is identified is asked: many just leave."""


class Navigation(EventDispatcher):
    """The part of the app that knows which screen is shown and by what way it was reached."""

    visit = ObjectProperty()
    """Who is identified, and the end of the visit: a `kiosk.visit.Visit`."""
    complete = BooleanProperty(False)
    """Whether every screen is built."""
    switched_off = ListProperty()
    """Names of personal services that staff have switched off at this terminal."""
    rated = BooleanProperty(False)
    """Whether this visit was rated."""

    first = FIRST
    """Name of the screen at which everything begins and ends."""

    words: "Words"
    moment: Callable[[], datetime]
    point_to_desk: Callable[[str], None]
    end_visit: Callable[[], None]
    ask_to_leave: Callable[[], None]
    unsubmitted: Callable[[], int]
    say_to_staff: Callable[..., None]
    proven: Callable[[], datetime | None]
    jobs: "Jobs"
    """These are the app's."""

    def __init__(self) -> None:
        super().__init__()
        self._screens: Screens
        self._trail: list[str] = []
        self._told_soon = -1
        """The visit in which somebody was told that the account ends soon."""

    @property
    def shown(self) -> str:
        """Name of the screen that is shown."""
        return str(self._screens.current)

    def screen_named(self, name: str) -> Screen:
        """A screen, built when it is asked for or its turn has come."""
        return self._screens.named(name)

    def open_service(self, name: str, title: str) -> None:
        """A personal service: its screen opens for whoever is identified by then.

        `name` is that of a screen with a method `open()`; `title` is for visitors.
        """
        if not self.offers(name):
            self.point_to_desk(title)
            return

        def begin() -> None:
            self._go(name)
            self.screen_named(name).open()

        self.with_identity(begin, title, service=name)

    @property
    def personal(self) -> bool:
        """Whether this terminal has personal services."""
        return self.visit.private is not None

    def offers(self, name: str) -> bool:
        """Whether this terminal has this personal service."""
        return self.personal and name in SCREENS and name not in self.switched_off

    def with_identity(
        self, following: Callable[[], None], title: str = "", *, service: str = ""
    ) -> None:
        """Call `following` once somebody is identified; at once, if somebody is.

        `service` is the name of its screen, for which the card is read.
        """
        if self.visit.visitor is not None:
            following()
            return
        if not self.complete:
            self.visit.begin()
        self.screen_named("identify").open(following, title, service=service)
        self._go("identify")

    def identified(self, visitor: "Visitor", following: Callable[[], None]) -> None:
        """The identify screen has done its part; the way back leads past it."""
        self.visit.identify(visitor, self.words)
        self.screen_named("identify").forget()
        self._screens.current = self._trail.pop() if self._trail else "home"
        following()

    def open_sign_in(self) -> None:
        """The way to the staff's screens; whoever is identified has left."""
        if self.visit.identified:
            self.end_visit()
        self.screen_named("sign_in").open()
        self._go("sign_in")

    def signed_in(self, account: "StaffAccount", key: "Ed25519PrivateKey | None" = None) -> None:
        """The screen for signing in has done its part; the way back leads out."""
        self.visit.sign_in(account, self.words, key)
        self.screen_named("sign_in").forget()
        self._trail[:] = [self.first]
        self._show_staff("staff")

    def open_staff(self, name: str) -> None:
        """A screen of the staff's, for whoever is signed in."""
        self._trail.append(self.shown)
        self._show_staff(name)

    def look_at_account(self) -> None:
        """Sign out whose account was taken away or has ended since, and say so.

        Without proven time it stays. Another role or PIN ends it too. Before it expires, that is
        said once.
        """
        account = self.visit.session.staff
        if account is None:
            return
        visit = self.visit.session.number

        def known(site: "Site") -> None:
            from kiosk.staff.accounts import ended, ends_soon

            if not self.visit.session.is_now(visit):
                return
            proven = self.proven()
            why = ended(account, site.staff, proven)
            if why is not None:
                self.end_visit()
                self.say_to_staff(why.value)
                return
            soon = ends_soon(account, site.staff, proven)
            if soon is not None and self._told_soon != visit:
                self._told_soon = visit
                self.say_to_staff("ends_soon", time=f"{soon.astimezone(SHANGHAI):%H:%M}")

        self.jobs.ask("staff account", lambda store: store.site(), known, lambda: None)

    def _show_staff(self, name: str) -> None:
        self.screen_named(name).open()
        self._screens.current = name

    def open_lookup(self, *, openings: bool = False, query: str = "", keys: str = "") -> None:
        self.screen_named("lookup").open(openings=openings, query=query, keys=keys)
        self._go("lookup")

    def open_openings(self) -> None:
        self.screen_named("openings").open()
        self._go("openings")

    def open_guides(self) -> None:
        self.screen_named("guides").open()
        self._go("guides")

    def open_guide(self, key: str) -> None:
        self.screen_named("guide").open(key)
        self._go("guide")

    def open_rating(self, service: "Service | None" = None) -> None:
        """Ask how the service was, or else the visit; once a visit."""
        from kiosk.sync.rating import Service

        if not self.rated:
            self.screen_named("rating").open(service or Service.VISIT)
            self._go("rating")

    def open_attachments(self, notice_id: str) -> None:
        self.screen_named("attachments").open(notice_id)
        self._go("attachments")

    def open_document(self, notice_id: str, attachment: "Attachment", *, scan: bool) -> None:
        """Show a file that is here; `scan`: the screen before shows a code to scan."""
        self.screen_named("document").open(notice_id, attachment, scan=scan)
        self._go("document")

    def open_form(self, desk: "Desk", form: "Form", draft: "SavedDraft | None") -> None:
        """Fill in a form, or go on with a draft of this version of it."""
        self.screen_named("form").begin(desk, form, draft)
        self._go("form")

    def open_notice(self, notice_id: str) -> None:
        self.screen_named("notice").open(notice_id)
        self._go("notice")

    def show_receipt(self, submission: str) -> None:
        """What was handed in has arrived: its receipt takes the place of what is shown."""
        upload, receipt = self.screen_named("upload"), self.screen_named("receipt")
        receipt.open(submission)
        receipt.let_sticks_go()
        self._screens.current = "receipt"
        upload.forget()

    def open_receipt(self, submission: str, signed: "SignedReceipt | None" = None) -> None:
        """Show a receipt of before."""
        self.screen_named("receipt").open(submission, signed)
        self._go("receipt")

    def follow_upload(self, submission: str, project: "OpenProject | None", form: str = "") -> None:
        """Show how a submission is that is still on its way; `form`: its title, if it is one."""
        self.screen_named("upload").follow(submission, project, form)
        self._go("upload")

    def follow_form(self, submission: str, title: str) -> None:
        """A form was handed in: how that goes on takes the place of its screen."""
        form = self.screen_named("form")
        self.screen_named("upload").follow(submission, form=title)
        self._screens.current = "upload"
        form.forget()

    def attach_files(self, attaching: "Attaching") -> None:
        """Choose files for a form, which stays as it is meanwhile."""
        self.screen_named("upload").open(attaching)
        self._go("upload")

    def back(self) -> None:
        """One screen back; from the first one back is the end of the visit."""
        stepping = getattr(self._screens.current_screen, "step_back", None)
        if not self._trail or (stepping is not None and stepping()):
            return
        if self._trail[-1] == self.first and self.unsubmitted():
            self.ask_to_leave()
        else:
            self.leave()

    def leave(self) -> None:
        """Leave this screen, whichever of its steps is shown, for the one before."""
        previous = self._trail.pop()
        if previous == self.first:
            self.home()
        else:
            self.screen_named(self.shown).forget()
            self._screens.current = previous
            self.screen_named(previous).refresh(self.moment())

    def home(self) -> None:
        """The first screen. Nothing of an anonymous visit stays; of another one, who it is."""
        if self.visit.identified:
            self._screens.forget()
            self._show_home()
            self.visit.session.close_soon(HOME_QUIET_S, ask=True)
        else:
            self.visit.end()
            self._show_home()

    def _show_home(self) -> None:
        self._trail.clear()
        self.screen_named(self.first)
        self._screens.current = self.first
        self.screen_named(self.first).refresh(self.moment())

    def _go(self, name: str) -> None:
        if self.shown == "home" and name != "rating":
            # The next service begins, and with it perhaps the next visitor.
            self.rated = False
        if self.shown == "home":
            self.visit.session.take_time()
        if self.shown != name:
            self._trail.append(self.shown)
            self.screen_named(name)
            self._screens.current = name
