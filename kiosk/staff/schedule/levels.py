"""Brightness over a day in half hours, as a bar shows it (pure)."""

from datetime import time

from display.arrangement import Arrangement

SLOTS = 48
"""Half hours of a day."""
USUAL_LEVEL = 8
"""With which a day begins that had no levels of its own."""

Runs = tuple[tuple[time, int], ...]
"""As an arrangement has them: from each time of day on this level."""


def clock_of(slot: int) -> time:
    """When a half hour begins; the end of the last one is 00:00."""
    return time(slot % SLOTS // 2, 30 * (slot % 2))


def slot_text(slot: int) -> str:
    """08:30; the end of the day is 24:00."""
    return "24:00" if slot == SLOTS else f"{clock_of(slot):%H:%M}"


def levels_of(runs: Runs) -> tuple[int, ...]:
    """The level of each half hour; empty: as the card is set."""
    if not runs:
        return ()
    levels, level = [], runs[-1][1]
    begins = dict(runs)
    for slot in range(SLOTS):
        level = begins.get(clock_of(slot), level)
        levels.append(level)
    return tuple(levels)


def runs_of(levels: tuple[int, ...]) -> Runs:
    """The fewest times that give these levels; the last one goes on over midnight."""
    if not levels:
        return ()
    changes = [
        (clock_of(slot), level) for slot, level in enumerate(levels) if level != levels[slot - 1]
    ]
    return tuple(changes) or ((time(0), levels[0]),)


def with_level(arrangement: Arrangement, begin: int, end: int, level: int, before: Runs) -> Runs:
    """The brightness with `level` in the half hours `[begin, end)`.

    `before` is given back where it comes to the same, so that nothing differs without effect.
    """
    levels = levels_of(arrangement.brightness) or (USUAL_LEVEL,) * SLOTS
    changed = levels[:begin] + (level,) * (end - begin) + levels[end:]
    return before if levels_of(before) == changed else runs_of(changed)


def stretches(levels: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """First half hour, end and level of each stretch of one level, from midnight on."""
    found: list[tuple[int, int, int]] = []
    for slot, level in enumerate(levels):
        if found and found[-1][2] == level:
            found[-1] = (found[-1][0], slot + 1, level)
        else:
            found.append((slot, slot + 1, level))
    return found
