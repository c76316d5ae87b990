"""What comes before the encoder, alone: VAD, log-mel, 8 to 16 kHz. Noise as int16 in, `--batch` rows of `--seconds`.

VAD and log-mel take rows of both rates from the host, as in a run: `bus_mb` is what goes to the device for them. On a
card seconds are wall seconds. On a CPU they are CPU seconds of one core. The host's way is what the engine does without
a card: ONNX for the VAD, NumPy for log-mel and for the rate. Operations and bytes are the least that the task takes.
usage: python benchmarks/bench_front_end.py --batch 4 --seconds 10
       on a GPU: bash scripts/bench gpu
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from ceilings import copy_bandwidth, matmul_rate
from common import write_row
from engine_kernels.log_mel import log_mel, log_mel_reference
from engine_kernels.resample import doubled, doubled_reference
from engine_kernels.silero import Silero, State, speech_reference

from engine.asr import WindowTask
from engine.asr.features import FRAMES_PER_SECOND, FeatureExtractor, at_16_khz, mel_filters
from engine.asr.whisper.front_end import FrontEnd
from engine.audio.pcm import DoubledPcm, MemoryPcm
from engine.telephone import TELEPHONE_RATE, banded
from engine.telephone import doubled as host_doubled
from engine.types import SAMPLE_RATE, Audio, SourceInfo
from engine.vad.silero import FRAME_SAMPLES, SileroVad
from engine.vad.silero_graph import dense_weights, shipped_weights
from engine.vad.silero_torch import MARGIN_S, Block, SileroNetwork

MELS = 128
BLOCK_S = 8  # of the VAD, as in a run
Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Part:
    """`run`: all rows. `reference`: its operations, plainly. `eager`: they alone. `compiled`: by torch.compile. `host`:
    `host_s` seconds of audio without a card. `bus_bytes` (to the device), `bytes`, `operations`: of a second."""

    name: str
    sample_rate: int
    bus_bytes: float
    run: Run
    reference: Run
    eager: Run
    compiled: Run
    host: Run
    host_s: float
    bytes: float
    operations: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=("vad", "log_mel", "resample"), action="append", help="default: all")
    parser.add_argument("--batch", type=int, default=64, help="rows: windows, or channels of calls in flight")
    parser.add_argument("--seconds", type=int, default=30, help="of a row")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="compare with torch.compile too: takes a minute")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(1)
    clock = time.perf_counter if device == "cuda" else time.process_time
    rate = matmul_rate(device, torch.float32, clock)
    bandwidth = copy_bandwidth(device, clock)
    parts = {"vad": _vad, "log_mel": _log_mel, "resample": _resample}
    with torch.inference_mode():
        for name in options.part or parts:
            for of in (SAMPLE_RATE, TELEPHONE_RATE) if name != "resample" else (TELEPHONE_RATE,):
                _write(parts[name](options.batch, options.seconds, of, device), options, device, rate, bandwidth)


def _write(part: Part, options: argparse.Namespace, device: str, rate: float, bandwidth: float) -> None:
    audio_s = options.batch * options.seconds
    median_s, min_s, max_s = _measured(part.run, options.repeats, device)
    eager_s, host_s = (_measured(run, options.repeats, device)[0] for run in (part.eager, part.host))
    reference_s = _measured(part.reference, 1, device)[0]
    compiled_s = _measured(part.compiled, options.repeats, device)[0] if options.compile else math.nan
    write_row(
        "bench_front_end",
        {
            "part": part.name,
            "device": torch.cuda.get_device_name() if device == "cuda" else "cpu, one core",
            "batch": options.batch,
            "row_s": options.seconds,
            "sample_rate": part.sample_rate,
            "bus_mb": round(part.bus_bytes * audio_s / 1e6, 2),
            "median_s": round(median_s, 5),
            "min_s": round(min_s, 5),
            "max_s": round(max_s, 5),
            "x_real_time": round(audio_s / median_s),
            "gb_per_s": round(part.bytes * audio_s / median_s / 1e9, 2),
            "share_of_copy_bandwidth": round(part.bytes * audio_s / median_s / bandwidth, 4),
            "tflop_per_s": round(part.operations * audio_s / median_s / 1e12, 4),
            "share_of_fp32_matmul_rate": round(part.operations * audio_s / median_s / rate, 4),
            "host_x_real_time": round(part.host_s / host_s),
            "ratio_to_host": round(audio_s / median_s / (part.host_s / host_s), 2),
            "ratio_to_reference": round(reference_s / eager_s, 2),
            "ratio_to_compiled": round(compiled_s / eager_s, 2),
        },
    )


def _measured(run: Run, repeats: int, device: str) -> tuple[float, float, float]:
    """Median, minimum, maximum after one run that is not counted."""
    clock = time.perf_counter if device == "cuda" else time.process_time
    seconds = []
    for _ in range(1 + repeats):
        started = clock()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(clock() - started)
    return statistics.median(seconds[1:]), min(seconds[1:]), max(seconds[1:])


def _vad(batch: int, seconds: int, rate: int, device: str) -> Part:
    whole_s = seconds * SAMPLE_RATE // FRAME_SAMPLES * FRAME_SAMPLES / SAMPLE_RATE
    pcm, wide = _noise(batch, whole_s, rate), torch.from_numpy(_noise(batch, whole_s, SAMPLE_RATE)).to(device)
    network, silero = SileroNetwork(device), Silero(_tensors(dense_weights(), device))
    shipped, start = _tensors(shipped_weights(), device), State.start(batch, torch.device(device))
    compiled = torch.compile(silero.speech)
    call, onnx = _call(pcm[:2], rate), SileroVad()

    def passes() -> None:
        states = [network.start(1) for _ in range(batch)]
        for blocks in _blocks(pcm, rate):
            _, states = network.speech(blocks, states)

    return Part(
        name="vad",
        sample_rate=rate,
        bus_bytes=2 * rate,
        run=passes,
        reference=lambda: speech_reference(wide, shipped),
        eager=lambda: silero.speech(wide, start),
        compiled=lambda: compiled(wide, start),
        host=lambda: onnx.probabilities(call),
        host_s=call.duration_s * call.n_channels,
        bytes=2 * rate,
        operations=2 * SAMPLE_RATE / FRAME_SAMPLES * _vad_multiplications(),
    )


def _blocks(pcm: np.ndarray, rate: int) -> Iterator[list[Block]]:
    """What each pass hears of every row."""
    margin, step = round(MARGIN_S * rate), BLOCK_S * rate // FRAME_SAMPLES * FRAME_SAMPLES
    around = np.pad(pcm, ((0, 0), (margin, margin)))
    for first in range(0, pcm.shape[1], step):
        heard = min(step, pcm.shape[1] - first)
        rows = around[:, None, first : first + heard + 2 * margin]
        yield [Block(row, rate, heard * SAMPLE_RATE // rate) for row in rows]


def _vad_multiplications() -> int:
    """Of a frame: STFT, convolutions, LSTM, output."""
    seen = (10, 5, 2, 1)  # pairs of a tap and a column that it lies on
    layers = ((129, 128), (128, 64), (64, 64), (64, 128))
    convolutions = sum(count * wide * narrow for count, (wide, narrow) in zip(seen, layers, strict=True))
    return 4 * 256 * 258 + convolutions + 2 * 128 * 512 + 128


def _log_mel(batch: int, seconds: int, rate: int, device: str) -> Part:
    pcm, frames = _noise(batch, seconds, rate), seconds * FRAMES_PER_SECOND
    windows = [WindowTask(row, "en", sample_rate=rate) for row in pcm]
    wide = torch.from_numpy(_noise(batch, seconds, SAMPLE_RATE)).to(device)
    front_end, filters = FrontEnd(MELS, torch.device(device)), torch.from_numpy(mel_filters(MELS)).to(device)
    compiled, host = torch.compile(log_mel), FeatureExtractor(MELS)
    transform = 2.5 * 400 * math.log2(400)  # the usual count for an FFT of real numbers
    return Part(
        name="log_mel",
        sample_rate=rate,
        bus_bytes=2 * rate,
        run=lambda: front_end.log_mels(windows, frames),
        reference=lambda: log_mel_reference(wide, filters, frames),
        eager=lambda: log_mel(wide, filters, frames),
        compiled=lambda: compiled(wide, filters, frames),
        host=lambda: host.log_mel(at_16_khz(pcm[0], rate), frames),
        host_s=seconds,
        bytes=2 * rate + 4 * MELS * FRAMES_PER_SECOND,
        operations=FRAMES_PER_SECOND * (transform + 2 * 201 * MELS),
    )


def _resample(batch: int, seconds: int, rate: int, device: str) -> Part:
    """Of rows that lie on the device."""
    pcm, matrix = _noise(batch, seconds, rate), torch.from_numpy(banded()).to(device)
    narrow, compiled = torch.from_numpy(pcm).to(device), torch.compile(doubled)
    return Part(
        name="resample",
        sample_rate=rate,
        bus_bytes=0,
        run=lambda: doubled(narrow, matrix),
        reference=lambda: doubled_reference(narrow, matrix),
        eager=lambda: doubled(narrow, matrix),
        compiled=lambda: compiled(narrow, matrix),
        host=lambda: host_doubled(pcm[:1]),
        host_s=seconds,
        bytes=2 * rate + 4 * SAMPLE_RATE,
        operations=2 * 32 * rate,
    )


def _noise(rows: int, seconds: float, rate: int) -> np.ndarray:
    """int16 (rows, samples)."""
    return _drawn(rows, round(seconds * SAMPLE_RATE))[:, : round(seconds * rate)]


@cache
def _drawn(rows: int, samples: int) -> np.ndarray:
    draw = np.random.default_rng(0)
    return (3000 * draw.standard_normal((rows, samples), np.float32)).clip(-32768, 32767).astype(np.int16)


def _tensors(weights: dict[str, np.ndarray], device: str) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(array, device=device) for name, array in weights.items() if array.dtype == np.float32}


def _call(samples: np.ndarray, rate: int) -> Audio:
    kept = MemoryPcm(samples)
    pcm = kept if rate == SAMPLE_RATE else DoubledPcm(kept)
    source = SourceInfo(None, "", "array", "pcm", len(samples), rate, samples.shape[1] / rate)
    return Audio(pcm, source, telephone=None if rate == SAMPLE_RATE else kept)


if __name__ == "__main__":
    main()
