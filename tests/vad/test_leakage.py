"""Cross-talk goes, real overlap stays."""

import numpy as np
import pytest

from engine.types import SpeechRegion
from engine.vad.leakage import without_leakage
from tests.conftest import audio_of

RATE = 16_000


def speech_like(seed: int, seconds: float = 3.0) -> np.ndarray:
    """Noise with a syllable-like envelope of its own."""
    rng = np.random.default_rng(seed)
    envelope = np.repeat(rng.uniform(0.0, 1.0, round(seconds * 8)) ** 2, RATE // 8)
    return 0.5 * envelope * rng.standard_normal(len(envelope)) * 0.5


NEAR = SpeechRegion(0, 0.2, 2.8)
FAR = SpeechRegion(1, 0.2, 2.8)


def test_a_faint_copy_on_the_other_channel_is_leakage():
    voice = speech_like(1)
    audio = audio_of(voice, 0.03 * voice + 0.0005 * np.random.default_rng(0).standard_normal(len(voice)))
    assert without_leakage(audio, [NEAR, FAR], 12.0) == [NEAR]


def test_two_people_at_once_both_stay():
    assert without_leakage(audio_of(speech_like(1), speech_like(2)), [NEAR, FAR], 12.0) == [NEAR, FAR]


def test_a_quiet_second_voice_is_not_leakage():
    audio = audio_of(speech_like(1), 0.1 * speech_like(2))
    assert without_leakage(audio, [NEAR, FAR], 12.0) == [NEAR, FAR]


def test_speech_while_the_other_is_silent_stays():
    audio = audio_of(speech_like(1), np.zeros(3 * RATE))
    assert without_leakage(audio, [NEAR], 12.0) == [NEAR]


@pytest.mark.parametrize("regions", [[], [NEAR]])
def test_one_channel_needs_no_comparison(regions):
    assert without_leakage(audio_of(speech_like(1)), regions, 12.0) == regions


def test_the_telecom_call_has_no_speech_of_the_agent_on_the_customers_channel(demo_audio, references):
    from engine.config import load_profile
    from engine.vad import load_detector

    speech = load_detector(load_profile("demo").vad, 8.0).detect(demo_audio["telecom-billing"])
    agent = [u for u in references["telecom-billing"]["utterances"] if u["role"] == "agent"]
    for region in (region for region in speech.regions if region.channel == 1):
        assert not any(u["start_s"] <= region.start_s and region.end_s <= u["end_s"] for u in agent)
