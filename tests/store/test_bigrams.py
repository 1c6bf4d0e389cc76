import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.store.bigrams import (
    _INVISIBLE,
    body_tokens,
    body_word_tokens,
    compact,
    fold,
    fold_lines,
    fold_with_origin,
    text_tokens,
    word_tokens,
)
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import understand

TEXT = st.text(
    alphabet=st.sampled_from("招标公告（）()ABab１２12 \u3000ｶﾞガe\u0301é가ᄀㅏΣςß\"'*-％%"),
    max_size=12,
)


def test_a_text_is_cut_into_characters_pairs_and_threes():
    found = {"招", "标", "公", "告", "招标", "标公", "公告", "招标公", "标公告"}
    assert text_tokens("招标公告") == found
    assert text_tokens("5g基站") == {"5", "g", "基", "站", "5g", "g基", "基站"}
    assert text_tokens("") == set()
    assert body_tokens("招标公告") == {"招标", "标公", "公告", "招标公告"}
    assert body_tokens("标fs2026") >= {"标f", "fs20", "2026"}
    assert body_tokens("标") == set()


def test_codes_are_cut_into_fours_with_and_without_what_joins_them():
    found = text_tokens("fs-2026")
    assert {"2026", "fs20", "s202"} <= found
    assert {"s-", "-2", "s2"} <= found
    assert "-202" not in found


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("招标公告", ("招标公", "标公告")),
        ("招标", ("招标",)),
        ("招", ("招",)),
        ("a1", ("a1",)),
        ("20260", ("2026", "0260")),
        ("5g基站", ("5g", "g基", "基站")),
        ("led2026屏", ("6屏", "led2", "ed20", "d202", "2026")),
    ],
)
def test_tokens_of_a_word(word: str, tokens: tuple[str, ...]):
    assert word_tokens(word) == tokens


@pytest.mark.parametrize(
    ("folded", "dense"),
    [
        ("fsgc-2026-0462", "fsgc20260462"),
        ("抚财采[2026]12号", "抚财采202612号"),
        ("道路-排水(一期)", "道路-排水(一期)"),
        ("1.5公里,50%", "1.5公里,50%"),
        ("-2026-", "-2026-"),
    ],
)
def test_only_codes_are_compacted(folded: str, dense: str):
    assert compact(folded) == dense


@given(TEXT, TEXT, TEXT)
def test_a_text_has_the_tokens_of_every_word_in_it(before: str, middle: str, after: str):
    word = fold(middle)
    if word:
        assert set(word_tokens(word)) <= text_tokens(fold(before) + word + fold(after))
        assert set(word_tokens(compact(word))) <= text_tokens(fold(before) + word + fold(after))
        assert set(body_word_tokens(word)) <= body_tokens(fold(before) + word + fold(after))


@given(TEXT, TEXT)
@example("标标标", "标标")
@example("a-a2022", "2022")
@example("a-2022", "a202")
def test_one_token_is_only_where_its_word_is(text: str, word: str):
    folded, word = fold(text), fold(word)
    if word_tokens(word) == (word,):
        assert (word in text_tokens(folded)) == (word in folded or word in compact(folded))
    if body_word_tokens(word) == (word,):
        assert (word in body_tokens(folded)) == (word in folded)


def test_what_is_invisible_is_left_out_and_nothing_else():
    unseen = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
    for number in range(0x30000):
        character = chr(number)
        is_mark = 0xFDD0 <= number <= 0xFDEF
        kept = bool(_INVISIBLE.sub("", character))
        # Newer tables of Unicode add format characters here.
        if not 0x13430 <= number <= 0x1345F:
            assert kept != (is_mark or unicodedata.category(character) in unseen), hex(number)


@given(st.lists(st.text(max_size=10), max_size=4))
def test_folding_lines_is_folding_each(texts: list[str]):
    assert fold_lines(texts) == "\n".join(map(fold, texts))


def match_spans(text: str, query: str) -> list[tuple[int, int]]:
    return understand(query, readings).spans(text)


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
@example("Aﾞ\u0301")
def test_folding_by_clusters_is_folding_the_whole(text: str):
    folded, origin = fold_with_origin(text)
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
