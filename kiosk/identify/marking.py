"""Bold words in a text whose lines are broken elsewhere (pure)."""

from collections.abc import Callable, Sequence

BOLD, PLAIN = "[b]", "[/b]"

Break = Callable[[str], Sequence[tuple[int, int]]]


def marked_lines(said: str, broken: Break) -> str:
    """Break a text as if it had no marks, and put the marks back; `broken` gives ranges."""
    text, marks, at = "", list[tuple[int, str]](), 0
    while at < len(said):
        mark = next((each for each in (BOLD, PLAIN) if said.startswith(each, at)), None)
        if mark is None:
            text += said[at]
            at += 1
        else:
            marks.append((len(text), mark))
            at += len(mark)
    lines, inside = [], False
    for start, end in broken(text):
        line, done = BOLD if inside else "", start
        for place, mark in marks:
            # A word that ends with its line is closed there, and not once more on the next one.
            if (start <= place < end or (place == end and inside)) and inside == (mark is PLAIN):
                inside = not inside
                line += text[done:place] + mark
                done = place
        lines.append((line + text[done:end]).strip() + (PLAIN if inside else ""))
    return "\n".join(lines)
