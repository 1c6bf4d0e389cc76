"""What a visitor reads of a submission on its way (pure)."""

from kiosk.private.transfer import State, Transfer, Trouble
from kiosk.words import Words


def in_words(words: Words, transfer: Transfer) -> str:
    """One sentence; nothing is called delivered before the server's receipt is here."""
    if transfer.state is State.DELIVERED:
        return words["outbox.delivered"]
    if transfer.state is State.TOO_LATE:
        return words["outbox.too_late"]
    if transfer.problem is Trouble.DAMAGED:
        return words["outbox.damaged"]
    if transfer.state is State.PARKED:
        return words["outbox.parked"]
    if transfer.paused:
        return words["outbox.paused"]
    if transfer.state is State.SENDING:
        return words["outbox.sending"]
    return {
        Trouble.OFFLINE: words["outbox.offline"],
        Trouble.REFUSED: words["outbox.refused"],
        Trouble.DISK: words["outbox.disk"],
    }.get(transfer.problem, words["outbox.waiting"])
