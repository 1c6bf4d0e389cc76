"""The colours of the grades; each has a face and a word besides."""

from collections.abc import Sequence

from kiosk.sync.rating import Grade


def ink_of(grade: str, *inks: Sequence[float]) -> Sequence[float]:
    """The ink of a grade, of the five from best to worst."""
    order = [each.value for each in Grade]
    return inks[order.index(grade)] if grade in order else inks[0]
