"""Official addresses as they come: nothing that one holds may end the kiosk."""

import pytest

from kiosk.notice.address import LONGEST_IN_CODE, host, in_code


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://GGZY.example.cn:8443/a?b", "ggzy.example.cn"),
        ("https://[ggzy.example.cn/a", ""),
        ("https://[::1/a", ""),
        ("https://甲\u2100乙/", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(address: str, name: str) -> None:
    assert host(address) == name


def test_an_address_that_is_too_long_for_a_phone_is_in_no_code() -> None:
    longest = "https://example.cn/".ljust(LONGEST_IN_CODE, "a")
    assert in_code(longest) == longest
    assert in_code(longest + "a") == ""
    assert in_code("https://example.cn/" + "公" * 100) == ""
