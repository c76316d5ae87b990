"""The batched network gives what the shipped graph's equations give, whatever rows and blocks it is fed in."""

import numpy as np
import pytest
import torch
from engine_kernels.silero import FRAME_SAMPLES, Silero, State, speech_reference

from engine.vad.silero_graph import dense_weights, shipped_weights

CPU = torch.device("cpu")


def tensors(weights):
    return {name: torch.tensor(array) for name, array in weights.items() if array.dtype == np.float32}


@pytest.fixture(scope="module")
def shipped():
    return tensors(shipped_weights())


@pytest.fixture(scope="module")
def network():
    return Silero(tensors(dense_weights()))


def noise(rows: int, frames: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(rows + frames)
    loudness = torch.rand(rows, frames, 1, generator=draw) ** 3 * 8000
    samples = torch.randn(rows, frames, FRAME_SAMPLES, generator=draw) * loudness
    return samples.clamp(-32768, 32767).short().flatten(1)


@pytest.mark.parametrize(("rows", "frames"), [(1, 1), (1, 63), (2, 33), (7, 20)])
def test_equals_its_reference(network, shipped, rows, frames):
    pcm = noise(rows, frames)
    found, _ = network.speech(pcm, State.start(rows, CPU))
    assert found.shape == (rows, frames)
    torch.testing.assert_close(found, speech_reference(pcm, shipped), atol=1e-4, rtol=0)


def test_samples_may_be_floats(network):
    pcm = noise(2, 9)
    ints, _ = network.speech(pcm, State.start(2, CPU))
    floats, _ = network.speech(pcm.float() / 32768, State.start(2, CPU))
    torch.testing.assert_close(ints, floats, atol=0, rtol=0)


@pytest.mark.parametrize("blocks", [(1, 1, 10), (5, 7), (12,)])
def test_state_is_carried_over_block_borders(network, blocks):
    pcm = noise(3, 12)
    whole, _ = network.speech(pcm, State.start(3, CPU))
    state, found = State.start(3, CPU), []
    for block in pcm.split([frames * FRAME_SAMPLES for frames in blocks], dim=1):
        speech, state = network.speech(block, state)
        found.append(speech)
    torch.testing.assert_close(torch.cat(found, dim=1), whole, atol=1e-5, rtol=0)


def test_rows_join_and_leave_with_their_state(network):
    """The second block of one row beside the first of two others."""
    early, late = noise(1, 8), noise(2, 4)
    first, state = network.speech(early[:, : 4 * FRAME_SAMPLES], State.start(1, CPU))
    together = torch.cat([early[:, 4 * FRAME_SAMPLES :], late])
    second, joined = network.speech(together, State.joined([state, State.start(2, CPU)]))
    alone, end = network.speech(early, State.start(1, CPU))
    torch.testing.assert_close(torch.cat([first, second[:1]], dim=1), alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(second[1:], network.speech(late, State.start(2, CPU))[0], atol=1e-5, rtol=0)
    of_early, of_late = joined.split([1, 2])
    torch.testing.assert_close(of_early.cell, end.cell, atol=1e-5, rtol=0)
    assert of_late.hidden.shape == (2, 128)


def test_no_rows(network):
    found, state = network.speech(torch.zeros(0, 3 * FRAME_SAMPLES, dtype=torch.int16), State.start(0, CPU))
    assert found.shape == (0, 3)
    assert state.context.shape == (0, 64)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_card(shipped):
    on_card = Silero({name: tensor.cuda() for name, tensor in tensors(dense_weights()).items()})
    pcm = noise(9, 63)
    found, _ = on_card.speech(pcm.cuda(), State.start(9, torch.device("cuda")))
    torch.testing.assert_close(found.cpu(), speech_reference(pcm, shipped), atol=1e-3, rtol=0)
