"""Breaking text into lines, by its properties."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.widgets.lines import NOT_FIRST, NOT_LAST, break_lines, shorten

TEXTS = st.text(
    st.sampled_from("中文公告项目，。；：“”（）《》、%-.0123456789 abcXYZ\n／")
    | st.characters(codec="utf-8", exclude_categories=["Cs"]),
    max_size=120,
)
WIDTHS = st.integers(1, 400)


def advance(character: str) -> float:
    return 10.0 if character.isascii() else 20.0


def width_of(text: str) -> float:
    return sum(map(advance, text))


@given(TEXTS, WIDTHS)
@example("中文 ", 40)
@example("a b", 10)
@example("", 1)
def test_ranges_cover_the_text_except_feeds_and_skipped_spaces(text: str, width: int) -> None:
    at = 0
    for start, end in break_lines(text, width, advance):
        assert at <= start <= end
        assert set(text[at:start]) <= {"\n", " "}
        assert "\n" not in text[start:end]
        at = end
    assert set(text[at:]) <= {"\n", " "}
    kept = "".join(text[s:e] for s, e in break_lines(text, width, advance))
    assert kept.replace(" ", "") == text.replace("\n", "").replace(" ", "")


@given(TEXTS)
def test_every_feed_ends_one_line_when_nothing_needs_breaking(text: str) -> None:
    lines = [text[start:end] for start, end in break_lines(text, 1e9, advance)]
    assert lines == text.split("\n")


@given(TEXTS, WIDTHS)
def test_each_line_fits_unless_it_is_one_character(text: str, width: int) -> None:
    for start, end in break_lines(text, width, advance):
        assert width_of(text[start:end]) <= width or end - start == 1


@given(TEXTS, WIDTHS)
def test_no_line_begins_or_ends_with_a_forbidden_sign_when_that_can_be_avoided(
    text: str, width: int
) -> None:
    ranges = list(break_lines(text, width, advance))
    for (start, cut), (following, _) in pairwise(ranges):
        if "\n" in text[cut:following]:
            continue
        allowed = [
            place
            for place in range(start + 2, cut + 1)
            if text[place] not in NOT_FIRST and text[place - 1] not in NOT_LAST
            and not (_latin(text[place - 1]) and _latin(text[place]))
        ]  # fmt: skip
        if allowed and text[cut : cut + 1] != " ":
            assert text[cut] not in NOT_FIRST
            assert text[cut - 1] not in NOT_LAST


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=8), min_size=1, max_size=20))
def test_latin_words_that_fit_stay_whole(words: list[str]) -> None:
    text = " ".join(words)
    for start, end in break_lines(text, 80, advance):
        assert set(text[start:end].split()) <= set(words)


@given(TEXTS.map(lambda text: text.replace("\n", " ")), st.integers(40, 400), st.integers(1, 3))
def test_shortened_text_fits_with_its_ellipsis(text: str, width: int, lines: int) -> None:
    parts = shorten(text, width, lines, advance)
    assert len(parts) <= lines
    for start, end, cut in parts:
        assert width_of(text[start:end] + ("…" if cut else "")) <= width
    assert not any(cut for _, _, cut in parts[:-1])
    whole = list(break_lines(text, width, advance))
    assert any(cut for _, _, cut in parts) == (len(whole) > lines)


def _latin(character: str) -> bool:
    return character.isascii() and not character.isspace()
