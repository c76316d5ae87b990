"""Backend "pyannote": a pyannote.audio speaker diarization pipeline from a directory on this machine.

Its models, parameters and clustering are pyannote's, and so are the results; how they are run is ours: chunks of all
calls in flight in one batch, and turns without a float for every chunk, frame and cluster. Nothing of it touches the
network: telemetry is off before pyannote is imported, and a pipeline that names models of the hub instead of local
files is refused before anything is loaded.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.diarization.batches import SharedBatches
from engine.diarization.clustering import several_voices
from engine.diarization.counts import SpeakerCounts
from engine.diarization.known_voices import NOBODY, KnownVoices
from engine.diarization.linkage import linkage
from engine.diarization.networks import CARD, CPU, ChunkNetworks, ChunkOutputs, Samples
from engine.diarization.pipeline_files import local_config
from engine.diarization.reconstruction import NO_CLUSTER, Grid, cluster_activity, spans, speaker_count, speaking
from engine.diarization.turns import renamed, with_others
from engine.errors import CallEngineError, ConfigurationError, DiarizationError, InputError, ModelError
from engine.models import find_model
from engine.types import SAMPLE_RATE, Audio, Span, Turn

# Two minutes of a channel tell whose voice it is.
NAMED_BY_S = 120.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Diarization:
    """Turns of the same speakers twice: as they were spoken, and with one speaker at a time, which words can go by.

    Speakers are "0", "1" …; `voices` (speakers, dimension) how each sounds alone, zeros for who is never heard so.
    """

    turns: list[Turn]
    exclusive: list[Turn]
    voices: NDArray[np.float32]


class PyannoteDiarizer:
    """A loaded pipeline, shared by the calls in flight. A call costs it about 15 MB an hour beside its clustering."""

    name: str

    def __init__(self, pipeline: Any, networks: ChunkNetworks, name: str, voices: KnownVoices) -> None:
        self.name = name
        self._clustering = pipeline.clustering
        self._frames = pipeline._segmentation.model.receptive_field
        self._step_s = pipeline._segmentation.step
        self._window_s = pipeline._segmentation.duration
        self._min_gap_s = pipeline.segmentation.min_duration_off
        self._chunking = networks.chunking
        self._batches: SharedBatches[Samples, ChunkOutputs] = SharedBatches(networks.run, networks.sizes.pieces)
        self._voices = voices
        self.known = frozenset(voices.prints)

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span], counts: SpeakerCounts) -> list[Turn]:
        """Exclusive turns of `channel`, by pyannote's own segmentation; raises DiarizationError."""
        del speech
        with _as_diarization_error(audio):
            found = self.reconstructed(self.outputs(audio, channel), counts)
            names = {str(number): name for number, name in self._voices.names(found.voices).items()}
            return with_others(renamed(found.exclusive, names), renamed(found.turns, names))

    def several(self, audio: Audio, channel: int, speech: Sequence[Span]) -> bool:
        """As the backend without models finds: its statistics cost a thousandth of the networks."""
        return several_voices(audio, channel, speech)

    def names(self, audio: Audio, spoken: Mapping[int, Sequence[Span]]) -> dict[int, str]:
        """Known voices by channel, by the first `NAMED_BY_S` of its speech; raises DiarizationError."""
        if not self.known or not spoken:
            return {}
        with _as_diarization_error(audio):
            samples = [_first(audio, channel, speech, NAMED_BY_S) for channel, speech in spoken.items()]
            voices = [self._only_voice(self._heard(len(each), partial(_cut, each))) for each in samples]
            return {list(spoken)[row]: name for row, name in self._voices.names(np.stack(voices)).items()}

    def outputs(self, audio: Audio, channel: int) -> ChunkOutputs:
        """What the networks say of every chunk of a channel."""
        return self._heard(
            audio.n_samples, lambda start, stop: audio.read(channel, start / SAMPLE_RATE, stop / SAMPLE_RATE)
        )

    def _heard(self, n_samples: int, read: Callable[[int, int], Samples]) -> ChunkOutputs:
        cut = self._chunking.pieces(n_samples, read)
        found = list(self._batches.answers(cut))
        return ChunkOutputs(
            np.concatenate([piece.scores for piece in found]), np.concatenate([piece.embeddings for piece in found])
        )

    def reconstructed(self, outputs: ChunkOutputs, counts: SpeakerCounts) -> Diarization:
        """The turns of a call from what the networks said of its chunks."""
        grid = self._grid(len(outputs.scores))
        count = speaker_count(outputs.scores, grid)
        if not count.any():
            return Diarization([], [], np.zeros((0, outputs.embeddings.shape[2]), np.float32))
        clusters = self._clusters(outputs, counts)
        activity = cluster_activity(outputs.scores, clusters, grid)
        count = np.minimum(count, counts.most).astype(np.uint8)
        alone = np.minimum(count, 1).astype(np.uint8)
        turns, exclusive = (self._turns(activity, each, grid) for each in (count, alone))
        return Diarization(turns, exclusive, self._sounds(outputs, clusters))

    def voice_print(self, audio: Audio, name: str) -> NDArray[np.float32]:
        """How the only speaker of a sample sounds, (dimension,) of unit length; raises InputError where too short."""
        sound = self._only_voice(self.outputs(audio, 0))
        if not sound.any():
            raise InputError(
                f"the sample {name} has no voice to enrol",
                received=f"{audio.duration_s:.1f} s of audio",
                expected=f"{self._window_s:g} s of one voice or more",
            )
        unit: NDArray[np.float32] = sound / np.linalg.norm(sound)
        return unit

    def _only_voice(self, outputs: ChunkOutputs) -> NDArray[np.float32]:
        """The mean embedding where all speech is of one voice, (dimension,); zeros where it is never long enough."""
        (sound,) = self._sounds(outputs, np.zeros(outputs.scores.shape[::2], np.intp))
        voice: NDArray[np.float32] = sound
        return voice

    def _sounds(self, outputs: ChunkOutputs, clusters: NDArray[np.intp]) -> NDArray[np.float32]:
        """The mean embedding of each cluster where it is heard alone, (clusters, dimension)."""
        scores = self._as_pyannote_takes(outputs)
        usable, chunk, speaker = self._clustering.filter_embeddings(outputs.embeddings, segmentations=scores)
        sounds = np.zeros((clusters.max() + 1, usable.shape[1]), np.float32)
        for cluster in range(len(sounds)):
            members = usable[clusters[chunk, speaker] == cluster]
            sounds[cluster] = members.mean(axis=0) if len(members) else 0.0
        return sounds

    def _as_pyannote_takes(self, outputs: ChunkOutputs) -> Any:
        """The scores as pyannote's clustering takes them."""
        from pyannote.core import SlidingWindow, SlidingWindowFeature

        return SlidingWindowFeature(
            outputs.scores, SlidingWindow(start=0.0, duration=self._window_s, step=self._step_s)
        )

    def _clusters(self, outputs: ChunkOutputs, counts: SpeakerCounts) -> NDArray[np.intp]:
        """The speaker of the call that each speaker of a chunk is, (chunks, speakers), by pyannote's own clustering."""
        scores = self._as_pyannote_takes(outputs)
        silent = outputs.scores.sum(axis=1) == 0
        usable = len(self._clustering.filter_embeddings(outputs.embeddings, segmentations=scores)[0])
        if usable == 0:  # nobody is ever heard alone
            return np.where(silent, NO_CLUSTER, 0)
        least, most = min(counts.least, usable), min(counts.most, usable)
        clusters, _, _ = self._clustering(
            embeddings=outputs.embeddings,
            segmentations=scores,
            num_clusters=least if least == most else None,
            min_clusters=least,
            max_clusters=most,
        )
        return np.where(silent, NO_CLUSTER, clusters).astype(np.intp)

    def _grid(self, n_chunks: int) -> Grid:
        """As pyannote aligns chunks and frames, rounding included."""
        from pyannote.core import SlidingWindow

        frames = SlidingWindow(start=0.0, duration=self._frames.duration, step=self._frames.step)
        half_s = 0.5 * frames.duration
        first = [frames.closest_frame(chunk * self._step_s + half_s) for chunk in range(n_chunks)]
        n_frames = frames.closest_frame(self._window_s + (n_chunks - 1) * self._step_s + half_s) + 1
        start_s = np.arange(n_frames) * frames.step
        return Grid(np.array(first), 0.5 * (start_s + (start_s + frames.duration)))

    def _turns(self, activity: NDArray[np.float32], count: NDArray[np.uint8], grid: Grid) -> list[Turn]:
        speaks = speaking(activity, count)
        return [
            Turn(str(cluster), span.start_s, span.end_s)
            for cluster, column in enumerate(speaks.T)
            for span in spans(column, grid.middle_s, self._min_gap_s)
        ]


