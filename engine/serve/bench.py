"""`call-engine bench`: the demo calls, repeated, through the whole engine; peers are compared in benchmarks/."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from engine.config_types import EngineConfig
from engine.engine import Engine
from engine.telemetry import rtfx


def bench(config: EngineConfig, calls: int) -> int:
    """Print calls, audio, wall time, RTFx, the mean seconds of every stage, and how busy the device thread was."""
    bundled = Path(__file__).parent.parent / "bundled" / "calls"
    recordings = sorted(path for path in bundled.iterdir() if path.suffix in (".flac", ".wav"))
    with Engine(config) as engine:
        engine.process(recordings[0])  # warm-up: lazy imports, first inference
        engine.utilisation.lap()
        started = time.perf_counter()
        results = list(engine.process_many(itertools.islice(itertools.cycle(recordings), calls)))
        wall_s, lap = time.perf_counter() - started, engine.utilisation.lap()
    audio_s = sum(result.source.duration_s for result in results)
    print(f"{engine.models.asr}: {len(results)} calls, {audio_s:.0f} s of audio in {wall_s:.2f} s, "
          f"RTFx {rtfx(audio_s, wall_s):.1f}")  # fmt: skip
    for stage in results[0].timings:
        mean_s = sum(result.timings.get(stage, 0.0) for result in results) / len(results)
        print(f"  {stage:12} {mean_s:8.3f} s a call (waiting for the device included)")
    print("\n".join(lap.lines()))
    return int(any(result.status == "failed" for result in results))
