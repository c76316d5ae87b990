"""Decoded samples: in memory, or beyond a limit in unlinked temporary files, one a channel."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from engine.audio.channels import ChannelComparison, Likeness
from engine.errors import StorageError
from engine.telephone import REACH_SAMPLES, doubled
from engine.types import SAMPLE_RATE, Pcm

Block = NDArray[np.int16]

_FOLD_SAMPLES = 60 * SAMPLE_RATE


class MemoryPcm:
    """Samples of shape (channels, samples)."""

    def __init__(self, samples: Block) -> None:
        self._samples = samples
        self._samples.flags.writeable = False
        self._n_samples = int(samples.shape[1])

    @property
    def n_channels(self) -> int:
        return len(self._samples)

    @property
    def n_samples(self) -> int:
        return self._n_samples

    def read(self, start: int, stop: int) -> Block:
        """A read-only view, shape (channels, stop - start); what lies outside the call is left out."""
        return self._samples[:, max(start, 0) : max(stop, 0)]


class SpooledPcm:
    """Samples in files. Any thread may read: nothing is mapped and no position is shared."""

    def __init__(self, files: Sequence[SpoolFile], n_samples: int) -> None:
        self._files = tuple(files)
        self._n_samples = n_samples

    @property
    def n_channels(self) -> int:
        return len(self._files)

    @property
    def n_samples(self) -> int:
        return self._n_samples

    def read(self, start: int, stop: int) -> Block:
        """Shape (channels, stop - start); what lies outside the call is left out."""
        start = min(max(start, 0), self._n_samples)
        stop = min(max(stop, start), self._n_samples)
        samples = np.empty((len(self._files), stop - start), np.int16)
        for channel, file in zip(samples, self._files, strict=True):
            channel[:] = file.read(start, stop)
        return samples


class DoubledPcm:
    """Samples at 8 kHz, read at 16 kHz: within one step of 16 bits the same wherever a piece begins and ends."""

    def __init__(self, telephone: Pcm) -> None:
        self._telephone = telephone

    @property
    def n_channels(self) -> int:
        return self._telephone.n_channels

    @property
    def n_samples(self) -> int:
        return 2 * self._telephone.n_samples

    def read(self, start: int, stop: int) -> Block:
        """Shape (channels, stop - start); what lies outside the call is left out."""
        start = min(max(start, 0), self.n_samples)
        stop = min(max(stop, start), self.n_samples)
        first = max(start // 2 - REACH_SAMPLES, 0)
        around = doubled(self._telephone.read(first, -(-stop // 2) + REACH_SAMPLES))
        return around[:, start - 2 * first : stop - 2 * first]


class SpoolFile:
    """One channel in a temporary file without a name: gone with its last reader, even after a crash.

    It lies where `tempfile` puts it; TMPDIR moves it.
    """

    def __init__(self) -> None:
        with _storage_errors():
            # Unbuffered: what a full disk refused would be written again at the end.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as this object lives
            weakref.finalize(self, self._file.close)

    def write(self, samples: Block) -> None:
        """Append contiguous samples; raises StorageError where the disk is full."""
        rest = samples.data.cast("B")
        with _storage_errors():
            while rest:
                rest = rest[self._file.write(rest) :]

    def read(self, start: int, stop: int) -> Block:
        return np.frombuffer(os.pread(self._file.fileno(), 2 * (stop - start), 2 * start), np.int16)


class PcmWriter:
    """Takes blocks of shape (channels, samples) in order; `finish` hands out the whole as Pcm.

    Beyond `spool_bytes` the samples go to temporary files. Identical channels are folded into one.
    """

    def __init__(self, spool_bytes: int) -> None:
        self._spool_bytes = spool_bytes
        self._comparison = ChannelComparison()
        self._blocks: list[Block] = []
        self._files: list[SpoolFile] = []
        self._n_samples = 0
        self._n_bytes = 0

    def write(self, block: Block) -> None:
        self._comparison.add(block)
        self._blocks.append(np.ascontiguousarray(block))
        self._n_samples += block.shape[1]
        self._n_bytes += block.nbytes
        if self._n_bytes > self._spool_bytes:
            self._spool()

    def finish(self) -> Pcm:
        """All samples; a recording without any has shape (1, 0)."""
        likeness = self._comparison.likeness
        if self._files:
            return self._finish_files(likeness)
        blocks = [_folded(block, likeness) for block in self._blocks]
        return MemoryPcm(np.concatenate(blocks or [np.empty((1, 0), np.int16)], axis=1))

    def _finish_files(self, likeness: Likeness) -> Pcm:
        pcm = SpooledPcm(self._files[:1] if likeness == "equal" else self._files, self._n_samples)
        if likeness != "alike":
            return pcm
        mono = SpoolFile()
        for start in range(0, self._n_samples, _FOLD_SAMPLES):
            mono.write(_folded(pcm.read(start, start + _FOLD_SAMPLES), likeness))
        return SpooledPcm([mono], self._n_samples)

    def _spool(self) -> None:
        """Move what is in memory to the files."""
        self._files = self._files or [SpoolFile() for _ in self._blocks[0]]
        for block in self._blocks:
            for file, channel in zip(self._files, block, strict=True):
                file.write(channel)
        self._blocks.clear()


def _folded(block: Block, likeness: Likeness) -> Block:
    if likeness == "distinct":
        return block
    return block[:1] if likeness == "equal" else np.rint(block.mean(axis=0, keepdims=True)).astype(np.int16)


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            "decoded audio cannot be kept in a temporary file",
            received=error.strerror,
            expected="a temporary directory with free space",
            remedy="free some, or set TMPDIR to another directory",
        ) from error