@contextmanager
def _as_diarization_error(audio: Audio) -> Iterator[None]:
    """pyannote, SciPy and torch raise whatever they meet."""
    try:
        yield
    except CallEngineError:
        raise
    except Exception as error:
        raise DiarizationError(
            "pyannote failed on this call", received=f"{type(error).__name__}, {audio.duration_s:.1f} s of audio"
        ) from error


def _cut(samples: Samples, start: int, stop: int) -> Samples:
    return samples[start:stop]


def _first(audio: Audio, channel: int, speech: Sequence[Span], seconds: float) -> Samples:
    """The first `seconds` of the speech of a channel, laid end to end."""
    before_s = accumulate((span.duration_s for span in speech), initial=0.0)
    parts = [
        audio.read(channel, span.start_s, min(span.end_s, span.start_s + seconds - done_s))
        for span, done_s in zip(speech, before_s, strict=False)
        if done_s < seconds
    ]
    return np.concatenate(parts)


def pipeline_name(model: str) -> str:
    """What a pipeline is called in results and in the file of known voices; raises ModelError, UnknownNameError."""
    return find_model(model).resolve().name


def load_pyannote(model: str, device: str, counts: SpeakerCounts, voices: KnownVoices = NOBODY) -> PyannoteDiarizer:
    """The pipeline `model`: a directory with config.yaml (3.1 or community-1 style), by path or by name.

    counts: what calls will be asked for, since not every clustering can estimate it.

    Raises ConfigurationError where pyannote.audio is not installed, the device not there or a speaker count missing,
    ModelError where the directory is missing, incomplete or broken.
    """
    if not model:
        raise ConfigurationError(
            "diarization.model is empty", expected="a pyannote pipeline directory, as backend is pyannote"
        )
    directory = find_model(model).resolve()
    pipeline, on = _pipeline(directory, device)
    if pipeline.clustering.expects_num_clusters and not counts.given:
        raise ConfigurationError(
            f"the clustering of {directory} does not estimate how many speak",
            received="diarization.speakers = 0",
            expected="a number of speakers, or a pipeline with VBxClustering or AgglomerativeClustering",
        )
    _cluster_in_half_the_memory()
    is_card = on.type == "cuda"
    networks = ChunkNetworks(pipeline, on, CARD if is_card else CPU, half=is_card)
    logger.info("pyannote pipeline %s on %s", directory.name, on)
    return PyannoteDiarizer(pipeline, networks, f"pyannote {directory.name}", voices)


