"""Breaking Chinese and Latin text into lines (pure)."""

from collections.abc import Callable, Iterator

NOT_FIRST = frozenset("，。；：、！？）》」』】〕”’％%,.;:!?)]}…—～·")
"""Signs that must not stand at the start of a line."""
NOT_LAST = frozenset("（《「『【〔“‘([{￥¥")
"""Signs that must not stand at the end of a line."""


def break_lines(
    text: str, width: float, advance: Callable[[str], float]
) -> Iterator[tuple[int, int]]:
    """Ranges `(start, end)` of `text` whose lines are at most `width` wide.

    `advance` gives the width of one character. Line feeds end a line and belong to none;
    Latin words and numbers stay whole unless longer than a line.
    """
    start = 0
    while True:
        feed = text.find("\n", start)
        end = len(text) if feed < 0 else feed
        yield from _paragraph(text, start, end, width, advance)
        if feed < 0:
            return
        start = feed + 1


def _paragraph(
    text: str, start: int, end: int, width: float, advance: Callable[[str], float]
) -> Iterator[tuple[int, int]]:
    if start == end:
        yield start, end
        return
    used = 0.0
    index = start
    while index < end:
        used += advance(text[index])
        if used > width and index > start:
            cut = _cut(text, start, index)
            yield start, cut
            while cut < end and text[cut] == " ":
                cut += 1
            start = index = cut
            used = 0.0
            continue
        index += 1
    if start < end:
        yield start, end


def _cut(text: str, start: int, index: int) -> int:
    """The best place to end a line that is full at `index`."""
    cut = index
    while cut > start + 1 and not _may_break(text, cut):
        cut -= 1
    return cut if cut > start + 1 else index


def _may_break(text: str, cut: int) -> bool:
    before, after = text[cut - 1], text[cut]
    if after in NOT_FIRST or before in NOT_LAST:
        return False
    return not (_in_word(before) and _in_word(after))


def _in_word(character: str) -> bool:
    return character.isascii() and not character.isspace()


def shorten(
    text: str, width: float, lines: int, advance: Callable[[str], float]
) -> list[tuple[int, int, bool]]:
    """At most `lines` ranges of one-paragraph `text`; the last is marked when text was cut off.

    A marked line leaves room for an ellipsis.
    """
    ranges = list(break_lines(text.replace("\n", " "), width, advance))
    shown = [(start, end, False) for start, end in ranges[:lines]]
    if len(ranges) > lines:
        start, end, _ = shown[-1]
        room = width - advance("…")
        while end > start and sum(map(advance, text[start:end])) > room:
            end -= 1
        shown[-1] = (start, end, True)
    return shown
