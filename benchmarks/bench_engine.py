"""The whole engine beside faster-whisper's two pipelines: same calls, same model, same machine, same run.

The engine does all eight hops (speakers, redaction, analysis); the peers transcribe with VAD and word times only.
usage: python benchmarks/bench_engine.py [--calls 20] [--repeats 3]
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path

from accuracy import (
    TimedWord,
    cp_word_error_rate,
    plain,
    reference_words,
    result_words,
    speaker_error,
    time_error,
    word_error_rate,
)
from common import timed, write_row

import engine
from engine.asr import load_recognizer
from engine.audio import decode
from engine.batching import Batcher
from engine.config import load_profile, replace
from engine.config_types import EngineConfig
from engine.engine import Engine
from engine.models import bundled_model
from engine.result_types import CallResult
from engine.transcription import window_task
from engine.vad import load_detector

CALLS = Path(engine.__file__).parent / "bundled" / "calls"
# What a peer's user would set for a model of short windows; without it its word error rate is several times higher.
PEER_VAD = {"min_silence_duration_ms": 500, "speech_pad_ms": 200, "max_speech_duration_s": 7.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    references = [json.loads(path.read_text("utf-8")) for path in sorted(CALLS.glob("*.reference.json"))]
    names = [reference["audio"] for reference in itertools.islice(itertools.cycle(references), options.calls)]
    paths = [CALLS / name for name in names]
    audio_s = sum(next(r["duration_s"] for r in references if r["audio"] == name) for name in names)
    said = [reference_words(reference) for reference in references]
    demo = [CALLS / reference["audio"] for reference in references]

    systems = {**_engine_systems(paths), **_peer_systems(paths)}
    for name, (run, hear) in systems.items():
        heard = [hear(path) for path in demo] if hear else []  # also the warm-up
        median_s, min_s, max_s = timed(run, options.repeats, warm_up=run if not hear else lambda: None)
        write_row(
            "bench_engine",
            {
                "system": name,
                "calls": options.calls,
                "audio_s": round(audio_s, 1),
                "wall_s": round(median_s, 3),
                "wall_min_s": round(min_s, 3),
                "wall_max_s": round(max_s, 3),
                "rtfx": round(audio_s / median_s, 1),
                **_accuracy(said, heard),
            },
        )


System = tuple[Callable[[], object], Callable[[Path], list[TimedWord]] | None]


def _engine_systems(paths: Sequence[Path]) -> dict[str, System]:
    """The engine as users run it, and its recognizer alone over the same windows: the difference is everything else."""
    config = load_profile("demo")
    full = Engine(config)
    plain_text = Engine(replace(config, {"privacy": {"entities": ("none",)}}))
    alone = _recognition_alone(config, paths)
    return {
        "call-engine, eight hops": (
            lambda: list(full.process_many(paths)),
            lambda path: _heard(plain_text.process(path)),
        ),
        "call-engine, recognition alone": (alone, None),
    }


def _heard(result: CallResult) -> list[TimedWord]:
    return result_words(result)


def _recognition_alone(config: EngineConfig, paths: Sequence[Path]) -> Callable[[], object]:
    recognizer = load_recognizer(config.asr, bundled_model())
    detector = load_detector(config.vad, recognizer.window_s)
    windows = {
        path: [window_task(audio, window, "en") for window in detector.detect(audio).windows]
        for path, audio in ((path, decode(path, config.audio)) for path in set(paths))
    }
    batcher = Batcher(recognizer, config.queue_audio_s)
    return lambda: batcher.recognize(copy(task) for path in paths for task in windows[path])


def _peer_systems(paths: Sequence[Path]) -> dict[str, System]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(str(bundled_model()), device="cpu", compute_type="int8")
    batched = BatchedInferencePipeline(model)
    common = {
        "language": "en",
        "beam_size": 1,
        "word_timestamps": True,
        "vad_filter": True,
        "condition_on_previous_text": False,  # as in its own batched mode, and with fewer loops
    }

    def sequential(path: Path, **options: object) -> list[TimedWord]:
        return _peer_words(model.transcribe(str(path), chunk_length=7, **common, **options)[0])

    def in_batches(path: Path, **options: object) -> list[TimedWord]:
        return _peer_words(batched.transcribe(str(path), batch_size=16, **common, **options)[0])

    return {
        "faster-whisper, sequential": (
            lambda: [sequential(path, vad_parameters=PEER_VAD) for path in paths],
            lambda path: sequential(path, vad_parameters=PEER_VAD),
        ),
        "faster-whisper, batched": (
            lambda: [in_batches(path, chunk_length=7, vad_parameters=PEER_VAD) for path in paths],
            lambda path: in_batches(path, chunk_length=7, vad_parameters=PEER_VAD),
        ),
    }


def _peer_words(segments: object) -> list[TimedWord]:
    words = [word for segment in segments for word in segment.words or ()]  # type: ignore[attr-defined]
    return [TimedWord(text, word.start) for word in words for text in plain(word.word)]


def _accuracy(said: Sequence[Sequence[TimedWord]], heard: Sequence[Sequence[TimedWord]]) -> dict[str, object]:
    if not heard:
        return dict.fromkeys(("wer", "cp_wer", "speaker_error", "start_median_s", "start_p95_s"), "")
    median_s, p95_s = time_error(said, heard)
    speakers = any(word.speaker for words in heard for word in words)
    return {
        "wer": round(word_error_rate(said, heard), 4),
        "cp_wer": round(cp_word_error_rate(said, heard), 4) if speakers else "",
        "speaker_error": round(speaker_error(said, heard), 4) if speakers else "",
        "start_median_s": round(median_s, 3),
        "start_p95_s": round(p95_s, 3),
    }


if __name__ == "__main__":
    main()
