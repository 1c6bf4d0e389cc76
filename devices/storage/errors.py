"""What can go wrong with a stick, named by what happens next."""

from devices.errors import DeviceError, NoReply, Unplugged


class PulledOut(Unplugged):
    """The stick is gone, or was never there: tell the visitor, offer what is left."""


class Slow(NoReply):
    """The stick does not answer in time: give it up, tell the visitor."""


class NoFolder(DeviceError):
    """The folder is gone, no folder, or cannot be read: go back to the top."""
