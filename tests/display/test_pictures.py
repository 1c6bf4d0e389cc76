import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from devices.led.board import Picture
from display.pictures import braille, png


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    width, height = draw(st.integers(1, 19)), draw(st.integers(1, 9))
    size = width * height
    pixels = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    return Picture(width, height, bytes(pixels))


@given(pictures())
def test_a_png_has_each_dot_in_its_colour(picture: Picture) -> None:
    with Image.open(io.BytesIO(png(picture))) as image:
        image.load()
        assert (image.format, image.mode) == ("PNG", "P")
        assert image.size == (picture.width, picture.height)
        assert image.tobytes() == picture.pixels
        assert image.getpalette()[:12] == [30, 16, 14, 255, 52, 36, 64, 255, 72, 255, 214, 40]


@given(pictures())
def test_braille_has_each_lit_dot(picture: Picture) -> None:
    lines = braille(picture).split("\n")
    assert len(lines) == -(-picture.height // 4)
    assert {len(line) for line in lines} == {-(-picture.width // 2)}
    # The eight dots of the block, as Unicode numbers them: 1 2 3 7 left, 4 5 6 8 right.
    numbers = {(0, 0): 1, (0, 1): 2, (0, 2): 3, (0, 3): 7, (1, 0): 4, (1, 1): 5, (1, 2): 6}
    numbers[1, 3] = 8
    for y in range(len(lines) * 4):
        for x in range(len(lines[0]) * 2):
            mask = 1 << numbers[x % 2, y % 4] - 1
            seen = bool((ord(lines[y // 4][x // 2]) - 0x2800) & mask)
            inside = x < picture.width and y < picture.height
            assert seen == (inside and picture.pixels[y * picture.width + x] > 0)


def test_a_board_of_192_dots_fits_into_a_terminal_96_wide() -> None:
    lines = braille(Picture(192, 32, bytes(192 * 32))).split("\n")
    assert (len(lines), len(lines[0])) == (8, 96)


def test_equal_pictures_are_equal_bytes() -> None:
    pixels = bytes((0, 1, 2, 3)) * 50
    assert png(Picture(20, 10, pixels)) == png(Picture(20, 10, bytes(pixels)))