def _pipeline(directory: Path, device: str) -> tuple[Any, Any]:
    """pyannote's own pipeline, and the torch device that it is on."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        from pyannote.audio import Pipeline
    except ImportError as error:
        raise ConfigurationError(
            "diarization backend pyannote needs PyTorch and pyannote.audio",
            received=f"{type(error).__name__} for {error.name}",
            remedy="run `pip install call-engine[gpu]`, or set diarization.backend to clustering",
        ) from error
    config = local_config(directory)
    on = _device(torch, device)
    try:
        return Pipeline.from_pretrained(config).to(on), on
    except Exception as error:  # torch, Lightning, pickle and pyannote: whatever a broken file makes of itself
        raise ModelError(
            f"pyannote pipeline {directory} cannot be loaded",
            received=type(error).__name__,
            expected="config.yaml and the weights that it names, of pyannote.audio 3.1 or later",
            remedy="pull or copy the directory again",
        ) from error


def _cluster_in_half_the_memory() -> None:
    """pyannote's clusterings call SciPy by this name; what it now stands for gives the same."""
    from pyannote.audio.pipelines import clustering

    clustering.linkage = linkage


def _device(torch: Any, device: str) -> Any:
    """ "auto" is the GPU if there is one."""
    try:
        chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise ConfigurationError(
            "diarization.device",
            received=device,
            expected="auto, cpu, cuda or cuda:0, and such a device in the machine",
        ) from error
    return chosen
