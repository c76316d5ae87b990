"""Diarization: speed beside pyannote.audio's own pipeline in the same run, the speech path, errors against references.

speed: random weights of community-1's shapes over the demo calls' speech, told end to end until a call is long enough.
  python benchmarks/bench_diarization.py speed                                            a 10-minute call, CPU
  python benchmarks/bench_diarization.py speed --device cuda --calls 32 --minutes 60      on a card; pyannote hears one
path: int16 PCM in, voice activity, the torch Whisper, word times and diarization together, on random weights.
  python benchmarks/bench_diarization.py path --device cuda --shape large-v3-turbo --calls 32 --minutes 60
  with --diarization none: what the speed of recognition is stated by
error: the backend without models on the demo calls, on recordings with an RTTM reference (--data FOLDER) and on
  synthetic dialogues (--synthetic COUNT of each fold), by pyannote.metrics without a collar and with one of 0.25 s,
  overlapped speech counted and left out.
equality: the batched pipeline beside pyannote.audio's own on one long call, on chunks of 2 s a second apart (as many as
  community-1 makes of the call) and a small LSTM, both clusterings, the speaker count estimated, bounded and given.
  python benchmarks/bench_diarization.py equality --minutes 60
"""

from __future__ import annotations

import argparse
import itertools
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import random_whisper
from common import timed, write_row
from diarization_error import measure_error
from long_calls import demo_speech, long_call, pcm, whole
from random_pyannote import build

from engine.asr import decoded
from engine.config import replace
from engine.config_types import EngineConfig
from engine.diarization.counts import SpeakerCounts
from engine.diarization.pipeline_files import local_config
from engine.diarization.pyannote import load_pyannote
from engine.engine import Engine
from engine.types import SAMPLE_RATE, Audio

