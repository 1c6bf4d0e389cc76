"""Who somebody is, as far as it is known, without a window."""

from collections.abc import Collection
from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, OptionProperty, StringProperty

from devices.idcard.identity import Identity as CardIdentity
from devices.idcard.identity import masked_name
from display.notice import Zone
from kiosk.identify.reading import Told
from kiosk.private.identity import Identity
from kiosk.session import Visitor
from kiosk.staff import accounts
from kiosk.sync.authorisation import Expired, NotYetValid, Withdrawn, verify_authorisation
from kiosk.sync.signatures import BadSignature, KeySet, UnknownKey
from kiosk.sync.submission import Role, Way

AT_WORK = {"preparing", "waiting", "found", "code", "staff_waiting", "staff_checking"}
"""What is said while nothing is wrong."""
REFUSED = {
    accounts.UnknownCard: "staff_unknown",
    accounts.TimeNotProven: "staff_no_time",
    accounts.NotYetValid: "staff_early",
    accounts.Expired: "staff_expired",
    accounts.NoRight: "staff_no_right",
}
HEEDED = {*REFUSED.values(), "staff_timeout", "staff_checking"}
"""What of a staff member's card stays to be read although that card still lies there."""
_NO_NEWS = {Told.WAITING, Told.FOUND, Told.STILL_THERE}


def roles_at(zone: Zone) -> tuple[Role, ...]:
    """As whom one can be identified at a terminal: experts only in their own corridor."""
    others = (Role.BIDDER, Role.AGENCY, Role.PURCHASER)
    return (Role.EXPERT, *others) if zone is Zone.EXPERTS_CORRIDOR else others


class IdentifyModel(EventDispatcher):
    """From the notice to a role; what was read is kept in it only until the role is chosen."""

    page = OptionProperty("ways", options=["ways", "roles", "vouch"])
    way = OptionProperty("card", options=["card", "code", "staff"])
    service = StringProperty("")
    """Name of the screen for which somebody is identified."""
    scanner_lost = BooleanProperty(False)
    """Whether the serial scanner cannot be reached."""
    said = StringProperty("preparing")
    """What is told, by its name in section identify of the words."""
    name = StringProperty("")
    """Masked."""
    roles = ListProperty()
    marked = StringProperty("")
    """The role that Enter would choose."""

    def __init__(self, zone: Zone, *, has_reader: bool) -> None:
        super().__init__()
        self._zone, self.has_reader = zone, has_reader
        self._identity: Identity | None = None

    @property
    def attention(self) -> bool:
        """Whether what is said wants something done."""
        return self.said not in AT_WORK

    def begin(self, service: str = "") -> None:
        """Somebody wants to be identified for a service: with the card first."""
        self.forget()
        self.service = service
        self.choose_way("card")

    def choose_way(self, way: str) -> None:
        """Card, code, or a staff member's card."""
        self.way = way
        if way == "code":
            self.said = "code_no_scanner" if self.scanner_lost else "code"
        elif self.has_reader:
            self.said = "preparing"
        else:
            self.said = "staff_no_reader" if way == "staff" else "no_reader"

    def told_scanner(self, there: bool) -> None:
        """The serial scanner came or went."""
        self.scanner_lost = not there
        if self.way == "code" and self.said in ("code", "code_no_scanner"):
            self.choose_way("code")

    def fail(self) -> None:
        """The encrypted store does not open: there are no personal services."""
        self.said = "unavailable"

    def told(self, what: Told) -> None:
        """The reader says something."""
        if self.page != "ways" or self.way == "code" or self.said == "unavailable":
            return
        if self.way == "staff":
            if self.said in HEEDED and what in _NO_NEWS:
                return
            if what is Told.WAITING:
                self.said = "staff_waiting"
                return
        self.said = what.value

    def check_staff(self) -> None:
        """A card was laid in the staff's way; whose it is takes a moment."""
        self.said = "staff_checking"

    def refuse_staff(self, refusal: accounts.StaffRefused) -> None:
        """That card does not do."""
        self.said = REFUSED[type(refusal)]

    def vouch(self) -> None:
        """The card is that of a staff member, who goes on."""
        self.page = "vouch"

    def end_vouching(self, *, late: bool) -> None:
        """Nobody assists any more; `late`: it took too long."""
        self.page = "ways"
        self.choose_way("staff")
        if late:
            self.said = "staff_timeout"

    def read(self, card: CardIdentity) -> None:
        """The visitor's card was read."""
        self._identity = Identity(card.name, card.number)
        self.name = masked_name(card.name)
        self.roles = [role.value for role in roles_at(self._zone)]
        self.page = "roles"

    def scanned(
        self, code: str, keys: KeySet, now: datetime | None, withdrawn: Collection[str] = ()
    ) -> Visitor | None:
        """A code was scanned: who that is, or None and the reason on the screen.

        `now` is proven time; None: there is none. `withdrawn` are ids of codes.
        """
        self.way = "code"
        if now is None:
            self.said = "code_no_time"
            return None
        try:
            given = verify_authorisation(code, keys, now, withdrawn)
        except Expired:
            self.said = "code_expired"
        except NotYetValid:
            self.said = "code_early"
        except Withdrawn:
            self.said = "code_withdrawn"
        except UnknownKey:
            self.said = "code_unknown_key"
        except BadSignature:
            self.said = "code_wrong"
        else:
            if given.role in roles_at(self._zone):
                identity = Identity(given.name, given.credit_code)
                return Visitor(
                    identity,
                    given.role,
                    Way.AUTHORISATION,
                    unit=given.unit,
                    authorisation=given.id,
                )
            self.said = "code_expert"
        return None

    def choose(self, role: Role) -> Visitor | None:
        """The role: now all is known; None where nobody is."""
        if self._identity is None or role not in roles_at(self._zone):
            return None
        visitor = Visitor(self._identity, role, Way.CARD)
        self.forget()
        return visitor

    def move(self, step: int) -> None:
        """Mark the role before or after, as the arrow keys do."""
        if self.roles:
            at = self.roles.index(self.marked) if self.marked in self.roles else -step
            self.marked = self.roles[(at + step) % len(self.roles)]

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._identity = None
        self.name = self.marked = self.service = ""
        self.roles = []
        self.page, self.way, self.said = "ways", "card", "preparing"
