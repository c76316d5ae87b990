"""The call as MP3: every redacted span silent, everything else in its place."""

import io

import av
import numpy as np
import pytest

from engine.audio import decode, encode_mp3
from engine.config_types import AudioConfig
from engine.types import SAMPLE_RATE, Audio, Span

CONFIG = AudioConfig()


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean((samples.astype(np.float64) / 32768) ** 2) + 1e-12))


def between(audio: Audio, start_s: float, end_s: float) -> np.ndarray:
    return audio.pcm.read(round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE))


@pytest.fixture
def call(tones) -> Audio:
    """Eight seconds, two speakers on two channels."""
    return decode((tones(8.0, SAMPLE_RATE, [440, 1000]), SAMPLE_RATE), CONFIG)


@pytest.fixture
def noisy_call() -> Audio:
    return decode(np.random.default_rng(0).standard_normal((25 * SAMPLE_RATE, 2)) * 0.1, CONFIG)


def test_the_whole_call_in_its_place(call):
    again = decode(encode_mp3(call, []), CONFIG)
    assert (again.source.codec, again.n_channels, again.source.sample_rate) == ("mp3", 2, SAMPLE_RATE)
    assert again.duration_s == pytest.approx(8.0, abs=0.1)
    assert level_db(between(again, 1, 7)) == pytest.approx(level_db(between(call, 1, 7)), abs=0.5)


SPANS = [
    [Span(3.0, 4.0)],
    [Span(0.0, 1.0), Span(20.0, 25.0)],
    [Span(9.5, 10.5), Span(19.9, 20.1)],  # across the borders of blocks
    [Span(2.0, 5.0), Span(3.0, 3.5), Span(4.5, 6.0)],
    [Span(12.0, 12.0)],
    [Span(-3.0, 0.5), Span(24.0, 90.0)],
]


@pytest.mark.parametrize("spans", SPANS)
def test_silenced_spans_are_silent_and_the_rest_is_not(noisy_call, spans):
    again = decode(encode_mp3(noisy_call, spans), CONFIG)
    assert again.duration_s == pytest.approx(noisy_call.duration_s, abs=0.1)
    silenced = np.zeros(noisy_call.n_samples, bool)
    for span in spans:
        start, end = max(span.start_s, 0), min(span.end_s, noisy_call.duration_s)
        assert level_db(between(again, start, max(end, start + 0.01))) < -75
        silenced[max(round((span.start_s - 0.3) * SAMPLE_RATE), 0) : round((span.end_s + 0.3) * SAMPLE_RATE)] = True
    heard = again.pcm.read(0, noisy_call.n_samples)[:, ~silenced[: again.n_samples]]
    assert level_db(heard) == pytest.approx(level_db(noisy_call.pcm.read(0, SAMPLE_RATE)), abs=1.5)


def test_a_click_stays_where_it_was():
    samples = np.zeros(6 * SAMPLE_RATE, np.float32)
    samples[4 * SAMPLE_RATE : 4 * SAMPLE_RATE + 20] = 0.9
    again = decode(encode_mp3(decode(samples, CONFIG), [Span(1.0, 2.0)]), CONFIG)
    loudest = np.abs(again.pcm.read(0, again.n_samples)[0].astype(int)).argmax()
    assert loudest / SAMPLE_RATE == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize(("channels", "expected", "kbit_s"), [(1, 1, 32), (2, 2, 48), (3, 1, 32), (9, 1, 32)])
def test_channels_and_size(channels, expected, kbit_s):
    samples = np.random.default_rng(0).standard_normal((20 * SAMPLE_RATE, channels)) * 0.1
    data = encode_mp3(decode(samples, CONFIG), [])
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.audio[0].channels == expected
    assert len(data) * 8 / 20 / 1000 == pytest.approx(kbit_s, rel=0.05)


def test_more_than_two_channels_are_all_heard(tones):
    audio = decode((tones(2.0, SAMPLE_RATE, [400, 800, 1600]), SAMPLE_RATE), CONFIG)
    mixed = decode(encode_mp3(audio, []), CONFIG).pcm.read(4000, 4000 + SAMPLE_RATE)[0]
    spectrum = np.abs(np.fft.rfft(mixed * np.hanning(len(mixed))))
    assert sorted(np.argsort(spectrum)[-9:] // 20 * 20)[::3] == pytest.approx([400, 800, 1600], abs=20)


def test_the_shortest_call():
    assert decode(encode_mp3(decode(np.full(10, 0.5), CONFIG), []), CONFIG).n_samples >= 1


def test_a_spooled_call_is_the_same(noisy_call):
    samples = noisy_call.pcm.read(0, noisy_call.n_samples).T
    spooled = decode(samples, AudioConfig(spool_bytes=0))
    assert encode_mp3(spooled, [Span(3.0, 4.0)]) == encode_mp3(noisy_call, [Span(3.0, 4.0)])
