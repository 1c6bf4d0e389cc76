from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.store.bigrams import _fold_with_origin, fold, match_expression, match_spans, tokens

TEXT = st.text(
    alphabet=st.sampled_from("招标公告（）()ABab１２12 \u3000ｶﾞガe\u0301é가ᄀㅏΣςß\"'*-％%"),
    max_size=12,
)


def test_tokens_are_bigrams_and_the_last_character():
    assert tokens("招标公告") == "招标 标公 公告 告"
    assert tokens("（A b）") == "(a ab b) )"
    assert tokens(" \u3000\u200b") == ""


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("招标公告", '"招标 标公 公告"'),
        ("招", '"招" *'),
        ("东山 公告 东山", '"东山" AND "公告"'),
        ('"', '"""" *'),
        ('a"b', '"a"" ""b"'),
        ("  ", None),
        ("\u200b", None),
    ],
)
def test_expression(query: str, expression: str | None):
    assert match_expression(query) == expression


def test_spans_count_characters_as_given():
    text = "关于（ＡＢ）项目 的公告"
    assert match_spans(text, "(ab)") == [(2, 6)]
    assert match_spans(text, "项目的 公告") == [(6, 12)]
    assert match_spans(text, "没有") == []
    assert match_spans("标标标", "标标") == [(0, 3)]


@given(st.text(max_size=30))
@example("ｶﾞ")
@example("각")
@example("ΑΣΑ")
def test_folding_by_clusters_is_folding_the_whole(text: str):
    folded, origin = _fold_with_origin(text)
    assert folded == fold(text)
    assert len(origin) == len(folded)


@given(TEXT, TEXT, TEXT)
def test_spans_cover_what_was_found(before: str, middle: str, after: str):
    text = before + middle + after
    spans = match_spans(text, middle)
    for start, end in spans:
        assert 0 <= start < end <= len(text)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    words = [fold(word) for word in middle.split()]
    covered = [fold(text[start:end]) for start, end in spans]
    for word in words:
        if word and word in fold(text):
            assert any(word in piece for piece in covered)
