"""What can go wrong between a terminal and the server, named by what happens next."""


class SyncError(Exception):
    """The server did not give what was asked; the subclass says what to do."""


class Offline(SyncError):
    """No answer, or none of this server's: try again later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """The server's own wish, if it gave one."""


class Rejected(SyncError):
    """The server will never answer this request: leave it, tell staff, go on with the rest."""


class Unknown(Rejected):
    """The server has nothing under this address, such as an older one that lacks a service."""


class Unauthorised(SyncError):
    """The server does not accept this terminal: stop asking, tell staff."""


class CursorExpired(SyncError):
    """The feed's history is another one: read it from the beginning."""
