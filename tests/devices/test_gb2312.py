import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led import fonts, gb2312


def all_characters() -> str:
    codes = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    found = []
    for code in codes:
        try:
            code.decode("gb2312")
        except UnicodeDecodeError:
            continue
        found.append(code.decode("gbk"))
    return "".join(found)


def test_all_of_gb2312_can_be_encoded_and_is_in_the_fonts() -> None:
    text = all_characters()
    assert len(text) == 7445
    assert gb2312.missing(text) == ""
    codes = gb2312.encode(text)
    assert gb2312.decode(codes) == text
    glyphs = fonts.installed()
    for size in (16, 24):
        for at in range(0, len(codes), 2):
            assert glyphs.has(codes[at : at + 2], size), codes[at : at + 2].hex()


def test_missing_names_what_the_font_lacks_in_order_without_repeats() -> None:
    assert gb2312.missing("㙍镕公堃告\\镕ⅰ€\n") == "㙍镕堃\\ⅰ€\n"
    assert gb2312.missing("抚顺市·公告——“一”（1）￥{hour}~") == ""


def test_encode_refuses_and_names_the_characters() -> None:
    with pytest.raises(ValueError, match=r"U\+5803.*U\+005C"):
        gb2312.encode("堃\\")


@given(st.text())
def test_what_is_not_missing_encodes_and_comes_back(text: str) -> None:
    lacking = gb2312.missing(text)
    assert len(set(lacking)) == len(lacking)
    rest = "".join(character for character in text if character not in lacking)
    codes = gb2312.encode(rest)
    assert gb2312.decode(codes) == rest
    assert b"\\" not in codes
    assert len(codes) == gb2312.cells(rest)


def test_cells() -> None:
    assert gb2312.cells("第1标段 A") == 2 + 1 + 2 + 2 + 1 + 1
