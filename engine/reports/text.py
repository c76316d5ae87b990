"""The call as plain text: a header with the summary, then one line an utterance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.analysis_types import Analysis
from engine.reports.findings import Finding, sections, verdicts
from engine.reports.labels import clock, file_name, language_name, one_line
from engine.result_types import CallResult, ResultUtterance


def render_txt(result: CallResult) -> str:
    """`[00:01.2] Agent (S1): text` lines under a header; a chat has no times. Redacted text only."""
    paragraphs = [
        [one_line(result.call_id), *_facts(result)],
        *(_analysis(result.analysis) if result.analysis else ()),
        _section("Errors", (f"{error.stage}, {error.type}: {error.message}" for error in result.errors)),
        [_line(utterance) for utterance in result.utterances] or ["No speech."],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _facts(result: CallResult) -> Iterator[str]:
    name, language = file_name(result), language_name(result.language)
    if name:
        yield f"Recording: {one_line(name)}"
    if result.source.duration_s > 0:
        yield f"Duration: {clock(result.source.duration_s)}"
    if language:
        yield f"Language: {language}"
    yield f"Status: {result.status}"
    if result.redactions:
        yield f"Redactions: {len(result.redactions)}"


def _analysis(analysis: Analysis) -> Iterator[list[str]]:
    csat = analysis.scores.csat
    yield [
        *([f"Sentiment: {analysis.sentiment}"] if analysis.sentiment else []),
        *([f"CSAT: {csat:.1f} of 10"] if csat is not None else []),
        *(f"{title}: {text}" for title, text in verdicts(analysis)),
    ]
    yield _section("Summary", [analysis.summary] if analysis.summary else [], bullet="")
    for section in sections(analysis):
        yield _section(section.title, map(_finding, section.findings))
    yield _section("Topics", [", ".join(analysis.topics)] if analysis.topics else [], bullet="")
    scored = (f"{each.title}: {each.score:.0%}" for each in analysis.checklists if each.score is not None)
    yield _section("Checklists", scored)
    aligned = (f"{each.title}: {each.score:.0f}%" for each in analysis.scripts if each.score is not None)
    yield _section("Scripts", aligned)


def _finding(finding: Finding) -> str:
    return f"{finding.text} ({finding.detail})" if finding.detail else finding.text


def _section(title: str, items: Iterable[str], bullet: str = "- ") -> list[str]:
    lines = [bullet + one_line(item) for item in items]
    return [f"{title}:", *lines] if lines else []


def _line(utterance: ResultUtterance) -> str:
    time = f"[{clock(utterance.start_s, decimals=1)}] " if utterance.start_s is not None else ""
    role = f"{utterance.role.capitalize()} ({one_line(utterance.speaker)})"
    return f"{time}{one_line(utterance.speaker) if utterance.role == 'unknown' else role}: {one_line(utterance.text)}"
