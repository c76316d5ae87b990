"""Diarization errors of the backend without models against references, by pyannote.metrics."""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import write_row
from long_calls import CALLS, Tiled, references

from engine.audio import decode
from engine.config_types import AudioConfig, DiarizationConfig, VadConfig
from engine.diarization import load_diarizer
from engine.types import SAMPLE_RATE, Audio, SourceInfo, Turn
from engine.vad import load_detector


def measure_error(options: argparse.Namespace) -> None:
    from pyannote.metrics.diarization import DiarizationErrorRate

    data: Path | None = options.data
    sets = {"demo calls, one channel": list(_demo_calls())}
    if data:
        sets[data.name] = list(_recordings(data))
    for fold in ("development", "test") if options.synthetic else ():
        sets[f"synthetic, {fold}"] = list(_synthetic(fold, options.synthetic))
    for name, recordings in sets.items():
        for given in (False, True):
            started = time.perf_counter()
            found = [
                (reference, _hypothesis(audio, len(reference.labels()) * given)) for audio, reference in recordings
            ]
            for collar, skip_overlap in itertools.product((0.0, 0.25), (False, True)):
                metric = DiarizationErrorRate(collar=2 * collar, skip_overlap=skip_overlap)  # it means both sides of it
                for reference, hypothesis in found:
                    metric(reference, hypothesis, uem=_extent(reference, hypothesis))
                counted = metric[:]
                write_row(
                    "diarization_error",
                    {
                        "set": name,
                        "backend": "clustering",
                        "speakers": "given" if given else "estimated",
                        "collar_s": collar,
                        "overlap": "left out" if skip_overlap else "counted",
                        "reference_s": round(counted["total"], 1),
                        "missed": round(counted["missed detection"] / counted["total"], 4),
                        "false_alarm": round(counted["false alarm"] / counted["total"], 4),
                        "confusion": round(counted["confusion"] / counted["total"], 4),
                        "der": round(abs(metric), 4),
                        "wall_s": round(time.perf_counter() - started, 2),
                    },
                )


def _hypothesis(audio: Audio, speakers: int) -> Any:
    regions = load_detector(VadConfig(), 30.0).detect(audio).regions
    return _annotation(load_diarizer(DiarizationConfig(speakers=speakers)).diarize(audio, regions))


def _annotation(turns: Any) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for number, turn in enumerate(turns):
        annotation[Segment(turn.start_s, turn.end_s), number] = turn.speaker
    return annotation


def _extent(reference: Any, hypothesis: Any) -> Any:
    from pyannote.core import Segment, Timeline

    return Timeline([Segment(0.0, max(each.get_timeline().extent().end for each in (reference, hypothesis)))])


def _demo_calls() -> Iterator[tuple[Audio, Any]]:
    """Every demo call as a mono recording, with who says its words."""
    for reference in references():
        call = decode(CALLS / reference["audio"], AudioConfig())
        mixed = call.pcm.read(0, call.n_samples).astype(np.int32).sum(axis=0).astype(np.int16)
        turns = [Turn(said["speaker"], said["start_s"], said["end_s"]) for said in reference["utterances"]]
        yield Audio(Tiled(mixed, len(mixed), 0), call.source), _annotation(turns)


def _synthetic(fold: Any, count: int) -> Iterator[tuple[Audio, Any]]:
    from synthetic_dialogues import synthetic_dialogues

    for dialogue in synthetic_dialogues(fold, count):
        samples = (dialogue.samples * 32768).astype(np.int16)
        source = SourceInfo(None, "", "array", "pcm", 1, SAMPLE_RATE, len(samples) / SAMPLE_RATE)
        yield Audio(Tiled(samples, len(samples), 0), source), _annotation(dialogue.reference)


def _recordings(folder: Path) -> Iterator[tuple[Audio, Any]]:
    lines = [line.split() for line in (folder / "reference.rttm").read_text("utf-8").splitlines()]
    for name, of_recording in itertools.groupby(lines, key=lambda line: line[1]):
        turns = [Turn(line[7], float(line[3]), float(line[3]) + float(line[4])) for line in of_recording]
        yield decode(folder / f"{name}.flac", AudioConfig()), _annotation(turns)
