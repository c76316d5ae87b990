"""Words of the far end in an open headset go; what two people say at once stays."""

from __future__ import annotations

import numpy as np
import pytest

from engine.diarization import without_echoes
from engine.types import SAMPLE_RATE, Segment, Word
from tests.conftest import audio_of

rng = np.random.default_rng(0)
VOICE, OTHER = 0.2 * rng.standard_normal((2, 4 * SAMPLE_RATE))


def segment(channel: int, text: str, *starts: float) -> Segment:
    words = tuple(Word(w, start_s, start_s + 0.3, 0.9) for w, start_s in zip(text.split(), starts, strict=True))
    return Segment(channel, starts[0], starts[-1] + 0.3, text, words, "en", -0.1, 0.0, 1.0, 0.0)


def kept(left, right, said, heard):
    found = without_echoes(audio_of(left, right), [said, heard], 12.0)
    return [(each.channel, each.text.strip(), [word.text for word in each.words]) for each in found]


SAID = segment(0, "Your refund, please.", 0.5, 1.0, 1.5)
WHOLE = (0, "Your refund, please.", ["Your", "refund,", "please."])


@pytest.mark.parametrize(
    ("heard", "right", "expected"),
    [
        pytest.param(
            segment(1, "well refund yes", 0.7, 1.2, 2.0), 0.02, (1, "well yes", ["well", "yes"]), id="one word of it"
        ),
        pytest.param(segment(1, "Refund please", 1.1, 1.6), 0.02, None, id="all of it"),
        pytest.param(
            segment(1, "well refund yes", 0.7, 1.4, 2.0),
            0.02,
            (1, "well refund yes", ["well", "refund", "yes"]),
            id="said again later",
        ),
        pytest.param(
            segment(1, "refund please", 1.1, 1.6), 0.5, (1, "refund please", ["refund", "please"]), id="as loud"
        ),
        pytest.param(segment(1, "return it", 1.0, 1.5), 0.02, (1, "return it", ["return", "it"]), id="other words"),
    ],
)
def test_the_same_word_much_louder_on_the_other_channel(heard, right, expected):
    assert kept(VOICE, right * VOICE, SAID, heard) == [WHOLE, *([expected] if expected else [])]


def test_both_say_it_each_on_their_channel():
    heard = segment(1, "Your refund, please.", 0.6, 1.1, 1.6)
    assert kept(VOICE, 0.6 * OTHER, SAID, heard) == [WHOLE, (1, WHOLE[1], WHOLE[2])]


def test_text_without_spaces():
    left = Segment(0, 0.0, 1.0, "你好。", (Word("你", 0.0, 0.4, 1.0), Word("好。", 0.4, 0.9, 1.0)), "zh", 0, 0, 1, 0)
    right = Segment(1, 0.0, 1.0, "你是", (Word("你", 0.1, 0.4, 1.0), Word("是", 0.5, 0.9, 1.0)), "zh", 0, 0, 1, 0)
    assert kept(VOICE, 0.02 * VOICE, left, right) == [(0, "你好。", ["你", "好。"]), (1, "是", ["是"])]


def test_one_channel_and_segments_without_words_are_left_alone():
    wordless = Segment(1, 0.0, 2.0, "your refund", (), "en", -0.1, 0.0, 1.0, 0.0)
    audio = audio_of(VOICE, 0.02 * VOICE)
    assert without_echoes(audio, [SAID], 12.0) == [SAID]
    assert without_echoes(audio, [SAID, wordless], 12.0) == [SAID, wordless]
