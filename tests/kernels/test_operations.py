"""The kernels in their place: rounds of decoding and word times are those of plain torch."""

from __future__ import annotations

import pytest
import torch
from engine_kernels.alignment import warped_attention
from engine_kernels.attention import attention
from engine_kernels.sampling import greedy

from engine.asr.whisper.device import Placement, Queues
from engine.asr.whisper.model import Dimensions, Whisper
from engine.asr.whisper.operations import Operations
from engine.asr.whisper.rules import TokenIds
from engine.asr.whisper.runner import Ended, Prompt, Runner
from engine.asr.whisper.sequences import Start

IDS = TokenIds(6, no_speech=8, no_timestamps=9, first_timestamp=10, suppressed=(2,), not_first=(0, 6))
PROMPT = Prompt([7, 9], 0)


@torch.inference_mode()
def written(operations, device, float8=False):
    """What two of three slots write, the second of them with a window of half the length."""
    torch.manual_seed(0)
    model = Whisper(Dimensions(8, 32, 2, 2, 1, 2, 64, 64, 20, 64, 90))
    for weight in model.parameters():
        weight.normal_(std=0.3)
    placement = Placement(device, torch.float32, encoder_batch=2, encoder_step=2, steps=3, float8=float8)
    runner = Runner(model.to(device), placement, IDS, [(0, 1), (1, 0)], False, 20, 3, operations, Queues())
    for slot, frames in ((0, 40), (2, 20)):
        mels = torch.randn(1, 8, frames, generator=torch.Generator().manual_seed(slot))
        runner.begin(runner.encode(lambda mels=mels: mels, [slot]), [PROMPT], [slot])
        runner.start(slot, Start(2, 10, 0.0, 0))
    for _ in range(4):
        runner.decode(3, 12, warm=False)
    assert runner.look().finished() == [True, True, True]
    return runner.written([Ended(0, PROMPT, 20), Ended(2, PROMPT, 10)])


@pytest.mark.parametrize("float8", [False, True])
def test_a_runner_with_kernels_writes_what_one_without_writes(device, float8):
    fused = written(Operations(attention, greedy, warped_attention), device, float8)
    plain = written(Operations(), device, float8)
    for one, other in zip(fused, plain, strict=True):
        assert one.tokens == other.tokens and one.frames == other.frames and len(one.tokens) > 3
        assert abs(one.log_probability - other.log_probability) < 1e-3
