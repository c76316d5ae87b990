"""From a warping path to words: order, bounds, punctuation, scripts."""

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from engine.asr.alignment import aligned_words
from engine.asr.timestamps import timestamped_pieces
from engine.asr.tokenizer import Tokenizer, Vocabulary


@pytest.fixture(scope="module")
def vocabulary(bundled_model) -> Vocabulary:
    return Vocabulary(bundled_model, multilingual=True)


@pytest.fixture(scope="module")
def encode(bundled_model):
    raw = tokenizers.Tokenizer.from_file(str(bundled_model / "tokenizer.json"))
    return lambda text: raw.encode(text, add_special_tokens=False).ids


def words_of(tokenizer: Tokenizer, tokens: list[int], duration_s: float = 30.0) -> list[str]:
    path = [(i, 10 * i) for i in range(len(tokens) + 1)]
    return [word.text for word in aligned_words(tokenizer, tokens, path, [0.5] * len(tokens), duration_s)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Thank you, David.", ["Thank", "you,", "David."]),
        (" It is twenty-five dollars", ["It", "is", "twenty-five", "dollars"]),
        (" I don't know", ["I", "don't", "know"]),
        (' He said "yes" twice', ["He", "said", '"yes"', "twice"]),
        ("no leading space", ["no", "leading", "space"]),
    ],
)
def test_words_of_a_spaced_language(vocabulary, encode, text, expected):
    assert words_of(vocabulary.tokenizer("en"), encode(text)) == expected


def test_words_of_a_script_without_spaces(vocabulary, encode):
    words = words_of(vocabulary.tokenizer("zh"), encode("你好，世界"))
    assert "".join(words) == "你好，世界"
    assert len(words) == 4  # the comma belongs to the character before it


@given(st.lists(st.integers(0, 3), min_size=3, max_size=3), st.floats(0.05, 3.0))
def test_times_are_monotonic_and_inside_the_window(steps, duration_s):
    import tests.conftest as shared

    bundled = shared.PACKAGE / "bundled" / "whisper-nano"
    tokenizer = Vocabulary(bundled, multilingual=False).tokenizer("en")
    tokens = tokenizers.Tokenizer.from_file(str(bundled / "tokenizer.json")).encode(" one two three").ids
    path, frame = [], 0
    for token in range(len(tokens) + 1):
        for _ in range(1 + steps[token % 3]):
            path.append((token, frame))
            frame += 1
    words = aligned_words(tokenizer, tokens, path, [1.0] * len(tokens), duration_s)
    edges = [edge for word in words for edge in (word.start_s, word.end_s)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= duration_s + 1e-3 for edge in edges)


def test_a_word_is_not_stretched_over_a_pause(vocabulary, encode):
    tokenizer, tokens = vocabulary.tokenizer("en"), encode(" yes")
    path = [(i, 0 if i < len(tokens) else 400) for i in range(len(tokens) + 1)]
    (word,) = aligned_words(tokenizer, tokens, path, [1.0] * len(tokens), 10.0)
    assert word.end_s - word.start_s <= 2.0


def test_timestamp_tokens_become_pieces(vocabulary, encode):
    tokenizer = vocabulary.tokenizer("en")
    at = lambda seconds: tokenizer.first_timestamp + round(seconds / 0.02)  # noqa: E731
    tokens = [at(0.5), *encode(" Hello."), at(1.2), at(2.0), *encode(" Goodbye."), at(9.0)]
    assert timestamped_pieces(tokenizer, tokens, 3.0) == ((0.5, 1.2, "Hello."), (2.0, 3.0, "Goodbye."))
    assert timestamped_pieces(tokenizer, encode(" Unfinished"), 3.0) == ((0.0, 3.0, "Unfinished"),)
    assert timestamped_pieces(tokenizer, [], 3.0) == ()
