"""What can go wrong on a wire, named by what happens next."""


class DeviceError(Exception):
    """Something on a wire did not work; the subclass says what to do."""


class Unplugged(DeviceError):
    """The line is gone or cannot be opened: wait, then open a new connection."""


class NoReply(DeviceError):
    """The device said nothing in time, after all attempts: open a new connection."""


class Refused(DeviceError):
    """The device understood and said no: report it, never retry as it is."""

    def __init__(self, code: int, meaning: str) -> None:
        super().__init__(f"refused with code {code}: {meaning}")
        self.code = code
        self.meaning = meaning


class TryAgain(Refused):
    """The device said no for the moment (busy, damaged in transit): ask again, then report."""


class Garbled(DeviceError):
    """Bytes that are not what they should be: count, ignore, wait for the next."""

    def __init__(self, reason: str, raw: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.raw = raw


class Occupied(Unplugged):
    """Another program has the line: the message says which one; end it, or wait."""


class Unverified(DeviceError):
    """The device acknowledged, but what was read back differs: report it, do not count on it."""
