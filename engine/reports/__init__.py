"""Hop 8: a finished call as files that people and programs read, one format a file."""

from __future__ import annotations

from engine.errors import UnknownNameError
from engine.reports.html import render_html
from engine.reports.subtitles import render_srt, render_vtt
from engine.reports.text import render_txt
from engine.result_json import to_json
from engine.types import CallResult

FORMATS: tuple[str, ...] = ("json", "txt", "srt", "vtt", "html")


def render(result: CallResult, format: str, audio_mp3: bytes | None = None) -> str:
    """The call in one of FORMATS. Everything but `json` is made of redacted text only, whatever `original` holds.

    `audio_mp3`, the recording with every redacted span silenced, becomes the player of the `html` page; the other
    formats have no use for it. Raises UnknownNameError on a format that is not in FORMATS.
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
        case _:
            raise UnknownNameError("format", format, FORMATS)


__all__ = ["FORMATS", "render"]
