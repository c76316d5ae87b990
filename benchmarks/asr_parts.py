"""The parts of recognition alone: encoder by batch, memory by slots, a decoding round, the start, and from the shares
what other machines would do."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace
from pathlib import Path

import asr_work
import numpy as np
import random_whisper
import torch
from ceilings import DEVICE, DEVICE_NAME, ON_CARD, copy_bandwidth, float8_rate, matmul_rate, seconds_of
from common import write_row

from engine.asr import WindowTask
from engine.asr.ladder import Attempt
from engine.asr.whisper.device import place
from engine.asr.whisper.model import Encoder
from engine.asr.whisper.narrow import narrow
from engine.asr.whisper.operations import operations
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.asr.whisper.sequences import Start
from engine.asr.whisper.weights import load
from engine.config_types import AsrConfig

WINDOW_S = 30
GB10 = {"one GB10": (1, 100e12, 273e9), "two GB10": (2, 100e12, 273e9)}
"""Cards, dense bf16 operations and bytes a second of each: figures of others, not measured here."""
PEER = "15,000-30,000 audio minutes a day are stated for a commercial product on two DGX Spark"


@torch.inference_mode()
def sweep_encoder(options: argparse.Namespace, model: Path, config: AsrConfig) -> float:
    """A row for each batch size up to --in-flight, 64 at most; returns the best share of the matmul rate, which is that
    of the wide type also where the encoder multiplies in 8 bits."""
    rate, dtype = matmul_rate(), getattr(torch, options.compute_type)
    encoder, narrowed = _encoder(model, config)
    float8 = float8_rate() if narrowed else math.nan
    work, best = asr_work.encoder_operations(options.shape), 0.0
    for batch in powers_of_two(min(options.in_flight, 64)):
        mels = torch.zeros(batch, encoder.conv1.in_channels, 3000, device=DEVICE, dtype=dtype)
        a_window_s = seconds_of(lambda mels=mels: encoder(mels), options.repeats) / batch
        share = work / a_window_s / rate
        best = max(best, share)
        measured = {
            "ms_a_window": round(1e3 * a_window_s, 2),
            "rtfx": round(WINDOW_S / a_window_s),
            "tflop_per_s": round(work / a_window_s / 1e12, 2),
            "share_of_matmul_rate": round(share, 3),
            "share_of_float8_rate": round(work / a_window_s / float8, 3),
        }
        write_row("bench_asr_encoder", {**_columns(options), "batch": batch, **measured})
    return best


def _encoder(model: Path, config: AsrConfig) -> tuple[Encoder, bool]:
    """The encoder as a recognizer has it, and whether it multiplies in 8 bits."""
    placed = place(config)
    whisper = load(model, placed.device, placed.dtype).model
    product = operations(whisper.dimensions, placed).float8_linear
    narrow(whisper.encoder, product)
    return whisper.encoder, product is not None


def sweep_slots(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """A row for each number of slots up to --in-flight, or up to what fits: what it takes of the device's memory, the
    weights included."""
    for slots in powers_of_two(options.in_flight):
        recognizer = WhisperRecognizer(_with_slots(config, slots), model)
        caches = recognizer.slots * recognizer._bytes_a_slot() / 2**20
        allocated = round(torch.cuda.memory_allocated() / 2**20) if ON_CARD else ""
        taken = {"slots": recognizer.slots, "caches_mib": round(caches), "allocated_mib": allocated}
        write_row("bench_asr_memory", {**_columns(options), **taken})
        recognizer.close()
        if taken["slots"] < slots:
            return


def start(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """A row of the seconds from nothing loaded to the first words; a second process finds its compile caches filled."""
    started = time.perf_counter()
    recognizer = WhisperRecognizer(_with_slots(config, options.in_flight), model)
    loaded = time.perf_counter()
    recognizer.submit([noise_task(0)])
    while not (finished := recognizer.step()):
        pass
    if error := finished[0][1].error:
        raise error
    seconds = {"loaded_s": round(loaded - started, 2), "first_result_s": round(time.perf_counter() - started, 2)}
    write_row("bench_asr_start", {**_columns(options), "slots": options.in_flight, **seconds})


@torch.inference_mode()
def decode_share(options: argparse.Namespace, model: Path, config: AsrConfig) -> float:
    """Share of the copy bandwidth of rounds in which all --in-flight slots write, over the middle of their texts."""
    recognizer = WhisperRecognizer(_with_slots(config, options.in_flight), model)
    runner, steps, slots = recognizer._runner, recognizer._placement.steps, list(range(recognizer.slots))
    running = recognizer._texts.running(Attempt(noise_task(0)), 2 * asr_work.FRAMES)
    length, mels = len(running.prompt.tokens), torch.zeros(1, random_whisper.SHAPES[options.shape][4], 3000)
    for slot in slots:
        runner.begin(runner.encode(lambda: mels, [slot]), [running.prompt], [slot])
        runner.start(slot, Start(length, length + options.tokens, 0.0, 0))
    rounds = max(1, options.tokens // steps // 3)
    lengths = iter(range(length + 2 * steps, 10 * options.tokens, steps))

    def decode() -> None:
        for _ in range(rounds):
            runner.decode(len(slots), next(lengths), False)

    a_step_s = seconds_of(decode, 1) / rounds / steps
    tokens = length + 1.5 * rounds * steps
    read = asr_work.step_bytes(options.shape, len(slots), tokens, *asr_work.number_bytes(options))
    bandwidth = copy_bandwidth()
    measured = {
        "slots": len(slots),
        "ms_a_step": round(1e3 * a_step_s, 3),
        "gb_per_s": round(read / a_step_s / 1e9, 1),
        "share_of_copy_bandwidth": round(read / a_step_s / bandwidth, 3),
    }
    write_row("bench_asr_decode", {**_columns(options), **measured})
    recognizer.close()
    return read / a_step_s / bandwidth


def estimate(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """Both shares, and rows of what GB10s would do if they reached them of their own ceilings: encoder and decode one
    after the other, the rest of the engine left out."""
    encoder, decoder = sweep_encoder(options, model, config), decode_share(options, model, config)
    read = asr_work.step_bytes(options.shape, options.in_flight, options.tokens / 2, *asr_work.number_bytes(options))
    for name, (cards, rate, bandwidth) in GB10.items():
        seconds = asr_work.encoder_operations(options.shape) / (encoder * rate)
        seconds += options.tokens * read / options.in_flight / (decoder * bandwidth)
        rtfx = cards * WINDOW_S / seconds
        estimated = {
            "ESTIMATE": f"{name}, not measured",
            "from_encoder_share": round(encoder, 3),
            "from_decode_share": round(decoder, 3),
            "tokens": options.tokens,
            "rtfx": round(rtfx),
            "audio_minutes_a_day": round(rtfx * 24 * 60),
        }
        write_row("bench_asr_estimate", {**_columns(options), **estimated, "beside": PEER})


def noise_task(seed: int, seconds: float = WINDOW_S) -> WindowTask:
    """A window of noise, a sample short of `seconds`."""
    draw = np.random.default_rng(seed)
    return WindowTask(0.1 * draw.standard_normal(round(seconds * 16_000) - 1).astype(np.float32), "en")


def powers_of_two(most: int) -> list[int]:
    return [2**power for power in range(most.bit_length())]


def _columns(options: argparse.Namespace) -> dict[str, object]:
    return {"shape": options.shape, "compute_type": asr_work.kept_in(options), "device": DEVICE_NAME}


def _with_slots(config: AsrConfig, slots: int) -> AsrConfig:
    return replace(config, slots=slots, batch_size=min(slots, 32))
