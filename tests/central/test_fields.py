"""Fields of outside records that are more than a text."""

import pytest

from kiosk.central.fields import MAX_ADDRESS, web_address

GOOD = "https://ggzy.example.cn/a?b=1"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ftp://ggzy.example.cn/",
        "https://",
        "https:///a",
        "https://[ggzy.example.cn/",
        "https://ggzy.example.cn/a b",
        f"{GOOD}\n",
        GOOD.ljust(MAX_ADDRESS + 1, "a"),
    ],
)
def test_the_first_that_is_an_address_is_taken(bad: str) -> None:
    assert web_address(bad, GOOD) == GOOD
    assert web_address(bad) == ""


def test_the_longest_address() -> None:
    longest = GOOD.ljust(MAX_ADDRESS, "a")
    assert web_address(longest) == longest