COUNTS = SpeakerCounts(1, 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    speed = modes.add_parser("speed")
    speed.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    speed.add_argument("--clustering", choices=("VBxClustering", "AgglomerativeClustering"), default="VBxClustering")
    speed.add_argument("--calls", type=int, default=1)
    speed.add_argument("--minutes", type=float, default=10.0, help="of each call")
    speed.add_argument("--in-flight", type=int, default=8)
    speed.add_argument("--threads", type=int, default=0, help="of torch on the CPU; default: its own choice")
    speed.add_argument("--repeats", type=int, default=1)
    speed.add_argument("--without-pyannote", action="store_true")
    path = modes.add_parser("path")
    path.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    path.add_argument("--shape", choices=random_whisper.SHAPES, default="tiny")
    path.add_argument("--weights-in", type=Path, help="where random weights are kept for the next run")
    path.add_argument("--diarization", choices=("pyannote", "none"), default="pyannote")
    path.add_argument("--cross-cache", choices=("auto", "float8"), default="auto")
    path.add_argument("--tokens", type=int, default=110, help="of a window of 30 s")
    path.add_argument("--calls", type=int, default=1)
    path.add_argument("--minutes", type=float, default=2.0, help="of each call")
    path.add_argument("--in-flight", type=int, default=8)
    path.add_argument("--repeats", type=int, default=1)
    error = modes.add_parser("error")
    error.add_argument("--data", type=Path, help="a folder with reference.rttm and recordings named as in it")
    error.add_argument("--synthetic", type=int, default=0, help="dialogues of each fold; needs the synthesizers")
    equality = modes.add_parser("equality")
    equality.add_argument("--minutes", type=float, default=60.0)
    both = ("VBxClustering", "AgglomerativeClustering")
    equality.add_argument("--clustering", choices=both, nargs="+", default=both, help="default: one after the other")
    options = parser.parse_args()
    run = {"speed": measure_speed, "path": measure_path, "error": measure_error, "equality": measure_equality}
    run[options.mode](options)


# --- speed ------------------------------------------------------------------------------------------------------------


def measure_speed(options: argparse.Namespace) -> None:
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    speech = demo_speech()
    calls = [long_call(speech, options.minutes * 60, offset) for offset in range(options.calls)]
    warm_up = long_call(speech, 10.0, 0)
    with tempfile.TemporaryDirectory() as folder:
        directory = build(Path(folder) / "community-1", options.clustering)
        _measure(options, "call-engine", _ours(directory, options), calls, warm_up)
        if not options.without_pyannote:  # call by call, so one tells as much as all
            _measure(options, "pyannote.audio", _theirs(directory, options), calls[:1], warm_up)


def _measure(
    options: argparse.Namespace, system: str, run: Callable[[list[Audio]], object], calls: list[Audio], warm_up: Audio
) -> None:
    import torch

    on_card = options.device == "cuda"
    if on_card:
        torch.cuda.reset_peak_memory_stats()
    idle = torch.cuda.memory_allocated() if on_card else 0
    run([warm_up])
    cpu_s = time.process_time()
    median_s, min_s, max_s = timed(lambda: run(calls), options.repeats, warm_up=lambda: None)
    cpu_s = (time.process_time() - cpu_s) / options.repeats
    audio_s = sum(call.duration_s for call in calls)
    write_row(
        "bench_diarization",
        {
            "system": system,
            "device": torch.cuda.get_device_name() if on_card else "cpu",
            "threads": torch.get_num_threads(),
            "clustering": options.clustering,
            "calls": len(calls),
            "call_s": round(calls[0].duration_s, 1),
            "in_flight": options.in_flight if system == "call-engine" else 1,
            "wall_s": round(median_s, 3),
            "wall_min_s": round(min_s, 3),
            "wall_max_s": round(max_s, 3),
            "cpu_s": round(cpu_s, 2),  # what a machine that others use too cannot stretch
            "rtfx": round(audio_s / median_s, 2),
            "device_mib_beyond_models": (torch.cuda.max_memory_allocated() - idle) // 2**20 if on_card else "",
            "host_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
    )


def _ours(directory: Path, options: argparse.Namespace) -> Callable[[list[Audio]], object]:
    diarizer = load_pyannote(str(directory), options.device, COUNTS)

    def run(calls: list[Audio]) -> object:
        with ThreadPoolExecutor(options.in_flight) as pool:
            return list(pool.map(lambda call: diarizer.turns(call, 0, [], COUNTS), calls))

    return run


def _theirs(directory: Path, options: argparse.Namespace) -> Callable[[list[Audio]], object]:
    import torch
    from pyannote.audio import Pipeline

    pipeline = Pipeline.from_pretrained(local_config(directory)).to(torch.device(options.device))

    def run(calls: list[Audio]) -> object:
        files = [{"waveform": torch.from_numpy(whole(call))[None], "sample_rate": SAMPLE_RATE} for call in calls]
        return [pipeline({**file, "uri": "call"}, min_speakers=1, max_speakers=6) for file in files]

    return run


# --- the speech path --------------------------------------------------------------------------------------------------


def measure_path(options: argparse.Namespace) -> None:
    """Hops 1 to 5 of the engine: no redaction, no analysis, nothing saved."""
    import torch

    speech = demo_speech()
    calls = [pcm(long_call(speech, options.minutes * 60, number)) for number in range(options.calls)]
    decoded.MAX_TOKENS = 4 + options.tokens  # the prompt has four
    with tempfile.TemporaryDirectory() as folder:
        whisper = random_whisper.build(options.shape, (options.weights_in or Path(folder)) / options.shape, False)
        asr = {"backend": "torch", "model": str(whisper), "device": options.device, "language": "en"}
        asr |= {"cross_cache": options.cross_cache, "batch_size": 32}
        diarization = {"backend": options.diarization, "device": options.device}
        if options.diarization == "pyannote":
            diarization["model"] = str(build(Path(folder) / "community-1"))
        changes = {
            "calls_in_flight": options.in_flight,
            "queue_audio_s": 7200.0,
            "asr": {**asr, "temperatures": (0.0,), "no_speech_threshold": 1.0, "compression_ratio_threshold": 1e9},
            "vad": {"device": options.device},
            "diarization": diarization,
            "privacy": {"entities": ("none",), "model": "none"},
            "analysis": {"backend": "none"},
        }
        with Engine(replace(EngineConfig(), changes)) as all_hops:

            def run(calls: list[np.ndarray]) -> None:
                failed = [result.errors for result in all_hops.process_many(calls) if result.status != "completed"]
                if failed:
                    raise SystemExit(f"a call failed: {failed[0]}")

            median_s, min_s, max_s = timed(
                lambda: run(calls), options.repeats, warm_up=lambda: run([calls[0][: 30 * SAMPLE_RATE]])
            )
    write_row(
        "bench_speech_path",
        {
            "shape": options.shape,
            "cross_cache": options.cross_cache,
            "diarization": options.diarization,
            "device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu",
            "calls": options.calls,
            "call_s": options.minutes * 60,
            "in_flight": options.in_flight,
            "tokens": options.tokens,
            "wall_s": round(median_s, 3),
            "wall_min_s": round(min_s, 3),
            "wall_max_s": round(max_s, 3),
            "rtfx": round(options.calls * options.minutes * 60 / median_s, 1),
        },
    )


# --- equality ---------------------------------------------------------------------------------------------------------


def measure_equality(options: argparse.Namespace) -> None:
    from pyannote_equality import Theirs, difference

    call = long_call(demo_speech(), options.minutes * 60, 0)
    counts = [COUNTS, SpeakerCounts(2, 4), SpeakerCounts(2, 2)]
    for clustering in options.clustering:
        with tempfile.TemporaryDirectory() as folder:
            small = {"hidden_size": 16, "num_layers": 1}
            directory = build(Path(folder) / "small", clustering, chunk_s=2.0, step=0.5, lstm=small)
            ours, theirs = load_pyannote(str(directory), "cpu", COUNTS), Theirs(directory)
            found = difference(ours, theirs, call, counts)
        pairs = list(zip(itertools.chain(*found.found), itertools.chain(*found.expected), strict=False))
        lengths = [[len(each) for each in tracks] for tracks in (found.found, found.expected)]
        write_row(
            "diarization_equality",
            {
                "clustering": clustering,
                "call_s": round(call.duration_s, 1),
                "counts": " ".join(f"{each.least}-{each.most}" for each in counts),
                "turns": sum(lengths[1]),
                "same_segmentation": found.scores,
                "embeddings_apart": f"{found.embeddings:.1e}",
                "same_labels": lengths[0] == lengths[1] and all(one[0] == other[0] for one, other in pairs),
                "times_apart_s": max(
                    (abs(a - b) for one, other in pairs for a, b in zip(one[1:], other[1:], strict=True)), default=0.0
                ),
                "speakers": max((len({track[0] for track in each}) for each in found.expected), default=0),
            },
        )


if __name__ == "__main__":
    main()
