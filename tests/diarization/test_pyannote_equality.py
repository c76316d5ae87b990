"""Our way of running a pyannote pipeline beside pyannote's own, on the same directory: the same speakers and times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.diarization.counts import SpeakerCounts
from engine.diarization.networks import CPU, ChunkNetworks
from engine.diarization.pipeline_files import local_config
from engine.diarization.pyannote import PyannoteDiarizer, load_pyannote
from engine.types import SAMPLE_RATE, Audio, Turn
from tests.conftest import audio_of
from tests.diarization.conftest import BRIGHT, HIGH, LOW, dialogue

# Silence and random weights make empty segments, of which pyannote takes a mean.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Mean of empty slice", "ignore:invalid value", "ignore:(?s).*detected number of speakers", "ignore:std\\(\\)"
)


def overlapping() -> Audio:
    rng = np.random.default_rng(5)
    return audio_of(0.5 * (LOW.speak(2.3, rng) + HIGH.speak(2.3, rng)))


def of(*voices: Any, seconds: tuple[float, ...], seed: int) -> Audio:
    return dialogue(voices, seconds, seed).audio


CALLS = {
    "one speaker": lambda: of(LOW, seconds=(2.0,), seed=1),
    "two speakers": lambda: of(LOW, HIGH, seconds=(1.2, 1.1), seed=2),
    "all overlap": overlapping,
    "silent": lambda: audio_of(np.zeros(3 * SAMPLE_RATE)),
    "whole chunks": lambda: audio_of(0.1 * np.random.default_rng(3).standard_normal(3 * SAMPLE_RATE)),
    "shorter than a chunk": lambda: of(LOW, seconds=(0.2,), seed=4),
    "0.2 s": lambda: audio_of(0.1 * np.random.default_rng(6).standard_normal(3200)),
    "long": lambda: of(LOW, HIGH, BRIGHT, seconds=(1.6, 1.3, 1.2, 1.4), seed=7),
}
COUNTS = [SpeakerCounts(1, 6), SpeakerCounts(2, 2), SpeakerCounts(3, 5), SpeakerCounts(1, 1)]


class Theirs:
    """pyannote's pipeline; what its networks said of a call is kept between its runs, as it does in training."""

    def __init__(self, directory: Path) -> None:
        from pyannote.audio import Pipeline

        self._pipeline = Pipeline.from_pretrained(local_config(directory))
        self._pipeline.training = True

    def file(self, audio: Audio) -> dict[str, Any]:
        import torch

        waveform = torch.from_numpy(audio.read(0, 0.0, audio.duration_s))[None]
        return {"waveform": waveform, "sample_rate": SAMPLE_RATE, "uri": "call"}

    def __call__(self, file: dict[str, Any], counts: SpeakerCounts) -> Any:
        from pyannote.audio.pipelines import clustering
        from scipy.cluster.hierarchy import linkage

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clustering, "linkage", linkage)  # ours is in its place since ours was loaded
            return self._pipeline(file, min_speakers=counts.least, max_speakers=counts.most)


def tracks(annotation: Any) -> list[tuple[str, float, float]]:
    return sorted((label, span.start, span.end) for span, _, label in annotation.itertracks(yield_label=True))


def named_as_theirs(turns: list[Turn], naming: list[Turn]) -> list[tuple[str, float, float]]:
    """pyannote numbers the speakers of the turns with overlap by their cluster."""
    clusters = sorted({int(turn.speaker) for turn in naming})
    return sorted((f"SPEAKER_{clusters.index(int(t.speaker)):02d}", t.start_s, t.end_s) for t in turns)


def assert_equal(ours: PyannoteDiarizer, theirs: Theirs, audio: Audio, counts: list[SpeakerCounts]) -> None:
    file = theirs.file(audio)
    outputs = ours.outputs(audio, 0)
    for each in counts:
        expected = theirs(file, each)
        scores = file["training_cache/segmentation"].data
        assert np.array_equal(outputs.scores, scores)
        if "training_cache/embeddings" in file:
            embeddings = file["training_cache/embeddings"]["embeddings"]
            assert np.abs(outputs.embeddings - embeddings).max() < 1e-3 * np.abs(embeddings).max()
        found = ours.reconstructed(outputs, each)
        assert named_as_theirs(found.turns, found.turns) == tracks(expected.speaker_diarization)
        assert named_as_theirs(found.exclusive, found.turns) == tracks(expected.exclusive_speaker_diarization)


