"""Speech recognition alone, on weights made for a true shape or real ones: speed, memory, share of what a machine can.

Noise of 30 s a window, 110 tokens each, word times on (transformers: off, it has none in a batch). Our backends get
windows as calls would submit them; the peers get the same windows as files.
`--cross-cache float8` keeps what the torch backend reads of a window in 8 bits, `--encoder-type float8` has its encoder
multiply in 8 bits.
The torch backend has more to measure, each instead of the figure above: --sweep-encoder (batch sizes), --sweep-slots
(memory), --cold-start (to the first words), --live N (latency of N live calls), --estimate (what GB10s would do).
usage: python benchmarks/bench_asr.py --backend torch --shape tiny --random-weights --in-flight 8
       on a GPU: bash scripts/bench gpu
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import asr_live
import asr_parts
import asr_work
import numpy as np
import random_whisper
import torch
from ceilings import DEVICE_NAME, copy_bandwidth, matmul_rate
from common import timed, write_row

from engine.asr import WindowTask, decoded
from engine.asr.recognizer import Recognizer, load_recognizer
from engine.config_types import AsrConfig
from engine.types import SAMPLE_RATE

WINDOW_S = 30
BACKENDS = ("torch", "ct2", "faster-whisper", "transformers")
PARTS = ("sweep-encoder", "sweep-slots", "cold-start", "estimate")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backend", choices=BACKENDS, required=True)
    parser.add_argument("--shape", choices=random_whisper.SHAPES, default="tiny")
    weights = parser.add_mutually_exclusive_group(required=True)
    weights.add_argument("--random-weights", action="store_true", help="made for the shape: for speed, not for words")
    weights.add_argument("--model", type=Path, help="a directory of the shape, in the form that the backend reads")
    parser.add_argument("--weights-in", type=Path, help="where random weights are kept for the next run")
    parser.add_argument("--tokens", type=int, default=0, help="a window; default: 110, live ones of 5 s 18")
    parser.add_argument("--in-flight", type=int, default=8, help="windows that are there at once")
    parser.add_argument("--windows", type=int, default=0, help="default: two for each in flight")
    parser.add_argument("--compute-type", default="float32", help="default: float32")
    parser.add_argument("--cross-cache", choices=("auto", "float8"), default="auto")
    parser.add_argument("--encoder-type", choices=("auto", "float8"), default="auto")
    parser.add_argument("--repeats", type=int, default=3)
    parts = parser.add_mutually_exclusive_group()
    for part in PARTS:
        parts.add_argument(f"--{part}", action="store_true")
    parts.add_argument("--live", type=int, default=0, metavar="STREAMS", help="5 s of each, every second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long --live goes on; default: 20")
    options = parser.parse_args()
    options.tokens = options.tokens or (18 if options.live else 110)
    with tempfile.TemporaryDirectory() as folder:
        ctranslate2 = options.backend in ("ct2", "faster-whisper")
        made_in = options.weights_in / options.shape if options.weights_in else Path(folder)
        model = options.model or random_whisper.build(options.shape, made_in, ctranslate2)
        asked = [part for part in (*PARTS, "live") if getattr(options, part.replace("-", "_"))]
        if asked:
            _part(asked[0], options, model)
        else:
            _whole(options, model)


def _part(part: str, options: argparse.Namespace, model: Path) -> None:
    if options.backend != "torch":
        raise SystemExit(f"--{part} is of the torch backend: --backend torch")
    run = {
        "sweep-encoder": asr_parts.sweep_encoder,
        "sweep-slots": asr_parts.sweep_slots,
        "cold-start": asr_parts.start,
        "estimate": asr_parts.estimate,
        "live": asr_live.live,
    }
    run[part](options, model, _config(options))


def _whole(options: argparse.Namespace, model: Path) -> None:
    """A row of the whole recognition."""
    count = options.windows or 2 * options.in_flight
    rate, bandwidth = matmul_rate(), copy_bandwidth()  # before a backend's threads are there to disturb them
    draw = np.random.default_rng(0)
    noise = [0.1 * draw.standard_normal(WINDOW_S * SAMPLE_RATE - 1).astype(np.float32) for _ in range(count)]
    run, slots = _prepared(options, model, noise)
    median_s, min_s, max_s = timed(run, options.repeats, warm_up=run)
    write_row(
        "bench_asr",
        {
            "backend": options.backend,
            "shape": options.shape,
            "compute_type": asr_work.kept_in(options),
            "device": DEVICE_NAME,
            "in_flight": options.in_flight,
            "slots": slots,
            "windows": count,
            "tokens": options.tokens,
            "wall_s": round(median_s, 3),
            "wall_min_s": round(min_s, 3),
            "wall_max_s": round(max_s, 3),
            "rtfx": round(count * WINDOW_S / median_s, 1),
            "share_of_matmul_rate": round(_work(options) * count / median_s / rate, 3),
            "share_of_copy_bandwidth": round(_traffic(options, count, slots) / median_s / bandwidth, 3),
            "memory_mib": _memory_mib(),
        },
    )


def _prepared(options: argparse.Namespace, model: Path, noise: list[np.ndarray]) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how many windows it decodes together."""
    if options.backend in ("torch", "ct2"):
        return _ours(options, model, noise)
    return _peer(options, model, noise), options.in_flight


