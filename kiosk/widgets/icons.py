"""Signs of Material Icons by their names."""

from enum import StrEnum


class Sign(StrEnum):
    """Code points of the icon font."""

    SEARCH = "\ue8b6"
    BACK = "\ue5c4"
    TEXT_SIZE = "\ue245"
    CONTRAST = "\ue3ab"
    ENTRY = "\ue745"
    UPLOAD = "\ue9fc"
    OPENINGS = "\ueb4f"
    GUIDES = "\uea19"
    FORWARD = "\ue5cc"
    CLEAR = "\ue5c9"
    OFFLINE = "\ue648"
    NOTHING = "\uea76"
    PLACE = "\ue55f"
    TIME = "\ue8b5"
    WAIT = "\ue88b"
    DESK = "\ue88e"
