"""The tagger on a model with random weights: same finds however a call is cut, spans inside turns, damage refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ModelError
from engine.privacy import tagger
from engine.privacy.tagger import CONFIG, VOCABULARY, WEIGHTS, Tagger
from engine.privacy.word_features import LIST_BITS, SHAPES, affix_rows

LABELS = ["O", "B-person_name", "I-person_name", "B-location", "I-location"]
WORDS = ["john", "smith", "from", "paris", "my", "name", "is"]
WIDTH = 8
TEXT = st.text(alphabet="ab jJoPs12.,'\n", max_size=40)


def write_model(directory: Path, **changed: np.ndarray) -> Path:
    random = np.random.default_rng(7)
    shapes = {
        "words": (len(WORDS) + 1, WIDTH),
        "affixes": (affix_rows(), WIDTH),
        "shapes": (SHAPES, WIDTH),
        "languages": (2, WIDTH),
        "lists": (LIST_BITS, WIDTH),
        "mix_in": (WIDTH, 2 * WIDTH),
        "mix_in_bias": (2 * WIDTH,),
        "mix_out": (2 * WIDTH, WIDTH),
        "mix_out_bias": (WIDTH,),
        "output": (WIDTH, len(LABELS)),
        "output_bias": (len(LABELS),),
        **{f"kernel{number}": (3 * WIDTH, 2 * WIDTH) for number in range(2)},
        **{f"bias{number}": (2 * WIDTH,) for number in range(2)},
    }
    weights = {name: random.normal(scale=0.3, size=shape).astype(np.float16) for name, shape in shapes.items()}
    directory.mkdir(exist_ok=True)
    np.savez(directory / WEIGHTS, **{**weights, **changed})
    (directory / VOCABULARY).write_text("\n".join(WORDS), encoding="utf-8")
    config = {"labels": LABELS, "languages": ["en", "fr"], "gaps": [1, 2]}
    (directory / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return Tagger(write_model(tmp_path_factory.mktemp("model")))


@given(st.lists(TEXT, max_size=6))
def test_spans_lie_inside_their_turn_and_begin_and_end_with_words(model: Tagger, turns: list[str]) -> None:
    for found in model.tag(turns, "en", 0.3):
        value = turns[found.turn][found.start : found.end]
        assert value and value == value.strip() and "\n" not in value
        assert found.entity in ("person_name", "location")
        assert 0.3 <= found.probability <= 1.0


def test_a_call_cut_into_blocks_reads_as_one(model: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = ["my name is John Smith", "from Paris is John", "is from my", "Paris Smith"] * 9
    whole = list(model.tag(turns, "en", 0.0))
    monkeypatch.setattr(tagger, "_BLOCK", 50)
    cut = {(found.turn, found.start): found for found in model.tag(turns, "en", 0.0)}
    same = [found for found in whole if (found.turn, found.start) in cut]
    assert len(same) == len(whole) > 20
    for found in same:
        if cut[found.turn, found.start].end == found.end:
            assert cut[found.turn, found.start].probability == pytest.approx(found.probability, abs=1e-4)


def test_the_parts_of_one_word_are_one(model: Tagger) -> None:
    turns = ["my name is John", "Paris-John", "from Paris-Smith-John is", "o'Smith", "is Smith - John"] * 4
    found = {(tag.turn % 5, tag.start, tag.end) for tag in model.tag(turns, "en", 0.0)}
    whole = [(1, 0, 10), (2, 5, 21), (3, 0, 7)]
    assert len(found) > len(whole)
    for turn, start, end in whole:
        assert not any(t == turn and (start < s < end or start < e < end) for t, s, e in found)


def test_the_language_matters_and_repetition_does_not(model: Tagger) -> None:
    turns = ["my name is John Smith from Paris"]
    english = [found.probability for found in model.tag(turns, "en", 0.0)]
    assert [found.probability for found in model.tag(turns, "en", 0.0)] == pytest.approx(english)
    french = [found.probability for found in model.tag(turns, "fr", 0.0)]
    assert len(french) != len(english) or french != pytest.approx(english)


def test_a_surer_threshold_finds_no_more(model: Tagger) -> None:
    turns = ["my name is John Smith from Paris 12, is it"] * 5
    assert sum(1 for _ in model.tag(turns, "en", 0.2)) >= sum(1 for _ in model.tag(turns, "en", 0.9))


def test_words_are_read_the_same_when_the_kept_ones_are_dropped(model: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [" ".join(f"word{letter}{other}" for other in "abcdefghij") for letter in "klmnopqrst"]
    before = [found.probability for found in model.tag(turns, "fr", 0.0)]
    monkeypatch.setattr(tagger, "_MOST_KEPT", 5)
    for turn in turns:
        list(model.tag([turn], "fr", 0.0))
    assert [found.probability for found in model.tag(turns, "fr", 0.0)] == pytest.approx(before)


def test_nothing_to_read(model: Tagger) -> None:
    assert list(model.tag([], "en", 0.0)) == []


@pytest.mark.parametrize("missing", [WEIGHTS, VOCABULARY, CONFIG])
def test_a_missing_file_is_one_plain_error(tmp_path: Path, missing: str) -> None:
    (write_model(tmp_path / "model") / missing).unlink()
    with pytest.raises(ModelError, match=r'cannot be read.*\[privacy\] model = "none"'):
        Tagger(tmp_path / "model")


@pytest.mark.parametrize("damaged", [WEIGHTS, CONFIG])
def test_a_damaged_file_is_one_plain_error(tmp_path: Path, damaged: str) -> None:
    file = write_model(tmp_path / "model") / damaged
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ModelError, match="cannot be read"):
        Tagger(tmp_path / "model")


@pytest.mark.parametrize("name", ["words", "output", "kernel1", "languages"])
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Tagger(write_model(tmp_path / "model", **{name: np.zeros((3, 3), np.float16)}))
