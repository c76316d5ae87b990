"""The parts of recognition alone: encoder by batch, memory by slots, a decoding round, the start, and from the shares
what other machines would do."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import asr_work
import numpy as np
import random_whisper
import torch
from ceilings import DEVICE, ON_CARD, copy_bandwidth, matmul_rate, seconds_of
from common import write_row

from engine.asr import WindowTask
from engine.asr.ladder import Attempt
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.asr.whisper.sequences import Start
from engine.asr.whisper.weights import load
from engine.config import AsrConfig

WINDOW_S = 30
GB10 = {"one GB10": (1, 100e12, 273e9), "two GB10": (2, 100e12, 273e9)}
"""Cards, dense bf16 operations and bytes a second of each: figures of others, not measured here."""
PEER = "15,000-30,000 audio minutes a day are stated for a commercial product on two DGX Spark"


@torch.inference_mode()
def sweep_encoder(options: argparse.Namespace, model: Path, _: AsrConfig) -> float:
    """Print a line for each batch size up to --in-flight; returns the best share of the matmul rate."""
    rate, dtype = matmul_rate(), getattr(torch, options.compute_type)
    encoder = load(model, torch.device(DEVICE), dtype).model.encoder
    work, best = asr_work.encoder_operations(options.shape), 0.0
    print(f"{'batch':>6}{'ms a window':>13}{'RTFx':>9}{'share of matmul rate':>22}")
    for batch in powers_of_two(options.in_flight):
        mels = torch.zeros(batch, encoder.conv1.in_channels, 3000, device=DEVICE, dtype=dtype)
        a_window_s = seconds_of(lambda mels=mels: encoder(mels), options.repeats) / batch
        share = work / a_window_s / rate
        best = max(best, share)
        print(f"{batch:>6}{1e3 * a_window_s:>13.2f}{WINDOW_S / a_window_s:>9.0f}{share:>22.3f}")
    return best


def sweep_slots(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """Print what each number of slots up to --in-flight takes of the device's memory."""
    print(f"{'slots':>6}{'caches MiB':>12}{'allocated MiB':>15}")
    for slots in powers_of_two(options.in_flight):
        recognizer = WhisperRecognizer(_with_slots(config, slots), model)
        caches = slots * recognizer._bytes_a_slot() / 2**20
        allocated = f"{torch.cuda.memory_allocated() / 2**20:.0f}" if ON_CARD else "-"
        print(f"{slots:>6}{caches:>12.0f}{allocated:>15}")
        recognizer.close()


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
    columns = {"shape": options.shape, "compute_type": options.compute_type, "device": DEVICE}
    seconds = {"loaded_s": round(loaded - started, 2), "first_result_s": round(time.perf_counter() - started, 2)}
    write_row("bench_asr_start", {**columns, "slots": options.in_flight, **seconds})


@torch.inference_mode()
def decode_share(options: argparse.Namespace, model: Path, config: AsrConfig) -> float:
    """Share of the copy bandwidth of rounds in which all --in-flight slots write, over the middle of their texts."""
    recognizer = WhisperRecognizer(_with_slots(config, options.in_flight), model)
    runner, steps, slots = recognizer._runner, recognizer._placement.steps, list(range(options.in_flight))
    running = recognizer._texts.running(Attempt(noise_task(0)), 2 * asr_work.FRAMES)
    length, mels = len(running.prompt.tokens), torch.zeros(1, random_whisper.SHAPES[options.shape][4], 3000)
    for slot in slots:
        runner.begin(runner.encode(lambda: mels, [slot]), [running.prompt], [slot])
        runner.start(slot, Start(length, length + options.tokens, 0.0, 0))
    rounds = max(1, options.tokens // steps // 3)
    lengths = iter(range(length + 2 * steps, 10 * options.tokens, steps))

    def decode() -> None:
        for _ in range(rounds):
            runner.decode(options.in_flight, next(lengths), False)

    a_step_s = seconds_of(decode, 1) / rounds / steps
    number_bytes = getattr(torch, options.compute_type).itemsize
    read = asr_work.step_bytes(options.shape, options.in_flight, length + 1.5 * rounds * steps, number_bytes)
    recognizer.close()
    return read / a_step_s / copy_bandwidth()


def estimate(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """Print what GB10s would do if they reached the shares of their ceilings that this device reaches of its own."""
    encoder, decoder = sweep_encoder(options, model, config), decode_share(options, model, config)
    print(f"\nmeasured here: encoder {encoder:.2f} of the matmul rate, decode {decoder:.2f} of the copy bandwidth")
    print(f"ESTIMATE for {options.shape}, not measured: {options.tokens} tokens a window of 30 s, bf16, encoder and")
    print(
        f"decode one after the other, the rest of the engine left out\n{'':>10}{'RTFx':>8}{'audio minutes a day':>22}"
    )
    read = asr_work.step_bytes(options.shape, options.in_flight, options.tokens / 2, 2) / options.in_flight
    for name, (cards, rate, bandwidth) in GB10.items():
        seconds = asr_work.encoder_operations(options.shape) / (encoder * rate)
        seconds += options.tokens * read / (decoder * bandwidth)
        rtfx = cards * WINDOW_S / seconds
        print(f"{name:>10}{rtfx:>8.0f}{rtfx * 24 * 60:>22,.0f}")
    print(PEER)


def noise_task(seed: int, seconds: float = WINDOW_S) -> WindowTask:
    """A window of noise, a sample short of `seconds`."""
    draw = np.random.default_rng(seed)
    return WindowTask(0.1 * draw.standard_normal(round(seconds * 16_000) - 1).astype(np.float32), "en")


def powers_of_two(most: int) -> list[int]:
    return [2**power for power in range(most.bit_length())]


def _with_slots(config: AsrConfig, slots: int) -> AsrConfig:
    return replace(config, slots=slots, batch_size=min(slots, 32))
