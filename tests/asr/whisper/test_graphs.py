"""Which rounds are recorded and replayed, what a failed recording costs, and that a step never asks the device."""

from __future__ import annotations

import logging

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from engine.asr.whisper.device import Placement, Queues
from engine.asr.whisper.graphs import CudaRecorder, Graphs, Record, Shape, sizes, smallest
from engine.asr.whisper.model import Dimensions, Whisper
from engine.asr.whisper.operations import Operations, attended
from engine.asr.whisper.rules import TokenIds
from engine.asr.whisper.runner import Runner
from engine.asr.whisper.sequences import Start

SMALL, LARGE = Shape(1, 64, False), Shape(4, 64, False)


class Recorder:
    """Stands for CUDA: recording launches nothing, replaying does. `fails_at`: the recording that fails."""

    def __init__(self, fails_at: int = 0) -> None:
        self.recorded, self._fails_at = 0, fails_at

    def __call__(self, work):
        self.recorded += 1
        if self.recorded == self._fails_at:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return work


@given(st.integers(1, 600), st.data())
def test_a_round_takes_the_smallest_count_that_holds_its_slots(slots, data):
    counts = sizes(slots, recorded=True)
    wanted = data.draw(st.integers(1, slots))
    taken = smallest(wanted, counts)
    assert smallest(wanted, sizes(slots, recorded=False)) == wanted
    assert wanted <= taken <= min(slots, 2 * wanted - 1)
    assert list(counts) == sorted(set(counts)) and len(counts) <= slots.bit_length() + 1


def test_every_round_is_run_once_whether_recorded_or_not():
    done, recorder = [], Recorder()
    graphs = Graphs(done.append, recorder)
    for shape in (SMALL, LARGE, SMALL, SMALL, LARGE):
        graphs.run(shape)
    assert done == [SMALL, LARGE, SMALL, SMALL, LARGE]
    assert recorder.recorded == 2


def test_a_recording_that_fails_is_said_once_and_loses_no_round(caplog):
    done, recorder = [], Recorder(fails_at=2)
    graphs = Graphs(done.append, recorder)
    with caplog.at_level(logging.WARNING):
        for shape in (SMALL, LARGE, SMALL, LARGE, Shape(8, 64, False)):
            graphs.run(shape)
    assert len(done) == 5 and recorder.recorded == 2
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "decoding goes on without CUDA graphs, slower"
    ]


def test_a_fault_of_the_round_itself_is_not_hidden():
    def broken(shape):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        Graphs(broken, Recorder()).run(SMALL)


def test_warming_up_records_only_where_there_is_a_recorder():
    done = []
    Graphs(done.append, None).warm_up(iter([SMALL, LARGE]))
    assert done == []
    Graphs(done.append, Recorder()).warm_up(iter([SMALL, LARGE]))
    assert done == [SMALL, LARGE]


@pytest.mark.parametrize(
    ("attend", "lengths"),
    [(attended, (64, 128, 256, 448)), (lambda *_: None, (448,))],
    ids=["plain torch", "a kernel that reads what counts"],
)
def test_few_shapes_are_recorded_before_there_is_work(attend, lengths, monkeypatch):
    """Of 512 slots over 448 tokens: 10 with the kernel, 40 without it instead of 70."""
    monkeypatch.setattr(Runner, "_round", lambda *_: None)
    recorder = Recorder()
    runner = _runner(torch.device("cpu"), slots=512, tokens=448, operations=Operations(attend), record=recorder)
    runner.warm_up()
    assert recorder.recorded == 10 * len(lengths) and runner._lengths == lengths
    for slots, longest in ((1, 1), (300, 65), (512, 448), (512, 470)):
        runner.decode(slots, longest, warm=False)
    assert recorder.recorded == 10 * len(lengths)


def _runner(
    device: torch.device,
    timestamps: bool = False,
    slots: int = 3,
    tokens: int = 64,
    operations: Operations | None = None,
    record: Record | None = None,
) -> Runner:
    with torch.device(device):
        model = Whisper(Dimensions(8, 32, 2, 2, 1, 2, 64, 64, 20, tokens, 90))
    placement = Placement(device, torch.float32, encoder_batch=2, encoder_step=2, steps=2)
    ids = TokenIds(6, no_speech=8, no_timestamps=9, first_timestamp=10, suppressed=(2,), not_first=(0, 6))
    return Runner(
        model, placement, ids, [(0, 1), (1, 0)], timestamps, 20, slots, operations or Operations(), Queues(record)
    )


@pytest.mark.parametrize(("timestamps", "warm"), [(False, False), (True, True)])
def test_a_step_never_asks_the_device(timestamps, warm):
    """On a card that is not there: shapes and devices are real, numbers are none. Fake tensors refuse to become
    numbers, and refuse tensors of the host among those of the device."""
    with FakeTensorMode(), torch.inference_mode():
        runner = _runner(torch.device("cuda"), timestamps)
        runner.decode(3, 30, warm)
        look = runner.look()
        with pytest.raises(DataDependentOutputException):
            look.finished()


def test_a_look_is_of_its_moment():
    """What ends behind it is not in it, also where no copy to another device is made."""
    runner = _runner(torch.device("cpu"))
    runner.start(1, Start(2, 10, 0.0, 0))
    look = runner.look()
    runner.stop(1)
    assert look.finished() == [True, False, True] and runner.look().finished() == [True, True, True]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_card_replays_what_it_recorded():
    done = torch.zeros(2, device="cuda")

    def step(shape):
        done[: shape.slots] += 1

    graphs = Graphs(step, CudaRecorder(done.device))
    for shape in (SMALL, SMALL, Shape(2, 64, False), SMALL):
        graphs.run(shape)
    assert done.tolist() == [4, 1]
