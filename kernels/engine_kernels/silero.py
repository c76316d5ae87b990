"""Silero VAD v6 for many channels of many calls at once: one LSTM step for all rows, whatever call a row is of.

Where the time goes, by arithmetic, a frame (32 ms) of a row: 1.2 MFLOP and some 20 kB outside the LSTM, so that a card
of 60 TFLOP/s in fp32 and 4 TB/s is done with an hour of audio in 3 ms; but each of an hour's 112,500 steps of the LSTM
takes the microseconds of a launch, be it for one row or for a hundred. Rows in one batch are all that counts. They are
different channels, never pieces of one: its state lasts (on the demo calls, probabilities are still 0.8 apart 8 s after
a cut).

Products are in fp32: TF32 would move probabilities by as much as they may differ from the ONNX graph's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine_kernels.log_mel import as_float

FRAME_SAMPLES = 512
CONTEXT_SAMPLES = 64
WIDTH = 128  # of the LSTM
_COLUMN_SAMPLES = 256
_HOP_SAMPLES = 128
_BINS = 129
_LAYERS = 4
_STRIDES = (1, 2, 2, 1)  # of the convolutions


@dataclass(frozen=True, slots=True)
class State:
    """What a row carries from one block to the next: context (rows, 64), hidden and cell (rows, 128), all float32."""

    context: Tensor
    hidden: Tensor
    cell: Tensor

    @staticmethod
    def start(rows: int, device: torch.device) -> State:
        return State(*(torch.zeros(rows, width, device=device) for width in (CONTEXT_SAMPLES, WIDTH, WIDTH)))

    @staticmethod
    def joined(states: list[State]) -> State:
        """The rows of all, in order."""
        return State(*(torch.cat([getattr(state, name) for state in states]) for name in State.__slots__))

    def split(self, rows: list[int]) -> list[State]:
        """The inverse of `joined`: so many rows each."""
        columns = [getattr(self, name).split(rows) for name in State.__slots__]
        return [State(*parts) for parts in zip(*columns, strict=True)]


class Silero:
    """The network. `weights`, float32: basis (256, 258) of the STFT; dense0 … dense3 and bias0 … bias3, convolutions as
    matrices over the four columns of a frame; W (1, 512, 128), R (1, 512, 128) and B (1, 1024) of the LSTM as ONNX
    orders them; output (128, 1) and output_bias (1,)."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self._weights = weights
        self._lstm = torch.nn.LSTM(WIDTH, WIDTH, device=weights["basis"].device).eval().requires_grad_(False)
        for name, tensor in lstm_parameters(weights).items():
            getattr(self._lstm, name).data.copy_(tensor)
        self._lstm.flatten_parameters()

    def speech(self, pcm: Tensor, state: State) -> tuple[Tensor, State]:
        """Blocks at 16 kHz (rows, frames × 512), int16 or float in [-1, 1), to the probability of speech in each frame
        (rows, frames), and the state behind the block."""
        samples = torch.cat([state.context, as_float(pcm)], dim=1)
        features = self._features(samples.unfold(1, FRAME_SAMPLES + CONTEXT_SAMPLES, FRAME_SAMPLES))
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            walked, (hidden, cell) = self._lstm(features.transpose(0, 1), (state.hidden[None], state.cell[None]))
        logits = walked.relu() @ self._weights["output"] + self._weights["output_bias"]
        return logits[..., 0].sigmoid().T, State(samples[:, -CONTEXT_SAMPLES:], hidden[0], cell[0])

    def _features(self, frames: Tensor) -> Tensor:
        """Frames with context (rows, frames, 576) to what the LSTM reads (rows, frames, 128)."""
        mirrored = torch.cat([frames, frames[..., -CONTEXT_SAMPLES - 1 : -1].flip(-1)], dim=-1)
        columns = mirrored.unfold(-1, _COLUMN_SAMPLES, _HOP_SAMPLES)
        parts = (columns @ self._weights["basis"]).unflatten(-1, (2, _BINS))
        hidden = parts.square().sum(dim=-2).sqrt().flatten(2)
        for layer in range(_LAYERS):
            hidden = (hidden @ self._weights[f"dense{layer}"] + self._weights[f"bias{layer}"]).relu()
        return hidden


def speech_reference(pcm: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """The same from a call's start, as the shipped graph is drawn: convolutions, and one LSTM step after the other.

    pcm (rows, frames × 512) -> (rows, frames). `weights`: the shipped ones by their names in the file.
    """
    rows, samples = pcm.shape
    framed = functional.pad(as_float(pcm), (CONTEXT_SAMPLES, 0)).unfold(
        1, FRAME_SAMPLES + CONTEXT_SAMPLES, FRAME_SAMPLES
    )
    mirrored = functional.pad(framed.flatten(0, 1)[:, None], (0, CONTEXT_SAMPLES), mode="reflect")
    basis = weights["encoder.feature_extractor.forward_basis_buffer"]
    real, imaginary = functional.conv1d(mirrored, basis, stride=_HOP_SAMPLES).split(_BINS, dim=1)
    features = (real.square() + imaginary.square()).sqrt()
    for layer, stride in enumerate(_STRIDES):
        kernel, bias = (weights[f"encoder.conv_layers.{layer}.{part}"] for part in ("weight", "bias"))
        features = functional.conv1d(features, kernel, bias, stride=stride, padding=1).relu()
    walked = _walked(features.view(rows, samples // FRAME_SAMPLES, WIDTH), weights)
    logits = functional.conv1d(walked.relu().mT, weights["decoder.conv1d.weight"], weights["decoder.conv1d.bias"])
    return logits[:, 0].sigmoid()


def _walked(features: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """Hidden states of the LSTM (rows, frames, 128), by its equations."""
    wide, recurrent, biases = (weights[name][0] for name in sorted(name for name in weights if "LSTM" in name))
    hidden = cell = features.new_zeros(len(features), WIDTH)
    states = []
    for frame in features.unbind(1):
        gates = frame @ wide.T + hidden @ recurrent.T + biases[: 4 * WIDTH] + biases[4 * WIDTH :]
        entry, exit_, forget, candidate = gates.chunk(4, dim=1)
        cell = forget.sigmoid() * cell + entry.sigmoid() * candidate.tanh()
        hidden = exit_.sigmoid() * cell.tanh()
        states.append(hidden)
    return torch.stack(states, dim=1)


def lstm_parameters(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """W, R and B with the gates in torch's order (input, forget, cell, output) instead of ONNX's (input, output,
    forget, cell), by the names of torch.nn.LSTM's parameters."""
    biases = weights["B"][0].split(4 * WIDTH)
    parts = {"weight_ih_l0": weights["W"][0], "weight_hh_l0": weights["R"][0], "bias_ih_l0": biases[0]}
    return {name: _reordered(part) for name, part in {**parts, "bias_hh_l0": biases[1]}.items()}


def _reordered(gates: Tensor) -> Tensor:
    entry, exit_, forget, candidate = gates.chunk(4)
    return torch.cat([entry, forget, candidate, exit_])
