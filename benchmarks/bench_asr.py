"""Speech recognition alone, on weights made for a true shape or real ones: speed, memory, share of what a machine can.

Noise of 30 s a window, 110 tokens each, word times on (transformers: off, it has none in a batch). Our backends get
windows as calls would submit them; the peers get the same windows as files.
usage: python benchmarks/bench_asr.py --backend torch --shape tiny --random-weights --in-flight 8
       on a GPU: bash scripts/bench gpu
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import random_whisper
import torch
from common import timed, write_row

from engine.asr import WindowTask, decoded
from engine.asr.recognizer import Recognizer, load_recognizer
from engine.config import AsrConfig
from engine.types import SAMPLE_RATE

WINDOW_S = 30
BACKENDS = ("torch", "ct2", "faster-whisper", "transformers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backend", choices=BACKENDS, required=True)
    parser.add_argument("--shape", choices=random_whisper.SHAPES, default="tiny")
    weights = parser.add_mutually_exclusive_group(required=True)
    weights.add_argument("--random-weights", action="store_true", help="made for the shape: for speed, not for words")
    weights.add_argument("--model", type=Path, help="a directory of the shape, in the form that the backend reads")
    parser.add_argument("--tokens", type=int, default=110)
    parser.add_argument("--in-flight", type=int, default=8, help="windows that are there at once")
    parser.add_argument("--windows", type=int, default=0, help="default: two for each in flight")
    parser.add_argument("--compute-type", default="float32", help="default: float32")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    count = options.windows or 2 * options.in_flight
    rate, bandwidth = _matmul_rate(), _copy_bandwidth()  # before a backend's threads are there to disturb them
    draw = np.random.default_rng(0)
    noise = [0.1 * draw.standard_normal(WINDOW_S * SAMPLE_RATE - 1).astype(np.float32) for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        ctranslate2 = options.backend in ("ct2", "faster-whisper")
        model = options.model or random_whisper.build(options.shape, Path(folder), ctranslate2)
        run, slots = _prepared(options, model, noise)
        median_s, min_s, max_s = timed(run, options.repeats, warm_up=run)
    write_row(
        "bench_asr",
        {
            "backend": options.backend,
            "shape": options.shape,
            "compute_type": options.compute_type,
            "device": "cuda" if torch.cuda.is_available() else "cpu",
            "in_flight": options.in_flight,
            "slots": slots,
            "windows": count,
            "tokens": options.tokens,
            "wall_s": round(median_s, 3),
            "wall_min_s": round(min_s, 3),
            "wall_max_s": round(max_s, 3),
            "rtfx": round(count * WINDOW_S / median_s, 1),
            "share_of_matmul_rate": round(_work(options.shape, options.tokens) * count / median_s / rate, 3),
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
    decoded.MAX_TOKENS = 4 + options.tokens  # the prompt has four
    config = AsrConfig(
        backend="torch" if options.backend == "torch" else "ctranslate2",
        compute_type=options.compute_type,
        batch_size=min(options.in_flight, 32),
        slots=options.in_flight,
        temperatures=(0.0,),
        no_speech_threshold=1.0,
    )
    recognizer = load_recognizer(replace(config, device="auto"), model)
    return lambda: _recognize(recognizer, noise), options.in_flight


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


def _work(shape: str, tokens: int) -> float:
    """Floating-point operations of one window: matrix products of encoder, cross-attention keys, decoder, logits."""
    width, encoder_layers, decoder_layers, vocabulary, mels = random_whisper.SHAPES[shape]
    frames = 1500
    convolutions = 2 * 3 * width * (2 * frames * mels + frames * width)
    encoder = encoder_layers * frames * (24 * width**2 + 4 * frames * width)
    crossed = decoder_layers * frames * 4 * width**2
    decoder = tokens * (decoder_layers * (28 * width**2 + 4 * width * (frames + tokens)) + 2 * width * vocabulary)
    return float(convolutions + encoder + crossed + decoder)


def _matmul_rate() -> float:
    """Operations a second of a large matrix product, measured now, in the number type that this device is best at."""
    device, size = ("cuda", 8192) if torch.cuda.is_available() else ("cpu", 2048)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(8):
        started = time.perf_counter()
        float((a @ b)[0, 0])  # waits for the device
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def _traffic(options: argparse.Namespace, windows: int, slots: int) -> float:
    """Bytes that decoding must read at least: the decoder's weights once a step, the caches once a token."""
    width, _, decoder_layers, vocabulary, _ = random_whisper.SHAPES[options.shape]
    weights = decoder_layers * 14 * width**2 + width * vocabulary
    caches = decoder_layers * 2 * width * (1500 + options.tokens / 2)
    steps = -(-windows // slots)
    number_bytes: int = getattr(torch, options.compute_type).itemsize
    return number_bytes * options.tokens * (steps * weights + windows * caches)


def _copy_bandwidth() -> float:
    """Bytes a second, read and written, of a large copy, measured now."""
    device, size = ("cuda", 2**30) if torch.cuda.is_available() else ("cpu", 2**28)
    source, target = (torch.ones(size, dtype=torch.uint8, device=device) for _ in range(2))
    best = float("inf")
    for _ in range(8):
        started = time.perf_counter()
        target.copy_(source)
        int(target[0])  # waits for the device
        best = min(best, time.perf_counter() - started)
    return 2 * size / best


def _memory_mib() -> int:
    """Peak of the device's memory where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() // 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
