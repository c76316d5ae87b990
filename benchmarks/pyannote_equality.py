"""Our way of running a pyannote pipeline beside pyannote's own: what both make of a call, and how far apart it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.diarization.counts import SpeakerCounts
from engine.diarization.pipeline_files import local_config
from engine.diarization.pyannote import PyannoteDiarizer
from engine.types import SAMPLE_RATE, Audio, Turn

Track = tuple[str, float, float]


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
        with _scipys_linkage():
            return self._pipeline(file, min_speakers=counts.least, max_speakers=counts.most)


@contextmanager
def _scipys_linkage() -> Iterator[None]:
    """Ours is in its place since ours was loaded."""
    from pyannote.audio.pipelines import clustering
    from scipy.cluster.hierarchy import linkage

    ours, clustering.linkage = clustering.linkage, linkage
    try:
        yield
    finally:
        clustering.linkage = ours


@dataclass(frozen=True, slots=True)
class Difference:
    """`scores`: whether the segmentations are the same. `embeddings`: the largest difference, a share of the largest
    number. `found` and `expected`: (speaker, start, end) with overlap and exclusive, for each of the counts."""

    scores: bool
    embeddings: float
    found: list[list[Track]]
    expected: list[list[Track]]


def difference(ours: PyannoteDiarizer, theirs: Theirs, audio: Audio, counts: Sequence[SpeakerCounts]) -> Difference:
    """What both make of one call under each of the counts."""
    file = theirs.file(audio)
    outputs = ours.outputs(audio, 0)
    found, expected = [], []
    for each in counts:
        annotation = theirs(file, each)
        expected += [tracks(annotation.speaker_diarization), tracks(annotation.exclusive_speaker_diarization)]
        diarized = ours.reconstructed(outputs, each)
        found += [named_as_theirs(turns, diarized.turns) for turns in (diarized.turns, diarized.exclusive)]
    apart = 0.0
    if "training_cache/embeddings" in file:
        embeddings = file["training_cache/embeddings"]["embeddings"]
        apart = float(np.abs(outputs.embeddings - embeddings).max() / np.abs(embeddings).max())
    same = np.array_equal(outputs.scores, file["training_cache/segmentation"].data)
    return Difference(same, apart, found, expected)


def tracks(annotation: Any) -> list[Track]:
    return sorted((label, span.start, span.end) for span, _, label in annotation.itertracks(yield_label=True))


def named_as_theirs(turns: Sequence[Turn], naming: Sequence[Turn]) -> list[Track]:
    """pyannote numbers the speakers of the turns with overlap by their cluster."""
    clusters = sorted({int(turn.speaker) for turn in naming})
    return sorted((f"SPEAKER_{clusters.index(int(t.speaker)):02d}", t.start_s, t.end_s) for t in turns)
