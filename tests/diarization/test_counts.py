from __future__ import annotations

import pytest

from engine.config_types import DiarizationConfig
from engine.diarization import load_diarizer
from engine.diarization.counts import SpeakerCounts
from engine.errors import ConfigurationError


@pytest.mark.parametrize(
    ("config", "least", "most", "given"),
    [
        (DiarizationConfig(), 1, 6, None),
        (DiarizationConfig(speakers=2), 2, 2, 2),
        (DiarizationConfig(min_speakers=3, max_speakers=3), 3, 3, 3),
        (DiarizationConfig(speakers=9, max_speakers=6), 9, 9, 9),
    ],
)
def test_counts(config, least, most, given):
    counts = SpeakerCounts.of(config)
    assert (counts.least, counts.most, counts.given) == (least, most, given)


@pytest.mark.parametrize(
    "config",
    [
        DiarizationConfig(speakers=-1),
        DiarizationConfig(min_speakers=0),
        DiarizationConfig(min_speakers=4, max_speakers=3),
    ],
)
def test_impossible_counts_are_refused_before_any_work(config):
    with pytest.raises(ConfigurationError, match="speakers"):
        load_diarizer(config)
