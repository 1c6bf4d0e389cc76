"""What the list of files says, and where pages stand, without a window."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.notice import Attachment
from kiosk.attachments.model import (
    LONG_WAIT_S,
    PROBLEMS,
    AttachmentsModel,
    line,
    size_text,
    trouble_texts,
)
from kiosk.attachments.pages import (
    KEPT_PIXELS,
    MAX_WIDTH,
    PART_PIXELS,
    ZOOMS,
    Column,
    nearest_zoom,
    to_drop,
)
from kiosk.pdf.document import (
    BadPage,
    Crashed,
    Damaged,
    Encrypted,
    Missing,
    PageSize,
    TooLong,
    TooSlow,
)
from kiosk.pdf.protocol import Part
from kiosk.store.files import FileProblem, FileState
from kiosk.words import load

WORDS = load("zh")
A4 = PageSize(595.28, 841.89)
BOOK = Attachment(
    name="招标文件.pdf", size=2_400_000, sha256="a" * 64, media_type="application/pdf"
)
ARCHIVE = BOOK.model_copy(
    update={"name": "图纸.zip", "sha256": "b" * 64, "media_type": "application/zip"}
)


def told(state: str, received: int = 0, problem: str = "") -> FileState:
    return FileState(state, received, BOOK.size, problem)  # type: ignore[arg-type]


# The list


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (1, "1 KB"),
        (1500, "1 KB"),
        (1_048_000, "1023 KB"),
        (1_048_576, "1 MB"),
        (2_400_000, "2.3 MB"),
        (500_000_000, "476.8 MB"),
        (3_000_000_000, "2.8 GB"),
    ],
)
def test_sizes_in_plain_words(size: int, said: str) -> None:
    assert size_text(WORDS, size) == said


def test_a_file_of_another_kind_says_where_it_opens() -> None:
    assert "扫码" in line(ARCHIVE, WORDS, scan=True).under
    assert "服务台" in line(ARCHIVE, WORDS).under
    assert line(ARCHIVE, WORDS, scan=True).action == ""


def test_a_file_that_is_on_its_way_tells_how_far_only_when_it_takes_long() -> None:
    at_once = line(BOOK, WORDS, asked=True, told=told("wanted"))
    assert (at_once.action, at_once.part) == ("打开", None)
    waiting = line(BOOK, WORDS, asked=True, told=told("wanted"), late=True)
    assert waiting.cancels and waiting.part == 0.0
    longer = line(BOOK, WORDS, asked=True, told=None, late=True, waited_s=LONG_WAIT_S)
    assert longer.under != waiting.under
    coming = line(BOOK, WORDS, asked=True, told=told("coming", 600_000), late=True)
    assert coming.part == 0.25 and "586 KB" in coming.under and "2.3 MB" in coming.under


def test_every_problem_has_words_and_only_some_can_be_tried_again() -> None:
    assert set(PROBLEMS) == set(FileProblem)
    tries = {
        problem: line(BOOK, WORDS, asked=True, told=told("failed", problem=problem)).action
        for problem in FileProblem
    }
    assert [problem for problem, action in tries.items() if action] == ["offline", "spoiled"]
    said = {line(BOOK, WORDS, told=told("failed", problem=each)).under for each in FileProblem}
    assert len(said) == len(FileProblem)


def test_what_others_have_opened_here_is_not_told() -> None:
    model = AttachmentsModel()
    model.show([BOOK], "")
    fresh = model.lines(WORDS)
    model.hear({BOOK.sha256: told("here")})
    assert model.lines(WORDS) == fresh


def test_a_wanted_file_opens_once_when_it_is_here() -> None:
    model = AttachmentsModel()
    model.show([BOOK, ARCHIVE], "")
    model.ask(BOOK.sha256)
    assert model.moving == (BOOK.sha256,)
    assert model.hear({BOOK.sha256: told("coming", 5)}) == ""
    assert model.hear({BOOK.sha256: told("here")}) == BOOK.sha256
    assert model.hear({BOOK.sha256: told("here")}) == ""
    assert model.moving == ()


def test_only_the_last_file_that_was_tapped_opens() -> None:
    model = AttachmentsModel()
    model.ask("one")
    model.ask("two")
    assert model.hear({"one": told("here"), "two": told("wanted")}) == ""
    assert model.hear({"two": told("here")}) == "two"


def test_a_file_given_up_does_not_open_when_it_comes() -> None:
    model = AttachmentsModel()
    model.ask("one")
    model.give_up("one")
    assert model.hear({"one": told("here")}) == "" and model.moving == ()


def test_a_failed_file_can_be_asked_for_again() -> None:
    model = AttachmentsModel()
    model.ask("one")
    model.hear({"one": told("failed", problem="offline")})
    assert (model.moving, model.wanted) == ((), "")
    model.ask("one")
    assert model.moving == ("one",) and not model.late


def test_forgetting_leaves_nothing() -> None:
    model = AttachmentsModel()
    model.show([BOOK], "http://example.cn")
    model.ask(BOOK.sha256)
    model.choose(1)
    model.forget()
    fresh = AttachmentsModel()
    for name in ("state", "attachments", "address", "told", "late", "waited_s", "wanted"):
        assert getattr(model, name) == getattr(fresh, name)
    assert model.chosen == -1


def test_why_there_is_no_list() -> None:
    model = AttachmentsModel()
    assert model.nothing_texts(WORDS) == ("", "")
    model.fail()
    assert "读不出" in model.nothing_texts(WORDS)[0]
    model.show([], "")
    assert "没有附件" in model.nothing_texts(WORDS)[0]
    model.show([BOOK], "")
    model.fail()
    assert model.nothing_texts(WORDS) == ("", "")


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Encrypted(), "密码"),
        (Damaged(), "损坏"),
        (TooLong(), "页数太多"),
        (TooSlow(), "太复杂"),
        (Crashed(), "太复杂"),
        (BadPage(), "太复杂"),
        (Missing(), "不在本机"),
    ],
)
def test_every_trouble_with_a_document_says_what_to_do(problem: Exception, said: str) -> None:
    title, text = trouble_texts(problem, WORDS, scan=True)  # type: ignore[arg-type]
    assert said in title and text
    title, text = trouble_texts(problem, WORDS, scan=False)  # type: ignore[arg-type]
    assert said in title and text and "扫码" not in text


# The pages

SIZES = st.lists(
    st.builds(PageSize, st.floats(50, 2000), st.floats(50, 2000)), min_size=1, max_size=30
).map(tuple)
WIDTHS = st.integers(200, 6000)


@given(SIZES, WIDTHS, st.integers(0, 40))
def test_pages_follow_each_other(sizes: tuple[PageSize, ...], width: int, gap: int) -> None:
    column = Column(sizes, width, gap)
    end = -gap
    for number in range(len(sizes)):
        top, height = column.place(number)
        assert top == end + gap and height >= 1
        assert column.page_at(top) == column.page_at(top + height - 1) == number
        end = top + height
    assert column.height == end


@given(SIZES, WIDTHS, st.floats(0, 1), st.integers(100, 2000))
def test_parts_cover_what_is_seen_and_not_much_more(
    sizes: tuple[PageSize, ...], width: int, place: float, view: int
) -> None:
    column = Column(sizes, width, 28)
    top = round(max(0, column.height - view) * place)
    parts = list(column.parts(top, top + view))
    assert all(part.pixels <= PART_PIXELS and part.width <= MAX_WIDTH for part in parts)
    for page in column.between(top, top + view):
        if not sizes[page].drawable:
            continue
        start, height = column.place(page)
        boxes = [column.box(part) for part in parts if part.page == page]
        seen_from, seen_to = max(start, top), min(start + height, top + view)
        if seen_from >= seen_to:
            continue
        assert boxes[0][0] <= seen_from + 1e-6
        assert sum(boxes[-1]) >= seen_to - 1e-6
        for (low, size), (following, _) in pairwise(boxes):
            assert low + size == pytest.approx(following)
        rows = boxes[0][1]
        assert boxes[0][0] + rows >= seen_from - 1e-6


def test_what_is_seen_is_wanted_before_what_is_near() -> None:
    column = Column((A4,) * 15, 1824, 28)
    top = column.place(3)[0] + 400
    wanted = list(column.wanted(top, 800))
    seen = list(column.parts(top, top + 800))
    assert wanted[: len(seen)] == seen
    assert len(wanted) == len(set(wanted))
    assert {part.page for part in wanted} <= {2, 3, 4}


def test_ten_thousand_pages_are_laid_out_and_the_last_is_found() -> None:
    column = Column((A4,) * 10_000, 1824, 28)
    assert column.page_at(column.height - 1) == 9_999
    assert column.read_at(column.height - 800, 800) == 9_999
    assert next(column.wanted(column.height - 800, 800)).page == 9_999


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(100, 4000)), unique=True))
def test_kept_pictures_stay_within_their_bound(asked: list[tuple[int, int]]) -> None:
    kept = [part for page, width in asked for part in Column((A4,) * 10, width, 9).parts(
        page * 100, page * 100 + 1500)]  # fmt: skip
    kept = list(dict.fromkeys(kept))
    wanted = kept[: len(kept) // 3]
    dropped = to_drop(kept, wanted)
    left = [part for part in kept if part not in dropped]
    assert not set(dropped) & set(wanted)
    assert set(left) == set(wanted) or sum(part.pixels for part in left) <= KEPT_PIXELS
    if sum(part.pixels for part in kept) <= KEPT_PIXELS:
        assert not dropped


@pytest.mark.parametrize(
    ("width", "view"), [(1824, 900), (3840, 2000), (2160, 3700), (4096, 7000), (7680, 4200)]
)
@pytest.mark.parametrize("zoom", ZOOMS)
def test_drawing_comes_to_an_end_on_every_screen(width: int, view: int, zoom: float) -> None:
    kept: dict[Part, None] = {}
    most = KEPT_PIXELS
    for column, top in (
        (Column((A4,) * 15, width, 28), 5000),
        (Column((A4,) * 15, round(width * zoom), 28), 9001),
    ):
        drawn = 0
        while missing := [part for part in column.wanted(top, view) if part not in kept]:
            kept[missing[0]] = None
            drawn += 1
            assert drawn < 100, "a part is dropped and asked for without end"
            for part in to_drop(kept, column.wanted(top, view)):
                del kept[part]
        seen = list(column.parts(top, top + view))
        most = max(most, sum(part.pixels for part in seen))
        assert set(seen) <= set(kept)
        assert sum(part.pixels for part in kept) <= most


def test_a_screen_of_the_largest_zoom_fits_into_what_is_kept() -> None:
    for width, view in ((1920, 900), (1080, 1600), (3840, 1900)):
        column = Column((A4,) * 3, round(width * ZOOMS[-1]), 28)
        seen = list(column.parts(1000, 1000 + view))
        assert sum(part.pixels for part in seen) <= KEPT_PIXELS


def test_changing_the_width_keeps_the_place() -> None:
    small, large = Column((A4,) * 5, 1000, 28), Column((A4,) * 5, 2000, 28)
    start, height = small.place(2)
    kept = small.kept_place(start + height / 2, large)
    assert kept == pytest.approx(large.place(2)[0] + large.place(2)[1] / 2, abs=2)


def test_a_page_that_cannot_be_drawn_has_a_place_and_no_parts() -> None:
    column = Column((A4, PageSize(0, 0), A4), 1000, 28)
    start, height = column.place(1)
    assert height == 300
    assert list(column.parts(start, start + height)) == []


def test_zoom_ends_where_it_ends() -> None:
    assert [nearest_zoom(1.0, 1), nearest_zoom(2.0, 1), nearest_zoom(1.0, -1)] == [1.5, 2.0, 1.0]


@given(SIZES, WIDTHS, st.floats(0, 1), st.integers(100, 6000))
def test_what_is_wanted_is_kept_until_something_else_is(
    sizes: tuple[PageSize, ...], width: int, place: float, view: int
) -> None:
    column = Column(sizes, width, 28)
    top = round(max(0, column.height - view) * place)
    wanted, seen = list(column.wanted(top, view)), list(column.parts(top, top + view))
    assert wanted[: len(seen)] == seen
    assert sum(part.pixels for part in wanted[len(seen) :]) <= max(
        0, KEPT_PIXELS - sum(part.pixels for part in seen)
    )
    others = list(Column(sizes, width + 100, 28).parts(top, top + view))
    assert not set(to_drop(others + wanted, wanted)) & set(wanted)
    assert not to_drop(wanted, wanted)
