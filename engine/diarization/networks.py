"""pyannote's two networks over batches of chunks: who speaks in each frame, and how each of them sounds.

pyannote.audio runs the embedding network once for every speaker of a chunk, on the same audio. Here its convolutions
run once a chunk, and only the statistics are pooled for each speaker (pyannote-audio pull requests 1996 and 2048).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.diarization.fbank import Fbank
from engine.errors import ModelError

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Chunks that go together: into a piece of a call, and at most into the LSTM and into convolutions.

    `pieces`: in a batch. `padded`: groups are filled up, so that a card finds the same shapes again, and a chunk the
    same arithmetic whatever it is batched with.
    """

    piece: int
    pieces: int
    segmentation: int
    convolution: int
    padded: bool


CPU = Sizes(piece=8, pieces=2, segmentation=16, convolution=4, padded=False)
# The LSTM takes 589 steps one after another, however many chunks there are: many at a time. A chunk's activations
# take 5 MB a tensor in the first convolutions of both networks: 64 of them keep within 2 GiB.
CARD = Sizes(piece=32, pieces=8, segmentation=256, convolution=64, padded=True)


@dataclass(frozen=True, slots=True)
class ChunkOutputs:
    """`scores` (chunks, frames, speakers), 1 where a speaker of the chunk is active; `embeddings` (chunks, speakers,
    dimension)."""

    scores: NDArray[np.uint8]
    embeddings: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chunking:
    """How a call is cut: chunks of `window` samples, one every `step`; the last is filled up with zeros."""

    window: int
    step: int
    piece: int

    def count(self, n_samples: int) -> int:
        return 1 + max(0, math.ceil((n_samples - self.window) / self.step))

    def pieces(self, n_samples: int, read: Callable[[int, int], Samples]) -> Iterator[Samples]:
        """Runs of up to `piece` chunks, each the samples from its first chunk's start to its last one's end."""
        n_chunks = self.count(n_samples)
        for first in range(0, n_chunks, self.piece):
            start = first * self.step
            stop = start + self.window + (min(self.piece, n_chunks - first) - 1) * self.step
            samples = read(start, min(stop, n_samples))
            yield np.pad(samples, (0, stop - start - len(samples)))


class InGroups:
    """`run` on as many rows at a time as memory lets: once it runs out, on half as many from then on."""

    def __init__(self, run: Callable[..., Any], size: int, padded: bool) -> None:
        self._run = run
        self._size = size
        self._padded = padded

    def __call__(self, *inputs: Any) -> Any:
        import torch

        done: list[Any] = []
        start, n_rows = 0, len(inputs[0])
        while start < n_rows:
            size = self._size
            try:
                found = self._run(*(self._filled(rows[start : start + size]) for rows in inputs))
            except (RuntimeError, MemoryError) as error:
                if size == 1 or not _out_of_memory(error):
                    raise
                self._size = size // 2
                torch.cuda.empty_cache()
                continue
            done.append(found[: n_rows - start])
            start += size
        return torch.cat(done)

    def _filled(self, rows: Any) -> Any:
        missing = self._size - len(rows)
        return rows if not self._padded or not missing else _with_zeros(rows, missing)


def _with_zeros(rows: Any, missing: int) -> Any:
    import torch

    return torch.cat([rows, rows.new_zeros((missing, *rows.shape[1:]))])


def _out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """torch has a type for cards only; on the host it is a RuntimeError of the allocator."""
    import torch

    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


