"""A call as a Word document: facts, analysis, transcript. Made by python-docx, of redacted text only."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.analysis_types import Analysis
from engine.reports.extra import missing_extra
from engine.reports.findings import answer_text, moods, sections, step_mark, verdicts
from engine.reports.labels import clock, file_name, language_name, one_line, speaker_names
from engine.result_types import CallResult, ResultUtterance

if TYPE_CHECKING:
    from docx.document import Document

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_STEP = {"yes": "Met", "no": "Missed", "open": "Not clear"}


def render_docx(result: CallResult) -> bytes:
    """The document. Raises ConfigurationError where the `reports` extra is not installed."""
    try:
        from docx import Document
    except ImportError:
        raise missing_extra("python-docx") from None
    document = Document()
    document.core_properties.title = _text(result.call_id)
    document.core_properties.author = "Call Engine"
    document.add_heading(_text(result.call_id), 0)
    _table(document, _facts(result))
    if result.analysis:
        _write_analysis(document, result.analysis, result)
    _list(document, "Problems", [f"{each.stage}, {each.type}: {each.message}" for each in result.errors])
    document.add_heading("Transcript", 1)
    _write_transcript(document, result)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _facts(result: CallResult) -> list[tuple[str, str]]:
    analysis, name, language = result.analysis, file_name(result), language_name(result.language)
    facts = [("Recording", name or ""), ("Status", result.status.capitalize()), ("Language", language or "")]
    if result.source.duration_s > 0:
        facts.append(("Duration", clock(result.source.duration_s)))
    if analysis:
        csat = analysis.scores.csat
        facts += [("Sentiment", (analysis.sentiment or "").capitalize())]
        facts += [("CSAT", "" if csat is None else f"{csat:.1f} of 10")]
        facts += verdicts(analysis)
    return [*((title, value) for title, value in facts if value), ("Redactions", str(len(result.redactions)))]


def _write_analysis(document: Document, analysis: Analysis, result: CallResult) -> None:
    if analysis.summary:
        document.add_heading("Summary", 1)
        document.add_paragraph(_text(analysis.summary))
    for section in sections(analysis):
        _list(
            document,
            section.title,
            [f"{each.text} ({each.detail})" if each.detail else each.text for each in section.findings],
        )
    for title, words in (("Topics", analysis.topics), ("Tags", analysis.tags), ("Categories", analysis.categories)):
        _list(document, title, [", ".join(words)] if words else [])
    names = speaker_names(result)
    known = [mood for mood in moods(analysis) if mood.attitude]
    _list(document, "Attitudes", [f"{names.get(mood.speaker, mood.speaker)}: {mood.attitude}" for mood in known])
    for checklist in analysis.checklists:
        document.add_heading(_text(_scored(checklist.title, checklist.score)), 1)
        _table(document, [(answer.title, answer_text(answer)) for answer in checklist.answers])
    for script in analysis.scripts:
        document.add_heading(_text(_scored(script.title, script.score and script.score / 100)), 1)
        _table(document, [(step.title, _STEP[step_mark(step)]) for step in script.steps])


def _scored(title: str, score: float | None) -> str:
    return title if score is None else f"{title}: {score:.0%}"


def _write_transcript(document: Document, result: CallResult) -> None:
    names = speaker_names(result)
    for utterance in result.utterances:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{_heading(utterance, names)}: ").bold = True
        paragraph.add_run(_text(utterance.text))
    if not result.utterances:
        document.add_paragraph("No speech.")


def _heading(utterance: ResultUtterance, names: dict[str, str]) -> str:
    at = f"{clock(utterance.start_s, decimals=1)} " if utterance.start_s is not None else ""
    return _text(f"{at}{names[utterance.speaker]}")


def _list(document: Document, title: str, items: Iterable[str]) -> None:
    for number, item in enumerate(items):
        if number == 0:
            document.add_heading(title, 2)
        document.add_paragraph(_text(item), style="List Bullet")


def _table(document: Document, rows: Iterable[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2, style="Light List Accent 1")
    for title, value in rows:
        for cell, text in zip(table.add_row().cells, (title, value), strict=True):
            cell.text = _text(text)


def _text(text: str) -> str:
    """What XML can hold: no control characters, no halves of surrogate pairs."""
    return _NOT_XML.sub("?", one_line(text))
