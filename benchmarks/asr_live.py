"""Live calls: every stream asks for its last 5 s once a second; how long after a window's end do its words come?"""

from __future__ import annotations

import argparse
import heapq
import time
from pathlib import Path

import numpy as np
from asr_parts import noise_task
from ceilings import DEVICE_NAME
from common import write_row

from engine.asr import WindowTask
from engine.asr.recognizer import load_recognizer
from engine.config_types import AsrConfig

WINDOW_S, EVERY_S = 5.0, 1.0


def live(options: argparse.Namespace, model: Path, config: AsrConfig) -> None:
    """A row of the latency: --live streams for --seconds, their windows spread over the second; padded to 30 s as the
    model wants them. The first second, in which the device warms up, does not count."""
    recognizer = load_recognizer(config, model)
    samples = noise_task(0, WINDOW_S).samples
    started = time.monotonic() + 0.1
    due = [(started + EVERY_S * stream / options.live, stream) for stream in range(options.live)]
    ended: dict[int, float] = {}  # of the windows on their way, by the id of their task
    tasks: dict[int, WindowTask] = {}
    latencies_s: list[float] = []
    while due or ended:
        while due and due[0][0] <= time.monotonic() and recognizer.capacity:
            at, stream = heapq.heappop(due)
            task = WindowTask(samples, "en", deadline_s=at + EVERY_S)
            ended[id(task)], tasks[id(task)] = at, task
            recognizer.submit([task])
            if at + EVERY_S < started + options.seconds:
                heapq.heappush(due, (at + EVERY_S, stream))
        if not ended:
            time.sleep(max(0.0, min(0.001, due[0][0] - time.monotonic())))
            continue
        for task, found in recognizer.step():
            if found.error:
                raise found.error
            end = ended.pop(id(task))
            if end >= started + EVERY_S:
                latencies_s.append(time.monotonic() - end)
            del tasks[id(task)]
    p50, p95, worst = (1e3 * np.quantile(latencies_s, share) for share in (0.5, 0.95, 1.0))
    write_row(
        "bench_asr_live",
        {
            "shape": options.shape,
            "compute_type": options.compute_type,
            "device": DEVICE_NAME,
            "streams": options.live,
            "seconds": options.seconds,
            "tokens": options.tokens,
            "windows": len(latencies_s),
            "p50_ms": round(p50),
            "p95_ms": round(p95),
            "max_ms": round(worst),
        },
    )
