"""A result is the same after its JSON; a word has `others` in it only where somebody else speaks too."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.result_json import from_json, to_compact_json, to_dict, to_json
from engine.result_types import CallResult, Models, ResultUtterance
from engine.types import Language, SourceInfo, Transcript, Utterance, Word

SECONDS = st.floats(0, 1e5, allow_nan=False)
WORDS = st.builds(
    Word,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    SECONDS,
    SECONDS,
    st.floats(0, 1),
    st.lists(st.sampled_from(["S1", "S2", "Anna"]), unique=True).map(tuple),
)


def result_of(words: tuple[Word, ...], keep_original: bool = False) -> CallResult:
    language = Language("en", 1.0)
    said = ResultUtterance(0, "S3", "agent", 0.0, 1.0, "text", "neutral", words)
    original = Transcript(language, (), (Utterance(0, "S3", "agent", 0.0, 1.0, "text", words),))
    source = SourceInfo(None, "0" * 64, "wav", "pcm_s16le", 1, 8000, 1.0)
    result = CallResult(
        "1.0", "id", source, "completed", language, (), (said,), (), None, None, Models(None, None, None, None), {}, ()
    )
    return dataclasses.replace(result, original=original) if keep_original else result


@given(st.lists(WORDS, max_size=4).map(tuple), st.booleans())
def test_what_is_read_is_what_was_written(words: tuple[Word, ...], keep_original: bool) -> None:
    result = result_of(words, keep_original)
    assert from_json(to_json(result)) == result
    assert from_json(to_compact_json(result).decode()) == result


@pytest.mark.parametrize("keep_original", [False, True])
def test_others_appear_where_there_are_any(keep_original: bool) -> None:
    alone, both = Word("so", 0.0, 0.4, 0.5), Word("mhm", 0.4, 0.6, 0.5, ("S1", "S2"))
    document = to_dict(result_of((alone, both), keep_original))
    assert [list(word)[-1] for word in document["utterances"][0]["words"]] == ["probability", "others"]
    for transcript in [document, *([document["original"]] if keep_original else [])]:
        assert [word.get("others") for word in transcript["utterances"][0]["words"]] == [None, ["S1", "S2"]]


def test_a_result_of_an_earlier_version_has_no_others() -> None:
    document = json.loads(to_json(result_of((Word("so", 0.0, 0.4, 0.5),))))
    assert "others" not in document["utterances"][0]["words"][0]
    (word,) = from_json(json.dumps(document)).utterances[0].words
    assert word.others == ()
