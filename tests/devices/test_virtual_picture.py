"""The virtual board's fonts, and the picture of its face."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led import fonts
from devices.led.virtual import picture


def test_glyphs_fill_their_cell() -> None:
    glyph = fonts.installed().glyph
    for code, size, width in (
        (b"A", 16, 8),
        (b"A", 24, 12),
        (b"A", 32, 16),
        (b"\xb0\xa1", 16, 16),
        (b"\xb0\xa1", 24, 24),
        (b"\xb0\xa1", 32, 32),
    ):
        shape = glyph(code, size)
        assert len(shape) == size and {len(row) for row in shape} == {width}
        assert any(any(row) for row in shape)
    small, large = glyph(b"\xb0\xa1", 16), glyph(b"\xb0\xa1", 32)
    assert all(large[y][x] == small[y // 2][x // 2] for y in range(32) for x in range(32))
    # 啊 as it is drawn in gb16st, top rows: a bearing off by one would shift it
    assert [bytes(row).hex()[1::2] for row in small[:2]] == ["0000111111111111", "0000011010000110"]
    assert glyph(b"\xaa\xa1", 16) == (bytes(16),) * 16


def test_a_missing_font_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(fonts.FontMissing, match="xfonts-base"):
        fonts.Fonts(tmp_path)


@given(st.lists(st.integers(0, 3), min_size=12 * 5, max_size=12 * 5).map(bytes), st.integers(3, 8))
def test_a_picture_can_be_read_back(pixels: bytes, scale: int) -> None:
    assert picture.read(picture.draw(pixels, 12, 5, scale), 12, 5) == pixels


def test_a_picture_looks_like_dots() -> None:
    image = picture.draw(bytes((0, 1, 2, 3)), 4, 1)
    assert image.size == (8 * 6, 5 * 6)
    edge = picture.MARGIN * 6
    dark, red, green, yellow = (image.getpixel((edge + at * 6 + 3, edge + 3)) for at in range(4))
    assert (red, green, yellow) == tuple(picture.LIT.values())
    assert 0 < sum(dark) < 100
    assert image.getpixel((edge + 6, edge)) == (0, 0, 0)
    assert image.getpixel((0, 0)) == picture.FRAME


@pytest.mark.parametrize("size", [(5, 12), (13, 5), (12, 6)])
def test_a_picture_of_another_board_is_refused(size: tuple[int, int]) -> None:
    image = picture.draw(bytes(60), 12, 5)
    with pytest.raises(ValueError):
        picture.read(image, *size)
