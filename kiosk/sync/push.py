"""Emptying a terminal's outbox of events into the server."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.store.terminal import TerminalStore
from kiosk.sync.errors import Offline, Rejected, Unknown
from kiosk.sync.events import BatchAnswer, Event, ItemStatus

_log = logging.getLogger(__name__)

BATCH_SIZE = 50
"""Far below the server's bounds."""
_DELIVERED = frozenset({ItemStatus.STORED, ItemStatus.KNOWN})


class EventServer(Protocol):
    """Where events go; `kiosk.sync.client.FeedClient` is one."""

    def send_events(self, batch: Sequence[Event]) -> BatchAnswer:
        """Push events; the same again is harmless."""


@dataclass(slots=True)
class Pushed:
    """What a push did."""

    delivered: int = 0
    parked: dict[str, str] = field(default_factory=dict)
    """Id → why the server will never take it."""


def push_once(
    store: TerminalStore,
    client: EventServer,
    *,
    waiting: Callable[[int], Sequence[Event]] | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Pushed:
    """Deliver everything that waits; what the server will never take is parked.

    `waiting` reads up to so many of what is meant; None: all events of the outbox.

    Killed at any point, it is done again: the server knows an event by its id. Raises Offline,
    Unauthorised and StoreError; what was not answered for waits on.
    """
    pushed = Pushed()
    read = store.events_waiting if waiting is None else waiting
    while not is_stopped():
        batch = read(BATCH_SIZE)
        if not batch:
            break
        delivered, parked = _send(client, batch)
        if not delivered and not parked:
            raise Offline("the server answered for none of the events")
        store.settle_events(delivered, parked)
        pushed.delivered += len(delivered)
        pushed.parked |= parked
    for id, reason in pushed.parked.items():
        _log.error("event %s parked, the server will not take it: %s", id, reason)
    return pushed


def _send(client: EventServer, batch: Sequence[Event]) -> tuple[list[str], dict[str, str]]:
    """Send a batch; one that is rejected as a whole goes event by event."""
    try:
        answer = client.send_events(batch)
    except Unknown as problem:
        # An older server: its events wait until it is brought up to date.
        raise Offline(f"the server takes no events yet: {problem}") from problem
    except Rejected as problem:
        if len(batch) == 1:
            return [], {batch[0].id: str(problem)}
        delivered: list[str] = []
        parked: dict[str, str] = {}
        for event in batch:
            done, refused = _send(client, [event])
            delivered += done
            parked |= refused
        return delivered, parked
    sent = {(event.source, event.id) for event in batch}
    answers = [item for item in answer.results if (item.source, item.id) in sent]
    return (
        [item.id for item in answers if item.status in _DELIVERED],
        {item.id: item.detail for item in answers if item.status not in _DELIVERED},
    )
