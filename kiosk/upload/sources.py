"""All sources of a terminal, for one session after the other."""

from collections.abc import Callable

from devices.storage.media import Rules
from devices.storage.sticks import Sticks
from devices.storage.virtual.place import place_in
from kiosk.phone.page import Invitation, PhonePage, Place
from kiosk.phone.visit import Limits, Outcome
from kiosk.private.store import PrivateStore
from kiosk.settings import Settings
from kiosk.upload.phone import phone_source
from kiosk.upload.source import Kind, Listing, Source, SourceTrouble, State, Trouble
from kiosk.upload.source import Place as FolderPlace
from kiosk.upload.source_settings import PhoneSettings, StorageSettings
from kiosk.upload.stick import sources_of

MB = 1_000_000


class Sources:
    """What the upload screen chooses from; no method blocks but `stop`."""

    def __init__(
        self,
        sticks: Sticks | None,
        phone: PhonePage | None,
        open_store: Callable[[], PrivateStore],
        *,
        changed: Callable[[], None],
    ) -> None:
        """`sticks` must be started. `changed` is called in other threads than the screen's."""
        self._sticks, self._phone, self._open_store = sticks, phone, open_store
        for each in (sticks, phone):
            if each is not None:
                each.changed = changed

    def begin(self) -> None:
        """The session wants sticks; a page for a phone is opened by `open_phone`."""
        if self._sticks is not None:
            self._sticks.want(True)

    def end(self) -> None:
        """The session is over, or handing in is: everything is closed and forgotten."""
        if self._sticks is not None:
            self._sticks.want(False)
        if self._phone is not None:
            self._phone.close()

    def sources(self) -> tuple[Source, ...]:
        """Sticks, then the phone: at least one of each, if only to say why there is none."""
        return (*self._of_sticks(), phone_source(self._phone, self._open_store))

    def eject(self, source: Source) -> None:
        """可以拔出 U 盘: close the stick; its state tells when."""
        if self._sticks is not None and source.kind is Kind.STICK:
            self._sticks.eject(source.key)

    def open_phone(self) -> None:
        """Open the page, or a new one; `invitation` comes soon after."""
        if self._phone is not None:
            self._phone.open()

    def close_phone(self) -> None:
        """Close the page; what arrived is out of the list, and stays staged."""
        if self._phone is not None:
            self._phone.close()

    def invitation(self) -> Invitation | None:
        """How to reach the page; None: it is not open."""
        return None if self._phone is None else self._phone.invitation()

    def arriving(self) -> tuple[tuple[int, int], ...]:
        """Number and bytes so far of what a phone is just sending."""
        arrivals = () if self._phone is None else self._phone.arrivals()
        return tuple(
            (each.number, each.size) for each in arrivals if each.outcome is Outcome.ARRIVING
        )

    def stop(self) -> None:
        """At the program's end: unmount, close; waits some seconds."""
        if self._phone is not None:
            self._phone.stop()
        if self._sticks is not None:
            self._sticks.stop()

    def facts(self) -> dict[str, bool]:
        """For health: what should be true; what is not offered is not told of."""
        found: dict[str, bool] = {}
        if self._sticks is not None and self._sticks.service is not None:
            found["sticks"] = self._sticks.service
            found["sticks_closed"] = not self._sticks.left_mounted
        if self._phone is not None and self._phone.opened:
            found["phone_page"] = not self._phone.failed
        return found

    def _of_sticks(self) -> tuple[Source, ...]:
        if self._sticks is None:
            return (NoStick(State.REFUSED, Trouble.NOT_OFFERED),)
        if self._sticks.service is False:
            return (NoStick(State.REFUSED, Trouble.NO_SERVICE),)
        return sources_of(self._sticks) or (NoStick(State.ABSENT),)


class NoStick:
    """Where a stick would be."""

    kind = Kind.STICK
    key = "no-stick"
    name_shown = ""
    size = 0

    def __init__(self, state: State, trouble: Trouble | None = None) -> None:
        self.state, self.trouble = state, trouble

    def list(self, place: FolderPlace = ()) -> Listing:
        """Nothing. Raises SourceTrouble."""
        raise SourceTrouble(self.trouble or Trouble.PULLED_OUT)


def open_sources(
    settings: Settings,
    open_store: Callable[[], PrivateStore],
    *,
    changed: Callable[[], None],
    sticks: Sticks | None = None,
) -> Sources:
    """As the settings say, and started; `sticks` stands in for the system's."""
    if sticks is None and settings.storage is not None:
        simulated = settings.storage.simulated
        place = place_in(simulated) if simulated is not None else {}
        sticks = Sticks(rules_of(settings.storage), **place)
    if sticks is not None:
        sticks.start()
    phone = None
    if settings.phone is not None:
        served = place_of(settings.phone)
        phone = PhonePage(served, limits_of(settings.phone, settings.upload.files), open_store)
    return Sources(sticks, phone, open_store, changed=changed)


def rules_of(settings: StorageSettings) -> Rules:
    """Which sticks are allowed."""
    return Rules(settings.filesystems, settings.buses, settings.ports)


def place_of(settings: PhoneSettings) -> Place:
    """Where the page is served."""
    host, _, port = settings.address.rpartition(":")
    return Place(
        host, int(port), settings.name, settings.certificate, settings.key, settings.network
    )


def limits_of(settings: PhoneSettings, files: int) -> Limits:
    """What a phone may send; `files` at most."""
    return Limits(settings.file_mb * MB, files, settings.minutes * 60.0)
