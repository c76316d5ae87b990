"""What runs around the networks: chunks as pyannote cuts them, groups that fit the memory, features without `abs`."""

from __future__ import annotations

import numpy as np
import pytest

from engine.diarization.fbank import Fbank
from engine.diarization.networks import Chunking, InGroups
from engine.errors import ModelError

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("n_samples", "count"),
    [(1, 1), (99, 1), (100, 1), (101, 2), (110, 2), (111, 3), (200, 11)],
)
def test_chunks_cover_a_call(n_samples, count):
    chunking = Chunking(window=100, step=10, piece=3)
    samples = np.arange(1, n_samples + 1, dtype=np.float32)
    pieces = list(chunking.pieces(n_samples, lambda start, stop: samples[start:stop]))
    cut = [piece[start : start + 100] for piece in pieces for start in range(0, len(piece) - 99, 10)]
    assert chunking.count(n_samples) == len(cut) == count
    padded = np.pad(samples, (0, 100))
    assert all(np.array_equal(chunk, padded[10 * index : 10 * index + 100]) for index, chunk in enumerate(cut))
    assert cut[-1][min(n_samples - 10 * (count - 1), 100) - 1] == n_samples
    assert max(map(len, pieces)) <= 120


@pytest.mark.parametrize("padded", [False, True])
def test_groups_give_what_the_whole_gives(padded):
    rows, factors = torch.arange(22.0).reshape(11, 2), torch.arange(11.0)[:, None]
    shapes = []

    def run(a, b):
        shapes.append(len(a))
        return a * b

    assert torch.equal(InGroups(run, 4, padded)(rows, factors), rows * factors)
    assert shapes == ([4, 4, 4] if padded else [4, 4, 3])


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["card", "Python", "host"],
)
def test_out_of_memory_takes_smaller_groups_and_gives_the_same(error):
    sizes = []

    def run(rows):
        sizes.append(len(rows))
        if len(rows) > 2:
            raise error
        return rows * 2

    groups = InGroups(run, 8, padded=False)
    rows = torch.arange(9.0)
    assert torch.equal(groups(rows), rows * 2)
    assert sizes[:3] == [8, 4, 2]
    sizes.clear()
    assert torch.equal(groups(rows), rows * 2)
    assert max(sizes) == 2, "what was too large once is not tried again"


def test_one_row_that_does_not_fit_is_an_error():
    def run(rows):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        InGroups(run, 4, padded=True)(torch.zeros(4))


def test_another_fault_is_no_matter_of_size():
    def run(rows):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        InGroups(run, 4, padded=False)(torch.zeros(4))


# --- features ---------------------------------------------------------------------------------------------------------

PARAMETERS = {
    "sample_rate": 16_000,
    "num_mel_bins": 80,
    "frame_length": 25,
    "frame_shift": 10,
    "window_type": "hamming",
    "dither": 0.0,
    "use_energy": False,
}


def test_the_features_are_kaldis():
    kaldi = pytest.importorskip("torchaudio.compliance.kaldi")
    torch.manual_seed(0)
    waveforms = 0.1 * torch.randn(3, 8000)
    waveforms[1] = 0.0
    waveforms[2, 4000:] = 0.5
    found = Fbank.of(PARAMETERS, torch.device("cpu"))(waveforms)
    for waveform, mine in zip(waveforms, found, strict=True):
        theirs = kaldi.fbank(waveform[None] * 32768, num_mel_bins=80, window_type="hamming", dither=0.0)
        assert torch.allclose(mine, theirs - theirs.mean(dim=0), atol=2e-3)


@pytest.mark.parametrize(("name", "value"), [("window_type", "povey"), ("dither", 1.0), ("fbank_centering_span", 3.0)])
def test_features_of_another_kind_are_refused(name, value):
    with pytest.raises(ModelError, match=name):
        Fbank.of(PARAMETERS | {name: value}, torch.device("cpu"))
