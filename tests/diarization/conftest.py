"""Synthetic voices: a glottal pulse train through the formants of vowels, with a vocal tract of its own."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Audio, SpeechRegion, Turn
from tests.conftest import audio_of

# Formants (Hz) of an adult male: from the closest to the openest vowel, the backest to the frontest, and the third.
FORMANTS = ((270, 730), (840, 2290), (2240, 3010))


@dataclass(frozen=True)
class Voice:
    """`pitch_hz`, a factor on all formants (the shorter the tract, the higher), dB an octave of spectral tilt."""

    pitch_hz: float
    tract: float
    tilt_db: float = -9.0

    def speak(self, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
        sounds: list[NDArray[np.float64]] = []
        while sum(map(len, sounds)) < seconds * SAMPLE_RATE:
            sounds += [self._hiss(rng), self._vowel(rng)]
        return np.concatenate(sounds)[: round(seconds * SAMPLE_RATE)]

    def _vowel(self, rng: np.random.Generator) -> NDArray[np.float64]:
        length = round(rng.uniform(0.06, 0.2) * SAMPLE_RATE)
        pitch = self.pitch_hz * rng.uniform(0.8, 1.2) * np.linspace(1.05, 0.95, length)
        pulses = np.diff(np.floor(np.cumsum(pitch) / SAMPLE_RATE), prepend=0.0) + 0.03 * rng.standard_normal(length)
        formants = [rng.uniform(*bounds) * self.tract for bounds in FORMANTS]
        return _shaped(pulses, formants, 80.0, self.tilt_db + rng.normal(0, 2)) * rng.uniform(0.6, 1.0)

    def _hiss(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """A fricative of the front cavity, which is a voice's own too."""
        length = round(rng.uniform(0.03, 0.1) * SAMPLE_RATE)
        return _shaped(rng.standard_normal(length), [rng.uniform(1800, 4500) * self.tract], 800.0, 0.0) * 0.2


def _shaped(
    source: NDArray[np.float64], formants: Sequence[float], width_hz: float, tilt_db: float
) -> NDArray[np.float64]:
    """A source through resonances and a tilt, at a level of 0.1."""
    hz = np.fft.rfftfreq(len(source), 1 / SAMPLE_RATE) + 1.0
    gain = (hz / 100) ** (tilt_db / 6.02) * (hz > 70)
    for formant in formants:
        gain = gain / np.sqrt((1 - (hz / formant) ** 2) ** 2 + (hz * width_hz / formant**2) ** 2)
    sound = np.fft.irfft(np.fft.rfft(source) * gain, len(source)) * np.hanning(len(source)) ** 0.3
    return 0.1 * sound / np.sqrt(np.mean(sound**2))


LOW, HIGH, BRIGHT = Voice(105, 0.92, -10), Voice(210, 1.2, -13), Voice(150, 1.06, -3)


@dataclass(frozen=True)
class Dialogue:
    """A mono call, its speech regions (a pause under half a second does not part them), and who spoke when."""

    audio: Audio
    regions: tuple[SpeechRegion, ...]
    reference: tuple[Turn, ...]

    def speaker_error(self, turns: Sequence[Turn]) -> float:
        """Share of the reference speech that goes to the wrong speaker or none, under the kindest naming."""
        names, found = (sorted({turn.speaker for turn in each}) for each in (self.reference, turns))
        step_s = 0.05
        times = np.arange(0.0, self.audio.duration_s, step_s) + step_s / 2
        reference, hypothesis = (_at(times, each, which) for each, which in ((self.reference, names), (turns, found)))
        spoken = reference >= 0
        padded = list(range(max(len(names), len(found))))
        right = max(
            np.sum(np.take(naming, reference[spoken]) == hypothesis[spoken])
            for naming in itertools.permutations(padded)
        )
        return 1 - right / np.sum(spoken)


def _at(times: NDArray[np.float64], turns: Sequence[Turn], names: Sequence[str]) -> NDArray[np.intp]:
    speaker = np.full(len(times), -1)
    for turn in turns:
        speaker[(times >= turn.start_s) & (times < turn.end_s)] = names.index(turn.speaker)
    return speaker


def dialogue(
    voices: Sequence[Voice], seconds: Sequence[float], seed: int = 0, level: Sequence[float] | None = None
) -> Dialogue:
    """Turns of `seconds` by the voices in rotation."""
    rng = np.random.default_rng(seed)
    sounds, reference, regions = [np.zeros(SAMPLE_RATE // 2)], [], []
    now_s = 0.5
    for index, length_s in enumerate(seconds):
        speaker = index % len(voices)
        sounds.append(voices[speaker].speak(length_s, rng) * (level[speaker] if level else 1.0))
        reference.append(Turn(f"voice {speaker}", now_s, now_s + length_s))
        pause_s = rng.choice([0.1, 0.3, 0.8])
        if regions and reference[-2].end_s + 0.5 > now_s:
            regions[-1] = SpeechRegion(0, regions[-1].start_s, now_s + length_s)
        else:
            regions.append(SpeechRegion(0, now_s, now_s + length_s))
        sounds.append(np.zeros(round(pause_s * SAMPLE_RATE)))
        now_s += length_s + pause_s
    samples = np.concatenate(sounds)
    samples += 0.0005 * rng.standard_normal(len(samples))
    return Dialogue(audio_of(samples), tuple(regions), tuple(reference))


@pytest.fixture(scope="session")
def two_voices() -> Dialogue:
    return dialogue((LOW, HIGH), (3.1, 4.2, 1.6, 5.0, 2.2, 2.4, 3.7, 1.4) * 2)


# --- pyannote pipelines with random weights ---------------------------------------------------------------------------

SMALL = {"hidden_size": 16, "num_layers": 1}
CHUNK_S = 1.0


@pytest.fixture(scope="session")
def modern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A community-1 style directory: "$model/…" references, PLDA, VBx clustering; weights as Lightning checkpoints."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("pyannote.audio")
    from benchmarks.random_pyannote import build

    torch.set_num_threads(1)
    return build(tmp_path_factory.mktemp("models") / "community", chunk_s=CHUNK_S, step=0.5, lstm=SMALL)


@pytest.fixture(scope="session")
def legacy(modern: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 3.1 style directory: paths and hub names, agglomerative clustering, no PLDA."""
    import yaml

    directory = tmp_path_factory.mktemp("models") / "speaker-diarization-3.1"
    shutil.copytree(modern / "segmentation", directory / "weights")
    shutil.copytree(modern / "embedding", directory.parent / "wespeaker-voxceleb-resnet34-LM")
    document = yaml.safe_load((modern / "config.yaml").read_text("utf-8"))
    parameters = document["pipeline"]["params"]
    parameters |= {
        "segmentation": "weights/pytorch_model.bin",
        "embedding": "pyannote/wespeaker-voxceleb-resnet34-LM",
        "clustering": "AgglomerativeClustering",
    }
    del parameters["plda"]
    document["params"]["clustering"] = {"method": "centroid", "min_cluster_size": 2, "threshold": 0.3}
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return directory
