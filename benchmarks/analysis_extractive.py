"""The part "extractive" of bench_analysis: quality against labelled dialogues, and speed on one core."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import time
from collections.abc import Iterator, Sequence

from common import ROOT
from dialogues import Dialogue, read_dialogues

from engine.analysis.checklists import load_checklist
from engine.analysis.extractive import ExtractiveAnalyzer
from engine.analysis_types import ActionItem, Analysis
from engine.types import Language, RedactedTranscript, RedactedUtterance

CALL_UTTERANCES = 60
SPEED_CALLS = 100
SPEED_ROUNDS = 5

Row = tuple[str, str, str, float, int]


def rows(options: argparse.Namespace) -> Iterator[Row]:  # noqa: ARG001
    checklist = load_checklist("service-quality")
    analyzer = ExtractiveAnalyzer((checklist,))
    yield from _demo_rows(analyzer)
    for name in ("development", "blind"):
        dialogues = read_dialogues(name)
        yield from _quality_rows(name, analyzer, dialogues)
        english = [each for each in dialogues if each.transcript.language.code == "en"]
        yield from _quality_rows(f"{name}, English", analyzer, english)
    yield from _speed_rows(analyzer)


def _analyzed(analyzer: ExtractiveAnalyzer, transcript: RedactedTranscript) -> Analysis:
    analysis = analyzer.analyze("call", transcript).analysis
    if analysis is None:
        raise SystemExit("the extractive backend gave no analysis")
    return analysis


# --- quality ----------------------------------------------------------------------------------------------------------


def _quality_rows(name: str, analyzer: ExtractiveAnalyzer, dialogues: Sequence[Dialogue]) -> Iterator[Row]:
    pairs = [(dialogue, _analyzed(analyzer, dialogue.transcript)) for dialogue in dialogues]
    answers = [hit for dialogue, analysis in pairs for hit in _answers(dialogue, analysis)]
    yield _share(name, "checklist answers right", [value for value, _ in answers])
    yield _share(name, "checklist answers right, with evidence", [value and proof for value, proof in answers])
    yield _share(name, "sentiment right", [analysis.sentiment == each.sentiment for each, analysis in pairs])
    judged = [(each, analysis) for each, analysis in pairs if analysis.resolution is not None]
    yield _share(name, "resolution right", [analysis.resolution == each.resolution for each, analysis in judged])
    yield _share(name, "resolution given", [analysis.resolution is not None for _, analysis in pairs])
    yield from _item_rows(name, pairs)
    wanted = {(each.id, risk) for each, _ in pairs for risk in each.risks}
    found = {(each.id, risk.kind) for each, analysis in pairs for risk in analysis.risks}
    yield from _f1(name, "risks", len(wanted & found), len(found), len(wanted))


def _answers(dialogue: Dialogue, analysis: Analysis) -> Iterator[tuple[bool, bool]]:
    """For each question: is the value right, and is a yes proven by an utterance that the label names?"""
    for answer in analysis.checklists[0].answers:
        wanted = dialogue.answers.get(answer.question_id, ())
        yield answer.value is bool(wanted), not wanted or bool(set(answer.evidence) & set(wanted))


def _item_rows(name: str, pairs: Sequence[tuple[Dialogue, Analysis]]) -> Iterator[Row]:
    """Precision, recall and F1 of action items by utterance, kind and doer; and of times among those found."""
    wanted, found, hits, times = 0, 0, 0, []
    for dialogue, analysis in pairs:
        free = list(analysis.action_items)
        wanted, found = wanted + len(dialogue.items), found + len(free)
        for item in dialogue.items:
            key = (item.utterance, item.kind, item.who)
            match = next((each for each in free if (each.evidence[0], each.kind, each.who) == key), None)
            if match:
                free.remove(match)
                hits += 1
                times.append(_same_time(match, item.due))
    yield from _f1(name, "action items", hits, found, wanted)
    yield _share(name, "times of the items found right", times)


def _same_time(item: ActionItem, due: str) -> bool:
    return (item.due or "").casefold() == due.casefold()


def _share(name: str, metric: str, hits: Sequence[bool]) -> Row:
    return ("extractive", name, metric, sum(hits) / max(len(hits), 1), len(hits))


def _f1(name: str, what: str, right: int, found: int, wanted: int) -> Iterator[Row]:
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    for metric, value in (("precision", precision), ("recall", recall), ("F1", f1)):
        yield ("extractive", name, f"{what}: {metric}", value, wanted)


def _demo_rows(analyzer: ExtractiveAnalyzer) -> Iterator[Row]:
    """Checklist answers of the bundled calls against their references."""
    hits = []
    for path in sorted((ROOT / "engine/bundled/calls").glob("*.reference.json")):
        reference = json.loads(path.read_text(encoding="utf-8"))
        said = tuple(
            RedactedUtterance(index, each["speaker"], each["role"], each["start_s"], each["end_s"], each["text"])
            for index, each in enumerate(reference["utterances"])
        )
        analysis = _analyzed(analyzer, RedactedTranscript(Language(reference["language"], 1.0), (), said))
        wanted = reference["checklists"]["service-quality"]
        hits += [answer.value == wanted[answer.question_id] for answer in analysis.checklists[0].answers]
    yield _share("demo calls", "checklist answers right", hits)


# --- speed ------------------------------------------------------------------------------------------------------------


def _speed_rows(analyzer: ExtractiveAnalyzer) -> Iterator[Row]:
    """Calls of 60 utterances a second of one core's time, in English: median and best of the rounds."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    calls = _long_calls()
    analyzer.analyze("warm-up", calls[0])
    rates = sorted(len(calls) / _seconds(analyzer, calls) for _ in range(SPEED_ROUNDS))
    yield (
        "extractive",
        f"calls of {CALL_UTTERANCES} utterances",
        "calls/s, median",
        rates[len(rates) // 2],
        len(calls),
    )
    yield ("extractive", f"calls of {CALL_UTTERANCES} utterances", "calls/s, best", rates[-1], len(calls))


def _seconds(analyzer: ExtractiveAnalyzer, calls: Sequence[RedactedTranscript]) -> float:
    """Processor seconds, so that what else runs on the machine does not count."""
    started = time.process_time()
    for call in calls:
        analyzer.analyze("call", call)
    return time.process_time() - started


def _long_calls() -> list[RedactedTranscript]:
    """Calls put together from the English dialogues, each from another point on."""
    dialogues = [each for name in ("development", "blind") for each in read_dialogues(name)]
    spoken = [
        each
        for dialogue in dialogues
        if dialogue.transcript.language.code == "en"
        for each in dialogue.transcript.utterances
    ]
    return [
        RedactedTranscript(Language("en", 1.0), dialogues[0].transcript.speakers, _run(spoken, 7 * number))
        for number in range(SPEED_CALLS)
    ]


def _run(spoken: Sequence[RedactedUtterance], start: int) -> tuple[RedactedUtterance, ...]:
    picked = (spoken[(start + index) % len(spoken)] for index in range(CALL_UTTERANCES))
    return tuple(
        dataclasses.replace(each, index=index, start_s=5.0 * index, end_s=5.0 * index + 4)
        for index, each in enumerate(picked)
    )
