"""Our way of running a pyannote pipeline beside pyannote's own, on the same directory: the same speakers and times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.pyannote_equality import Theirs, difference
from engine.diarization.counts import SpeakerCounts
from engine.diarization.networks import CPU, ChunkNetworks, ChunkOutputs
from engine.diarization.pipeline_files import local_config
from engine.diarization.pyannote import PyannoteDiarizer, load_pyannote
from engine.types import SAMPLE_RATE, Audio
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
    "long": lambda: of(LOW, HIGH, BRIGHT, seconds=(1.6, 1.3, 1.2, 1.4) * 2, seed=7),
}
COUNTS = [SpeakerCounts(1, 6), SpeakerCounts(2, 2), SpeakerCounts(3, 5), SpeakerCounts(1, 1)]


def assert_equal(ours: PyannoteDiarizer, theirs: Theirs, audio: Audio, counts: list[SpeakerCounts]) -> None:
    found = difference(ours, theirs, audio, counts)
    assert found.scores
    assert found.embeddings < 1e-3
    assert found.found == found.expected


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


def test_out_of_memory_in_mid_batch_gives_the_same_outputs(modern, monkeypatch):
    """The real networks on a device that holds two chunks at a time: the third batch size that is tried fits."""
    import torch
    from pyannote.audio import Pipeline

    networks = ChunkNetworks(Pipeline.from_pretrained(local_config(modern)), torch.device("cpu"), CPU, half=False)
    audio = CALLS["two speakers"]()
    pieces = list(
        networks.chunking.pieces(audio.n_samples, lambda a, b: audio.read(0, a / SAMPLE_RATE, b / SAMPLE_RATE))
    )
    expected = networks.run(pieces)
    sizes = []

    def full(run):
        def limited(*rows):
            sizes.append(len(rows[0]))
            if len(rows[0]) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return run(*rows)

        return limited

    for group in (networks._segment, networks._embed):
        monkeypatch.setattr(group, "_run", full(group._run))
    found = networks.run(pieces)
    assert max(sizes) > 2
    for ours, before in zip(found, expected, strict=True):
        assert np.array_equal(ours.scores, before.scores)
        assert np.allclose(ours.embeddings, before.embeddings, rtol=1e-4, atol=1e-4)


def test_fifty_speakers(pipelines):
    """Every speaker in three chunks, alone: as many as there are, and no more than are allowed."""
    ours, _ = pipelines["legacy"]
    speakers, chunks = 50, 3
    frames = ours.outputs(CALLS["0.2 s"](), 0).scores.shape[1]
    scores = np.zeros((speakers * chunks, frames, 3), np.uint8)
    scores[:, :, 0] = 1
    embeddings = np.random.default_rng(0).standard_normal((speakers * chunks, 3, 256)).astype(np.float32)
    embeddings[:, 0] = np.repeat(np.eye(speakers, 256, dtype=np.float32), chunks, axis=0)
    outputs = ChunkOutputs(scores, embeddings)
    found = {most: ours.reconstructed(outputs, SpeakerCounts(1, most)).exclusive for most in (60, 6)}
    assert len({turn.speaker for turn in found[60]}) == speakers
    assert 1 <= len({turn.speaker for turn in found[6]}) <= 6


def heard(ours: PyannoteDiarizer, chunks: int, speakers: int) -> ChunkOutputs:
    """The same `speakers` in every frame of every chunk, each with an embedding of its own."""
    frames = ours.outputs(CALLS["0.2 s"](), 0).scores.shape[1]
    scores = np.zeros((chunks, frames, 3), np.uint8)
    scores[:, :, :speakers] = 1
    return ChunkOutputs(scores, np.repeat(np.eye(3, 256, dtype=np.float32)[None], chunks, axis=0))


@pytest.mark.parametrize("style", ["modern", "legacy"])
def test_two_who_are_never_heard_alone(style, pipelines):
    """Nothing to cluster by: somebody has the floor all the time, and somebody else speaks too."""
    ours, _ = pipelines[style]
    found = ours.reconstructed(heard(ours, chunks=6, speakers=2), SpeakerCounts(1, 6))
    (floor,) = found.exclusive
    assert {(turn.start_s, turn.end_s) for turn in found.turns} == {(floor.start_s, floor.end_s)}
    assert len({turn.speaker for turn in found.turns}) == 2
    assert not found.voices.any()


@pytest.mark.parametrize("style", ["modern", "legacy"])
def test_a_chunk_without_an_embedding_spoils_no_other(style, pipelines):
    """What the network makes NaN of in two of nine chunks, the other seven tell."""
    ours, _ = pipelines[style]
    outputs = heard(ours, chunks=9, speakers=1)
    whole = ours.reconstructed(outputs, SpeakerCounts(1, 6))
    outputs.embeddings[3:5] = np.nan
    found = ours.reconstructed(outputs, SpeakerCounts(1, 6))
    assert found.exclusive == whole.exclusive
    assert np.array_equal(found.voices, whole.voices)
    outputs.embeddings[:] = np.nan
    assert ours.reconstructed(outputs, SpeakerCounts(1, 6)).exclusive == whole.exclusive


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
