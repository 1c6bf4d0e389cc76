"""When Python's collector looks for garbage: not during the start, and not at what stays."""

import gc

from kivy.clock import Clock

LONGEST_S = 30.0
"""Screens are built while nobody touches anything; memory must not wait for that for ever."""


def wait_with_collecting() -> None:
    """Until `keep_for_good` hardly anything is let go of; looking for it took half the start."""
    gc.disable()
    Clock.schedule_once(_collect, LONGEST_S)


def keep_for_good() -> None:
    """Spare the collector what was built: it took a tenth of a second to look it all through."""
    Clock.unschedule(_collect)
    gc.collect()
    gc.freeze()
    gc.enable()


def _collect(_dt: float) -> None:
    gc.enable()