def _ours(options: argparse.Namespace, model: Path, noise: list[np.ndarray]) -> tuple[Callable[[], object], int]:
    recognizer = load_recognizer(_config(options), model)
    return lambda: _recognize(recognizer, noise), getattr(recognizer, "slots", options.in_flight)


def _config(options: argparse.Namespace) -> AsrConfig:
    """Every window writes as many tokens as it is asked to, once."""
    decoded.MAX_TOKENS = 4 + options.tokens  # the prompt has four
    return AsrConfig(
        backend="torch" if options.backend == "torch" else "ctranslate2",
        device="auto",
        compute_type=options.compute_type,
        cross_cache=options.cross_cache,
        encoder_type=options.encoder_type,
        batch_size=min(options.in_flight, 32),
        slots=options.in_flight,
        temperatures=(0.0,),
        no_speech_threshold=1.0,
    )


def _recognize(recognizer: Recognizer, noise: list[np.ndarray]) -> None:
    waiting = [WindowTask(samples, "en") for samples in noise]
    missing = len(waiting)
    while missing:
        room = recognizer.capacity
        recognizer.submit(waiting[:room])
        del waiting[:room]
        finished = recognizer.step()
        faults = [found.error for _, found in finished if found.error]
        if faults:
            raise faults[0]
        missing -= len(finished)


def _peer(options: argparse.Namespace, model: Path, noise: list[np.ndarray]) -> Callable[[], object]:
    if options.backend == "faster-whisper":
        return _faster_whisper(options, model, noise)
    return _transformers(options, model, noise)


def _faster_whisper(options: argparse.Namespace, model: Path, noise: list[np.ndarray]) -> Callable[[], object]:
    """Its batched pipeline over all windows as one recording, cut where the windows are."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    pipeline = BatchedInferencePipeline(WhisperModel(str(model), compute_type=options.compute_type))
    recording = np.concatenate(noise)
    clips = [{"start": i * WINDOW_S, "end": (i + 1) * WINDOW_S - 0.01} for i in range(len(noise))]
    asked = {
        "language": "en",
        "beam_size": 1,
        "word_timestamps": True,
        "vad_filter": False,
        "clip_timestamps": clips,
        "max_new_tokens": options.tokens,
        "temperature": 0.0,
    }
    return lambda: list(pipeline.transcribe(recording, batch_size=options.in_flight, **asked)[0])


def _transformers(options: argparse.Namespace, model: Path, noise: list[np.ndarray]) -> Callable[[], object]:
    from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, options.compute_type)
    whisper = WhisperForConditionalGeneration.from_pretrained(model, dtype=dtype).to(device).eval()
    extractor = WhisperFeatureExtractor(feature_size=whisper.config.num_mel_bins)

    @torch.inference_mode()
    def run() -> None:
        for first in range(0, len(noise), options.in_flight):
            batch = noise[first : first + options.in_flight]
            mels = extractor(batch, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
            whisper.generate(mels.to(device, dtype), language="en", task="transcribe", max_new_tokens=options.tokens)

    return run


def _work(options: argparse.Namespace) -> float:
    """Floating-point operations of one window."""
    return asr_work.encoder_operations(options.shape) + asr_work.decoder_operations(options.shape, options.tokens)


def _traffic(options: argparse.Namespace, windows: int, slots: int) -> float:
    """Bytes that decoding must read at least, all slots full."""
    a_step = asr_work.step_bytes(options.shape, slots, options.tokens / 2, *asr_work.number_bytes(options))
    return options.tokens * a_step * -(-windows // slots)


def _memory_mib() -> int:
    """Peak of the device's memory where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() // 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
