"""What 8 bits cost: a bundled model's texts and word times on the demo calls beside full width, its windows kept in 8
bits, and its encoder's products in 8 bits.

Shares of windows with the same text, of words that stand in both texts, and of words that start within 20 ms where the
texts are equal. Of large-v3-turbo's size: how far attention over a window is off, on normally distributed numbers, and
how far the encoder's states are, relative to their size (root of the mean square), by depth, on random weights.
usage: python benchmarks/bench_float8.py
"""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from ceilings import DEVICE, DEVICE_NAME
from common import write_row
from engine_kernels.attention import attention_reference
from engine_kernels.float8 import narrowed

from engine.asr import Recognition, WindowTask
from engine.asr.whisper.device import place
from engine.asr.whisper.model import Dimensions, Encoder
from engine.asr.whisper.narrow import narrow
from engine.asr.whisper.operations import operations
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.audio import decode
from engine.config import load_profile
from engine.config_types import AsrConfig, AudioConfig
from engine.models import find_model

CALLS = find_model("bundled").parent / "calls"
NEAR_S = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=("bundled", "bundled-multilingual"), default="bundled")
    parser.add_argument("--compute-type", default="auto")
    options = parser.parse_args()
    given = {"device": "auto", "compute_type": options.compute_type, "model": options.model, "slots": 16}
    config = replace(load_profile("demo").asr, **given)
    wide = _heard(config)
    columns = {
        "model": options.model,
        "compute_type": options.compute_type,
        "device": DEVICE_NAME,
        "windows": len(wide),
        "words": sum(len(found.words) for found in wide),
    }
    largest, mean = attention_error()
    errors = {"attention_max_error": round(largest, 5), "attention_mean_error": round(mean, 6)}
    write_row("bench_float8", {**columns, **_agreement(wide, _heard(replace(config, cross_cache="float8"))), **errors})
    narrow_encoder = replace(config, encoder_type="float8")
    errors = {f"states_error_{depth}_layers": error for depth, error in states_errors(narrow_encoder).items()}
    write_row("bench_float8_encoder", {**columns, **_agreement(wide, _heard(narrow_encoder)), **errors})


def _heard(config: AsrConfig) -> list[Recognition]:
    """What is heard in every utterance of the demo calls, all at one temperature."""
    recognizer = WhisperRecognizer(replace(config, temperatures=(0.0,)), find_model(config.model))
    tasks = [WindowTask(samples, "en") for samples in _utterances(recognizer.window_s)]
    waiting, found = list(tasks), {}
    while len(found) < len(tasks):
        room = recognizer.capacity
        recognizer.submit(waiting[:room])
        del waiting[:room]
        found.update({id(task): recognition for task, recognition in recognizer.step()})
    recognizer.close()
    return [found[id(task)] for task in tasks]


def _utterances(longest_s: float) -> Iterator[np.ndarray]:
    for path in sorted(CALLS.glob("*.reference.json")):
        reference = json.loads(path.read_text("utf-8"))
        call = decode(CALLS / reference["audio"], AudioConfig())
        channels = {speaker["id"]: speaker["channel"] or 0 for speaker in reference["speakers"]}
        for said in reference["utterances"]:
            start_s, end_s = max(said["start_s"] - 0.2, 0.0), said["end_s"] + 0.2
            if end_s - start_s < longest_s:
                yield call.read(channels[said["speaker"]], start_s, end_s)


def _agreement(wide: list[Recognition], narrow: list[Recognition]) -> dict[str, float]:
    pairs = list(zip(wide, narrow, strict=True))
    same = [(one.words, other.words) for one, other in pairs if one.text == other.text]
    apart = [abs(one.start_s - other.start_s) for words in same for one, other in zip(*words, strict=True)]
    kept = sum(_in_both([w.text for w in one.words], [w.text for w in other.words]) for one, other in pairs)
    return {
        "texts_equal": round(len(same) / len(pairs), 4),
        "words_in_both": round(kept / sum(len(one.words) for one in wide), 4),
        "starts_within_20_ms": round(float(np.mean(np.array(apart) <= NEAR_S + 1e-6)), 4),
    }


def _in_both(one: list[str], other: list[str]) -> int:
    return sum(block.size for block in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())


@torch.inference_mode()
def attention_error() -> tuple[float, float]:
    """Largest and mean error of a result, whose own size is about 0.03: 8 windows, 20 heads of 64, 1,500 places."""
    draw = torch.Generator(DEVICE).manual_seed(0)
    queries = torch.randn(8, 20, 1, 64, generator=draw, device=DEVICE)
    keys, values = (torch.randn(8, 20, 1500, 64, generator=draw, device=DEVICE) for _ in range(2))
    counts = torch.full((8, 1), 1500, device=DEVICE)
    (narrow_keys, of_keys), (narrow_values, of_values) = narrowed(keys), narrowed(values)
    found = attention_reference(queries * of_keys, narrow_keys, narrow_values, counts) * of_values
    error = (found - attention_reference(queries, keys, values, counts)).abs()
    return float(error.max()), float(error.mean())


@torch.inference_mode()
def states_errors(config: AsrConfig, depths: Sequence[int] = (1, 8, 32)) -> dict[int, float]:
    """Relative error of the encoder states after so many of large-v3-turbo's layers, weights drawn as transformers
    draws them; 5 s of normally distributed numbers."""
    torch.manual_seed(0)
    placed, shape = place(config), Dimensions(128, 1280, 20, 20, max(depths), 0, 5120, 5120, 1500, 448, 51866)
    with torch.device(placed.device):
        encoder = Encoder(shape)
        for name, weight in encoder.named_parameters():
            if "norm" not in name:
                weight.normal_(std=0.02) if weight.dim() > 1 else weight.zero_()
        mels = torch.randn(1, shape.mels, 500).to(placed.dtype)
    layers, states = encoder.to(placed.dtype).layers, []
    for product in (None, operations(shape, placed).float8_linear):
        narrow(encoder, product)
        for depth in depths:
            encoder.layers = layers[:depth]
            states.append(encoder(mels).float())
        encoder.layers = layers
    pairs = zip(depths, states, states[len(depths) :], strict=False)
    return {depth: round(float((found - wide).norm() / wide.norm()), 4) for depth, wide, found in pairs}


if __name__ == "__main__":
    main()