class ChunkNetworks:
    """The segmentation and the embedding network of a loaded pyannote pipeline, which is not to be run itself after.

    pipeline: a pyannote.audio SpeakerDiarization on `device`. half: whether the convolutions of the embedding network
    run in float16, which keeps the angle of an embedding within 1.1 degrees (bfloat16: 8); its statistics are pooled in
    float32 at any rate, and what overflows is done again in float32. Raises ModelError where the networks are of
    another kind.
    """

    def __init__(self, pipeline: Any, device: Any, sizes: Sizes, half: bool) -> None:
        import torch.cuda

        segmentation, embedding = pipeline._segmentation, pipeline._embedding
        _check(segmentation.model, embedding.model_)
        self.sizes = sizes
        self._device = device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        rate = segmentation.model.audio.sample_rate
        self.chunking = Chunking(
            segmentation.model.audio.get_num_samples(segmentation.duration),
            round(segmentation.step * rate),
            sizes.piece,
        )
        # Below so many clean frames, a speaker is embedded with what is spoken at the same time.
        self._least_clean = _least_clean(segmentation, embedding) if pipeline.embedding_exclude_overlap else None
        self._segment = _segmentation(segmentation, sizes)
        self._fbank = Fbank.of(embedding.model_.hparams, device)
        self._resnet = _folded(embedding.model_.resnet)
        self._half = _half(self._resnet) if half else None
        self._embed = InGroups(self._embeddings, sizes.convolution, sizes.padded)

    def run(self, pieces: Sequence[Samples]) -> list[ChunkOutputs]:
        """The outputs for every piece; in them, a speaker who is never active has the embedding of no sound."""
        import torch

        card = torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False, allow_tf32=False)
        with torch.inference_mode(), torch.cuda.stream(self._stream), card:
            cut = [torch.from_numpy(piece).to(self._device) for piece in pieces]
            cut = [piece.unfold(0, self.chunking.window, self.chunking.step) for piece in cut]
            lengths = [len(piece) for piece in cut]
            chunks = torch.cat(cut)
            scores = self._segment(chunks[:, None])
            embeddings = self._embeddings_of_active(chunks, scores)
            return [
                ChunkOutputs(of_piece.numpy(), sounds.numpy())
                for of_piece, sounds in zip(
                    scores.to(torch.uint8).cpu().split(lengths), embeddings.cpu().split(lengths), strict=True
                )
            ]

    def _embeddings_of_active(self, chunks: Any, scores: Any) -> Any:
        """(chunks, speakers, dimension); the convolutions skip chunks in which nobody speaks."""
        masks = self._masks(scores)
        last = self._resnet.seg_1
        embeddings = last.bias.expand(len(chunks), masks.shape[1], last.out_features).clone()
        spoken = masks.any(dim=2).any(dim=1).nonzero()[:, 0]
        if len(spoken):
            embeddings[spoken] = self._embed(chunks[spoken], masks[spoken])
        return embeddings

    def _masks(self, scores: Any) -> Any:
        """What of each speaker is heard for an embedding: (chunks, frames, speakers) -> (chunks, speakers, frames)."""
        import torch

        if self._least_clean is None:
            return scores.transpose(1, 2)
        clean = scores * (scores.sum(dim=2, keepdim=True) < 2)
        enough = clean.sum(dim=1, keepdim=True) > self._least_clean
        return torch.where(enough, clean, scores).transpose(1, 2)

    def _embeddings(self, chunks: Any, masks: Any) -> Any:
        features = self._fbank(chunks)
        if self._half is None:
            return _pooled(self._resnet, features, masks)
        embeddings = _pooled(self._half, features.half(), masks)
        overflown = ~embeddings.isfinite().all(dim=2).all(dim=1)
        if overflown.any():
            embeddings[overflown] = _pooled(self._resnet, features[overflown], masks[overflown])
        return embeddings


def _check(segmentation: Any, embedding: Any) -> None:
    kinds = {
        "segmentation": (segmentation, bool(getattr(segmentation.specifications, "powerset", False)), "a powerset one"),
        "embedding": (embedding, hasattr(getattr(embedding, "resnet", None), "seg_1"), "a WeSpeaker ResNet"),
    }
    for part, (model, fits, expected) in kinds.items():
        if not fits:
            raise ModelError(
                f"the {part} network of the pipeline is of another kind",
                received=type(model).__name__,
                expected=f"{expected}, as in speaker-diarization-3.1 and -community-1",
            )


def _segmentation(inference: Any, sizes: Sizes) -> InGroups:
    """(batch, 1, samples) -> (batch, frames, speakers): the network, its filters over fewer chunks at a time."""
    model = inference.model
    if hasattr(model, "sincnet"):
        model.sincnet.forward = InGroups(model.sincnet.forward, sizes.convolution, padded=False)
    return InGroups(lambda chunks: inference.conversion(model(chunks)), sizes.segmentation, sizes.padded)


def _least_clean(segmentation: Any, embedding: Any) -> int:
    """Frames of the shortest sound that the embedding network takes, tried out on the network as it was loaded."""
    window: int = segmentation.model.audio.get_num_samples(segmentation.duration)
    n_frames: int = segmentation.model.num_frames(window)
    least_samples: int = embedding.min_num_samples
    return math.ceil(n_frames * least_samples / window)


def _pooled(resnet: Any, features: Any, masks: Any) -> Any:
    return resnet.forward_embedding(resnet.forward_frames(features).float(), weights=masks)[1]


def _stages(resnet: Any) -> tuple[Any, ...]:
    return resnet.layer1, resnet.layer2, resnet.layer3, resnet.layer4


def _folded(resnet: Any) -> Any:
    """A ResNet with each normalisation folded into the convolution before it, channels last."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for block in (resnet, *(block for stage in _stages(resnet) for block in stage)):
        for number in (1, 2, 3):
            if hasattr(block, f"conv{number}"):
                convolution, norm = getattr(block, f"conv{number}"), getattr(block, f"bn{number}")
                setattr(block, f"conv{number}", fuse_conv_bn_eval(convolution, norm))
                setattr(block, f"bn{number}", torch.nn.Identity())
        if len(getattr(block, "shortcut", ())):
            block.shortcut = torch.nn.Sequential(fuse_conv_bn_eval(*block.shortcut))
    return resnet.to(memory_format=torch.channels_last)


def _half(resnet: Any) -> Any:
    """A copy with its convolutions in float16; the layer behind the statistics stays as it is."""
    half = copy.deepcopy(resnet)
    for part in (half.conv1, *_stages(half)):
        part.half()
    return half
