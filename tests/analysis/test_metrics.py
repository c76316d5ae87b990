"""Conversation metrics on hand-made timelines, and what must hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.metrics import measure
from engine.types import Language, RedactedTranscript, RedactedUtterance, Speaker

LONG = "one two three four five"

Line = tuple[str, float | None, float | None, str]


def call(*lines: Line) -> RedactedTranscript:
    """A call of (speaker, start_s, end_s, text) lines."""
    utterances = tuple(
        RedactedUtterance(index, speaker, "unknown", start_s, end_s, text)
        for index, (speaker, start_s, end_s, text) in enumerate(lines)
    )
    speakers = dict.fromkeys(speaker for speaker, *_ in lines)
    return RedactedTranscript(
        Language("en", 1.0), tuple(Speaker(each, "unknown", None, 0.0) for each in speakers), utterances
    )


def test_a_plain_call() -> None:
    metrics = measure(call(("A", 1.0, 4.0, "Hello, how are you?"), ("B", 5.0, 6.0, "Fine.")), 10.0)
    assert metrics.talk_ratio == {"A": 0.75, "B": 0.25}
    assert metrics.silence_s == pytest.approx(6.0)
    assert metrics.silence_ratio == pytest.approx(0.6)
    assert metrics.interruptions == 0
    assert metrics.words == {"A": 4, "B": 1}
    assert metrics.words_per_minute == {"A": 80.0, "B": 60.0}
    assert metrics.longest_monologue_s == {"A": 3.0, "B": 1.0}
    assert metrics.questions == {"A": 1, "B": 0}


def test_overlap_counts_once_against_silence_and_for_each_speaker() -> None:
    metrics = measure(call(("A", 0.0, 6.0, LONG), ("B", 2.0, 8.0, LONG), ("A", 5.0, 7.0, LONG)), 10.0)
    assert metrics.silence_s == pytest.approx(2.0)
    assert metrics.talk_ratio == {"A": pytest.approx(7 / 13), "B": pytest.approx(6 / 13)}


@pytest.mark.parametrize(
    ("second", "interruptions"),
    [
        (("B", 3.0, 8.0, LONG), 1),
        (("B", 3.0, 4.0, LONG), 1),
        (("B", 3.0, 4.0, "yes right"), 0),  # a backchannel
        (("B", 3.0, 8.0, "wait a moment"), 1),
        (("B", 4.8, 8.0, LONG), 0),  # a close hand-over
        (("B", 5.0, 8.0, LONG), 0),
        (("B", 0.2, 8.0, LONG), 0),  # both began at once
        (("A", 3.0, 8.0, LONG), 0),  # a speaker does not interrupt themselves
    ],
)
def test_an_interruption_is_a_start_well_inside_another_speakers_utterance(second: Line, interruptions: int) -> None:
    assert measure(call(("A", 0.0, 5.0, LONG), second), 10.0).interruptions == interruptions


def test_one_start_interrupts_once_however_many_talk() -> None:
    lines: tuple[Line, ...] = (("A", 0.0, 9.0, LONG), ("B", 0.1, 9.0, LONG), ("C", 4.0, 8.0, LONG))
    assert measure(call(*lines), 10.0).interruptions == 1


@pytest.mark.parametrize(
    ("lines", "longest"),
    [
        ([("A", 0.0, 2.0, LONG), ("A", 3.0, 5.0, LONG)], {"A": 5.0}),
        ([("A", 0.0, 2.0, LONG), ("A", 9.0, 12.0, LONG)], {"A": 3.0}),  # a hold between
        ([("A", 0.0, 2.0, LONG), ("B", 2.0, 2.4, "okay"), ("A", 3.0, 5.0, LONG)], {"A": 5.0, "B": pytest.approx(0.4)}),
        ([("A", 0.0, 2.0, LONG), ("B", 2.0, 3.0, LONG), ("A", 3.0, 5.0, LONG)], {"A": 2.0, "B": 1.0}),
    ],
)
def test_a_monologue_ends_with_another_speaker_or_a_long_pause(lines: list[Line], longest: dict[str, float]) -> None:
    assert measure(call(*lines), 20.0).longest_monologue_s == longest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" ... -- ?!", 0),
        ("My number is [PHONE_NUMBER_1].", 4),
        ("don't twenty-five john@example.com", 3),
        ("(well) …yes", 2),
        ("お電話ありがとう", 8),
        ("iPhone を買う", 4),
        ("한국어 단어", 2),
        ("_" * 100_000, 0),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert measure(call(("A", 0.0, 1.0, text)), 1.0).words == {"A": words}


def test_questions_are_counted_by_sentence() -> None:
    lines: tuple[Line, ...] = (("A", 0.0, 1.0, "Really?! Why? Ok."), ("B", 1.0, 2.0, "何ですか？"))
    assert measure(call(*lines), 5.0).questions == {"A": 2, "B": 1}


def test_a_chat_has_words_and_questions_but_no_times() -> None:
    metrics = measure(call(("A", None, None, "Hello?"), ("B", None, None, "Hi there")), None)
    assert metrics.words == {"A": 1, "B": 2}
    assert metrics.questions == {"A": 1, "B": 0}
    assert (metrics.silence_s, metrics.silence_ratio, metrics.interruptions) == (None, None, None)
    assert metrics.talk_ratio == metrics.words_per_minute == metrics.longest_monologue_s == {}


def test_a_chat_stays_without_times_whatever_its_duration() -> None:
    assert measure(call(("A", None, None, "Hello?")), 0.0).silence_s is None


def test_a_silent_call() -> None:
    metrics = measure(call(), 30.0)
    assert (metrics.silence_s, metrics.silence_ratio, metrics.interruptions) == (30.0, 1.0, 0)
    assert metrics.talk_ratio == {}


def test_a_call_without_length() -> None:
    metrics = measure(call(), 0.0)
    assert (metrics.silence_s, metrics.silence_ratio) == (0.0, 0.0)


def test_without_a_duration_the_last_utterance_ends_the_call() -> None:
    assert measure(call(("A", 1.0, 4.0, LONG)), None).silence_s == pytest.approx(1.0)


def test_word_times_that_run_past_the_audio_make_no_negative_silence() -> None:
    metrics = measure(call(("A", 0.0, 11.0, LONG), ("B", 12.0, 13.0, LONG)), 10.0)
    assert (metrics.silence_s, metrics.silence_ratio) == (0.0, 0.0)


def test_a_speaker_who_says_nothing_is_listed_with_nothing() -> None:
    transcript = RedactedTranscript(
        Language("en", 1.0),
        (Speaker("A", "agent", 0, 1.0), Speaker("B", "customer", 1, 0.0)),
        (RedactedUtterance(0, "A", "agent", 0.0, 1.0, "Hello"),),
    )
    metrics = measure(transcript, 1.0)
    assert metrics.talk_ratio == {"A": 1.0, "B": 0.0}
    assert metrics.words == {"A": 1, "B": 0}
    assert "B" not in metrics.words_per_minute


times = st.none() | st.floats(-5.0, 500.0)
lines = st.tuples(st.sampled_from("ABC"), times, times, st.sampled_from(["", "yes", "why not?", LONG]))


@given(st.lists(lines, max_size=20), st.none() | st.floats(0.0, 400.0))
def test_ratios_and_times_stay_within_the_call(drawn: list[Line], duration_s: float | None) -> None:
    metrics = measure(call(*drawn), duration_s)
    assert all(0.0 <= ratio <= 1.0 for ratio in metrics.talk_ratio.values())
    if metrics.talk_ratio:
        assert sum(metrics.talk_ratio.values()) == pytest.approx(1.0)
    if metrics.silence_s is not None and metrics.silence_ratio is not None:
        assert metrics.silence_s >= 0.0
        assert 0.0 <= metrics.silence_ratio <= 1.0
        assert duration_s is None or metrics.silence_s <= duration_s
    assert metrics.interruptions is None or 0 <= metrics.interruptions < max(len(drawn), 1)
    assert all(length >= 0.0 for length in metrics.longest_monologue_s.values())
    assert all(rate >= 0.0 for rate in metrics.words_per_minute.values())


@given(st.lists(lines, max_size=12), st.floats(0.0, 400.0))
def test_the_order_of_the_utterances_does_not_matter(drawn: list[Line], duration_s: float) -> None:
    forwards, backwards = measure(call(*drawn), duration_s), measure(call(*reversed(drawn)), duration_s)
    assert forwards.silence_s == backwards.silence_s
    assert forwards.talk_ratio == pytest.approx(backwards.talk_ratio)
