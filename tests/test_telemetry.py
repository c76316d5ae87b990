"""Where the device's time went: every second counted once, and the reason for each gap."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.asr import WindowTask
from engine.batching import Batcher
from engine.telemetry import Lap, StageTimes, Utilisation
from tests.test_batching import CountingRecognizer


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_idle_device_waits_for_the_call_that_is_nearest_to_it():
    clock = Clock()
    utilisation = Utilisation(clock)
    clock.now += 1  # no call
    with utilisation.stage("decode"):
        clock.now += 2
        with utilisation.stage("detect"), utilisation.stage("redact"):
            clock.now += 4
    with utilisation.stage("transcribe"), utilisation.stage("decode"):
        with utilisation.running():
            clock.now += 8
        clock.now += 16
    with utilisation.stage("analyze"), utilisation.stage("save"):
        clock.now += 32
    lap = utilisation.lap()
    assert lap == Lap(8.0, {"no call": 1.0, "decode": 18.0, "detect": 4.0, "analyze": 32.0})
    assert lap.wall_s == 63
    assert utilisation.lap() == Lap(0.0, {})


def test_a_lap_taken_in_the_middle_of_a_stretch_cuts_it():
    clock = Clock()
    utilisation = Utilisation(clock)
    with utilisation.running():
        clock.now += 3
        assert utilisation.lap().running_s == 3
        clock.now += 5
    assert utilisation.lap().running_s == 5


@given(st.lists(st.tuples(st.sampled_from(["decode", "detect", "diarize", ""]), st.floats(0, 100)), max_size=20))
def test_every_second_is_counted_once(stretches):
    clock = Clock()
    utilisation = Utilisation(clock)
    for stage, seconds in stretches:
        with utilisation.stage(stage) if stage else utilisation.running():
            clock.now += seconds
    assert math.isclose(utilisation.lap().wall_s, clock.now - 100, abs_tol=1e-6)


def test_a_stage_that_fails_is_left():
    clock = Clock()
    utilisation = Utilisation(clock)
    try:
        with StageTimes(utilisation).stage("decode"):
            raise RuntimeError
    except RuntimeError:
        clock.now += 1
    assert utilisation.lap().idle_s == {"no call": 1.0}


def test_the_lines_name_the_share_and_the_largest_gap_first():
    lines = Lap(3.0, {"decode": 0.25, "analyze": 0.75}).lines()
    assert lines[0] == "device thread at work 75.0% of 4.00 s"
    assert "analyze" in lines[1] and "18.8%" in lines[1]
    assert "decode" in lines[2]
    assert Lap(0.0, {}).lines() == ["device thread at work 0.0% of 0.00 s"]


def test_the_batcher_tells_when_its_recognizer_works():
    clock, entered, release = Clock(), threading.Event(), threading.Event()
    utilisation = Utilisation(clock)

    class Slow(CountingRecognizer):
        def step(self):
            entered.set()
            assert release.wait(30)
            return super().step()

    batcher = Batcher(Slow(), 60.0, utilisation)
    with ThreadPoolExecutor(1) as pool, utilisation.stage("transcribe"):
        clock.now += 1
        answer = pool.submit(batcher.recognize, [WindowTask(np.zeros(16, np.float32), "en")])
        assert entered.wait(30)
        clock.now += 10
        release.set()
        answer.result(30)
    batcher.close()
    lap = utilisation.lap()
    assert (lap.running_s, lap.idle_s["transcribe"]) == (10, 1)
