"""Clustering tells synthetic voices apart, counts them, and survives what calls are made of."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from engine.config_types import DiarizationConfig
from engine.diarization import load_diarizer
from engine.types import SAMPLE_RATE, Audio, SourceInfo, SpeechRegion
from tests.conftest import audio_of
from tests.diarization.conftest import BRIGHT, HIGH, LOW, Dialogue, Voice, dialogue

LENGTHS = (3.1, 4.2, 1.6, 5.0, 2.2, 2.4, 3.7, 1.4, 2.9) * 2


def diarized(call, **config):
    return load_diarizer(DiarizationConfig(**config)).diarize(call.audio, call.regions)


def speakers(turns):
    return {turn.speaker for turn in turns}


@pytest.mark.parametrize(
    ("voices", "seed"),
    [((LOW, HIGH), 1), ((HIGH, BRIGHT), 2), ((LOW, BRIGHT), 3), ((LOW,), 4), ((HIGH,), 5), ((LOW, HIGH, BRIGHT), 6)],
    ids=["low high", "high bright", "low bright", "one low", "one high", "three"],
)
def test_voices_are_counted_and_told_apart(voices, seed):
    call = dialogue(voices, LENGTHS, seed)
    turns = diarized(call)
    assert speakers(turns) == {f"S{number + 1}" for number in range(len(voices))}
    assert call.speaker_error(turns) < 0.05


def test_turns_are_exclusive_sorted_and_inside_the_regions(two_voices):
    turns = diarized(two_voices)
    assert turns[0].speaker == "S1"
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(turns))
    for turn in turns:
        assert turn.channel is None
        assert turn.start_s < turn.end_s
        assert any(region.start_s <= turn.start_s <= region.end_s for region in two_voices.regions)
        assert any(region.start_s <= turn.end_s <= region.end_s for region in two_voices.regions)


def test_turns_begin_and_end_with_the_speech_and_not_with_its_padded_regions():
    call = dialogue((LOW, HIGH), (3.0, 2.0, 4.0, 2.5), seed=13)
    ends = [
        np.array([(turn.start_s, turn.end_s) for turn in each]) for each in (call.reference, diarized(padded(call)))
    ]
    assert ends[0].shape == ends[1].shape
    assert np.abs(ends[0] - ends[1]).max() < 0.15


def padded(call: Dialogue) -> Dialogue:
    """As voice activity gives it: one region, with 0.4 s of nothing at either end."""
    span = SpeechRegion(0, call.regions[0].start_s - 0.4, call.regions[-1].end_s + 0.4)
    return dataclasses.replace(call, regions=(span,))


def test_a_short_pause_of_one_speaker_is_no_end_of_a_turn():
    rng = np.random.default_rng(14)
    sounds = [
        part for pause_s in (0.5, 1.2, 0.3) for part in (LOW.speak(2.0, rng), np.zeros(round(pause_s * SAMPLE_RATE)))
    ]
    samples = np.concatenate(sounds)
    regions = [SpeechRegion(0, 0.0, 2.1), SpeechRegion(0, 2.4, 4.7), SpeechRegion(0, 5.5, 7.9)]
    turns = load_diarizer(DiarizationConfig()).diarize(audio_of(samples), regions)
    assert [(round(turn.start_s, 1), round(turn.end_s, 1)) for turn in turns] == [(0.0, 4.5), (5.7, 7.7)]


def test_the_same_call_gives_the_same_turns(two_voices):
    assert diarized(two_voices) == diarized(two_voices)


def test_one_speaker_far_quieter_than_the_other():
    call = dialogue((LOW, HIGH), LENGTHS, seed=7, level=(1.0, 0.08))
    assert call.speaker_error(diarized(call)) < 0.1


def test_a_speaker_who_only_says_a_little():
    call = dialogue((LOW, HIGH), (8.0, 0.9, 6.0, 1.2, 9.0, 0.8, 7.0, 1.4, 6.0, 1.1), seed=8)
    turns = diarized(call)
    assert speakers(turns) == {"S1", "S2"}
    assert call.speaker_error(turns) < 0.05


def test_telephone_band_and_wideband_alike():
    call = dialogue((LOW, BRIGHT), LENGTHS, seed=9)
    samples = call.audio.read(0, 0.0, call.audio.duration_s)
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    narrow = np.fft.irfft(spectrum * ((hz > 300) & (hz < 3400)), len(samples))
    turns = load_diarizer(DiarizationConfig()).diarize(audio_of(narrow), call.regions)
    assert call.speaker_error(turns) < 0.05


@pytest.mark.parametrize(("config", "expected"), [({"speakers": 2}, 2), ({"speakers": 1}, 1), ({"min_speakers": 2}, 2)])
def test_a_given_count_is_kept_even_for_one_voice(config, expected):
    assert len(speakers(diarized(dialogue((LOW,), LENGTHS, seed=4), **config))) == expected


@pytest.mark.parametrize("seed", [18, 19])
def test_who_is_known_to_be_there_but_hardly_heard_splits_nobody_else(seed):
    """Two voices in half a minute that is said to have four: a turn each for the others, not half of a voice."""
    call = dialogue((LOW, HIGH), LENGTHS[:9], seed=seed)
    turns = diarized(call, speakers=4)
    assert speakers(turns) == {"S1", "S2", "S3", "S4"}
    assert sorted(sum(turn.speaker == name for turn in turns) for name in speakers(turns))[:2] == [1, 1]
    assert call.speaker_error(turns) < 0.2


def test_at_most_max_speakers():
    call = dialogue((LOW, HIGH, BRIGHT, Voice(120, 1.25, -3)), LENGTHS, seed=10)
    assert len(speakers(diarized(call, max_speakers=2))) == 2


@pytest.mark.parametrize(("config", "most"), [({}, 6), ({"max_speakers": 50}, 50), ({"speakers": 50}, 50)])
def test_fifty_speakers_in_a_call(config, most):
    rng = np.random.default_rng(17)
    voices = [Voice(rng.uniform(90, 260), rng.uniform(0.85, 1.25), rng.uniform(-14, -3)) for _ in range(50)]
    turns = diarized(dialogue(voices, (1.2,) * 50, seed=18), **config)
    assert 2 <= len(speakers(turns)) <= most
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(turns))


def test_fifty_speakers_are_asked_for_in_a_short_call():
    call = dialogue((LOW, HIGH), (3.0, 2.0), seed=15)
    turns = diarized(call, speakers=50)
    assert 1 <= len(speakers(turns)) <= 50
    assert list(dict.fromkeys(turn.speaker for turn in turns)) == [f"S{n + 1}" for n in range(len(speakers(turns)))]


@pytest.mark.parametrize("seconds", [(0.05,), (0.3,), (0.3, 0.4), (2.0,), (1.0, 0.05, 0.9)])
@pytest.mark.parametrize("config", [{}, {"speakers": 2}, {"speakers": 6}])
def test_very_short_calls(seconds, config):
    call = dialogue((LOW, HIGH), seconds, seed=11)
    turns = diarized(call, **config)
    assert 1 <= len(speakers(turns)) <= 6
    assert turns[-1].end_s <= call.audio.duration_s


@pytest.mark.parametrize(
    "samples",
    [np.zeros(80_000), np.full(80_000, 0.5), np.sin(np.arange(80_000) / 5)],
    ids=["silence", "constant", "tone"],
)
def test_regions_without_a_voice(samples):
    turns = load_diarizer(DiarizationConfig()).diarize(audio_of(samples), [SpeechRegion(0, 0.5, 4.5)])
    assert [(turn.speaker, turn.start_s, turn.end_s) for turn in turns] == [("S1", 0.5, 4.5)]


def test_a_long_call_is_read_in_pieces_and_sampled(two_voices):
    """The same dialogue again and again, with more windows than are clustered: the speakers as in one round of it."""
    one_round = two_voices.audio.pcm.read(0, two_voices.audio.n_samples)
    rounds = round(1800 / two_voices.audio.duration_s)
    length = one_round.shape[1]

    class Endless:
        n_channels, n_samples = 1, rounds * length

        def read(self, start, stop):
            assert stop - start <= 60 * SAMPLE_RATE
            return one_round[:, np.arange(start, stop) % length]

    audio = Audio(Endless(), SourceInfo(None, "", "", "", 1, SAMPLE_RATE, rounds * length / SAMPLE_RATE))
    every_s = length / SAMPLE_RATE
    regions = [
        SpeechRegion(0, number * every_s + region.start_s, number * every_s + region.end_s)
        for number in range(rounds)
        for region in two_voices.regions
    ]
    turns = load_diarizer(DiarizationConfig()).diarize(audio, regions)
    assert speakers(turns) == {"S1", "S2"}
    assert two_voices.speaker_error([turn for turn in turns if turn.start_s < every_s]) < 0.05
