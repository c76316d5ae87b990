"""Hop 8: a finished call as files that people and programs read, one format a file."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from engine.errors import UnknownNameError
from engine.reports.extra import missing_extra
from engine.reports.html import render_html
from engine.reports.subtitles import render_srt, render_vtt
from engine.reports.text import render_txt
from engine.result_json import to_json
from engine.result_types import CallResult

FORMATS: tuple[str, ...] = ("json", "txt", "srt", "vtt", "html", "docx")


def render(result: CallResult, format: str, audio_mp3: bytes | None = None) -> str | bytes:
    """The call in one of FORMATS, `docx` as bytes.

    Everything but `json` is made of redacted text only, whatever `original` holds.

    `audio_mp3`, the recording with every redacted span silenced, becomes the player of the `html` page; the other
    formats have no use for it. Raises UnknownNameError on a format that is not in FORMATS, ConfigurationError where the
    extra that `docx` needs is not installed.
    """
    match format:
        case "json":
            return to_json(result)
        case "txt":
            return render_txt(result)
        case "srt":
            return render_srt(result)
        case "vtt":
            return render_vtt(result)
        case "html":
            return render_html(result, audio_mp3)
        case "docx":
            from engine.reports.docx import render_docx

            return render_docx(result)
        case _:
            raise UnknownNameError("format", format, FORMATS)


def check_formats(formats: Iterable[str]) -> None:
    """Say before any work what could not be written: raises UnknownNameError, ConfigurationError."""
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
        if name == "docx" and importlib.util.find_spec("docx") is None:
            raise missing_extra("python-docx")


__all__ = ["FORMATS", "check_formats", "render"]
