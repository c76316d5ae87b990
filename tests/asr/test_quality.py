"""Gates, loops and the ladder."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.asr.ladder import Attempt, settle
from engine.asr.quality import compression_ratio, judge, loop_free
from engine.asr.recognizer import Recognition, WindowTask
from engine.config_types import AsrConfig

CONFIG = AsrConfig(temperatures=(0.0, 0.5))


@pytest.mark.parametrize(
    ("log_probability", "no_speech", "ratio", "verdict"),
    [
        (-0.2, 0.1, 1.2, "accept"),
        (-0.2, 0.9, 1.2, "accept"),
        (-1.5, 0.9, 1.2, "silence"),
        (-1.5, 0.1, 1.2, "retry"),
        (-0.2, 0.1, 3.0, "retry"),
    ],
)
def test_gates(log_probability, no_speech, ratio, verdict):
    assert judge(log_probability, no_speech, ratio, CONFIG) == verdict


def test_compression_ratio_tells_a_loop_from_speech():
    assert compression_ratio("") == 0.0
    assert compression_ratio("thank you for calling, how can I help you today?") < 1.5
    assert compression_ratio("thank you. " * 40) > 2.4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no no no I said", "no no no I said"),
        ("bye bye bye bye bye bye bye", "bye"),
        ("thank you. " * 6 + "goodbye", "thank you. goodbye"),
        ("well, " + "the end of the " * 7 + "story", "well, the end of the story"),
        ("my number is zero zero zero zero zero zero", "my number is zero zero zero zero zero zero"),
        ("nine one nine one nine one nine one nine one", "nine one nine one nine one nine one nine one"),
        ("", ""),
    ],
)
def test_loops_are_cut_to_one_round(text, expected):
    words = text.split()
    assert [words[i] for i in loop_free(words)] == expected.split()


@given(st.lists(st.sampled_from(["a", "b", "c", "one", "two"]), max_size=60))
def test_loop_free_keeps_order_and_is_stable(words):
    kept = loop_free(words)
    assert kept == sorted(set(kept))
    assert not words or kept[0] == 0
    assert len(loop_free([words[i] for i in kept])) <= len(kept)


def recognition(log_probability: float, no_speech: float = 0.1, text: str = "x") -> Recognition:
    return Recognition(text=text, average_log_probability=log_probability, no_speech_probability=no_speech)


TASK = WindowTask(np.zeros(1, np.float32), "en")


def test_a_good_window_is_final():
    found = recognition(-0.1)
    assert settle(Attempt(TASK), found, CONFIG) is found


def test_silence_loses_its_text():
    outcome = settle(Attempt(TASK), recognition(-2.0, 0.95), CONFIG)
    assert isinstance(outcome, Recognition)
    assert (outcome.text, outcome.outcome) == ("", "silence")


def test_an_improbable_window_climbs_and_the_best_text_wins():
    first = recognition(-1.2, text="first")
    attempt = settle(Attempt(TASK), first, CONFIG)
    assert isinstance(attempt, Attempt)
    assert attempt.rung == 1
    assert settle(attempt, recognition(-3.0, text="worse"), CONFIG) is first
    better = recognition(-1.1, text="better")
    assert settle(attempt, better, CONFIG) is better


def test_faults_and_language_answers_are_final():
    for found in (Recognition(error=RuntimeError()), Recognition(languages={"en": 1.0})):
        assert settle(Attempt(TASK), found, CONFIG) is found