@pytest.mark.parametrize("style", ["modern", "legacy"])
@pytest.mark.parametrize("name", CALLS)
def test_as_pyannote_does(style, name, pipelines):
    ours, theirs = pipelines[style]
    assert_equal(ours, theirs, CALLS[name](), COUNTS)


@pytest.fixture(scope="module")
def pipelines(modern, legacy) -> dict[str, tuple[PyannoteDiarizer, Theirs]]:
    directories = {"modern": modern, "legacy": legacy}
    return {
        style: (load_pyannote(str(each), "cpu", SpeakerCounts(1, 6)), Theirs(each))
        for style, each in directories.items()
    }


def test_the_true_shapes(tmp_path):
    """Ten-second chunks, four layers of LSTM, a step of a second: community-1's."""
    from benchmarks.random_pyannote import build

    directory = build(tmp_path / "community-1")
    ours = load_pyannote(str(directory), "cpu", SpeakerCounts(1, 6))
    audio = of(LOW, HIGH, seconds=(5.0, 4.9), seed=8)
    assert_equal(ours, Theirs(directory), audio, [SpeakerCounts(1, 6)])


def test_gaps_are_filled_as_pyannote_fills_them(modern, tmp_path):
    import shutil

    import yaml

    directory = Path(shutil.copytree(modern, tmp_path / "filled"))
    document = yaml.safe_load((directory / "config.yaml").read_text("utf-8"))
    document["params"]["segmentation"]["min_duration_off"] = 0.3
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")
    ours = load_pyannote(str(directory), "cpu", SpeakerCounts(1, 6))
    assert_equal(ours, Theirs(directory), CALLS["one speaker"](), [SpeakerCounts(1, 6)])


def test_the_same_turns_whatever_a_call_is_batched_with(pipelines):
    ours, _ = pipelines["modern"]
    calls = [CALLS[name]() for name in ("one speaker", "two speakers", "0.2 s")]
    alone = [ours.turns(call, 0, [], COUNTS[0]) for call in calls]
    with ThreadPoolExecutor(len(calls)) as pool:
        together = list(pool.map(lambda call: ours.turns(call, 0, [], COUNTS[0]), calls))
        again = list(pool.map(lambda call: ours.turns(call, 0, [], COUNTS[0]), reversed(calls)))
    assert alone == together == again[::-1]


def test_more_speakers_than_are_ever_heard_alone(pipelines):
    """pyannote's k-means refuses more clusters than there are embeddings; here, as many as there are."""
    ours, _ = pipelines["modern"]
    outputs = ours.outputs(CALLS["two speakers"](), 0)
    found = ours.reconstructed(outputs, SpeakerCounts(50, 50))
    assert 1 <= len({turn.speaker for turn in found.turns}) <= 3 * len(outputs.scores)


def run_half(directory: Path, scale: float) -> tuple[Any, Any]:
    """Embeddings (chunks, speakers, dimension) of a short call with the trunk in float32 and in float16."""
    import torch
    from pyannote.audio import Pipeline

    found = []
    for half in (False, True):
        pipeline = Pipeline.from_pretrained(local_config(directory))
        with torch.no_grad():
            pipeline._embedding.model_.resnet.layer1[0].conv2.weight.mul_(scale)
        networks = ChunkNetworks(pipeline, torch.device("cpu"), CPU, half)
        samples = SHORT.read(0, 0.0, networks.chunking.window / SAMPLE_RATE)
        (outputs,) = networks.run([samples])
        found.append(outputs.embeddings[outputs.scores.any(axis=1)])
    return found[0], found[1]


SHORT = of(LOW, HIGH, seconds=(0.6, 0.6), seed=2)


def test_the_half_precision_trunk_keeps_the_direction_of_a_voice(modern):
    full, half = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in run_half(modern, 1.0))
    assert not np.array_equal(full, half)
    assert (full * half).sum(axis=1).min() > 0.999


def test_what_overflows_half_precision_is_done_in_full(modern):
    full, half = run_half(modern, 1e5)
    assert np.isfinite(half).all()
    assert np.allclose(full, half, rtol=1e-3)
