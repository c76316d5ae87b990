"""The words of every report: clock times, speaker names, entity names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath

from engine.result_types import CallResult
from engine.types import Language, Word

_LANGUAGES = {
    "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_ACRONYMS = {"cvv": "CVV", "ip": "IP", "url": "URL", "us": "US"}
_BARE_MARKER = r"\[[A-Z][A-Z_]*_\d+\]"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HARD_TO_HEAR = 0.35
_MARKER = re.compile(r"\[([A-Z][A-Z_]*)_(\d+)\]")


def clock(seconds: float, decimals: int = 0) -> str:
    """`83.46` is "1:23", with one decimal "01:23.5"; hours appear where there are any."""
    ticks = round(seconds * 10**decimals) if decimals else int(seconds)
    whole, fraction = divmod(max(ticks, 0), 10**decimals)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    tail = f".{fraction:0{decimals}d}" if decimals else ""
    if hours:
        return f"{hours}:{minute:02d}:{second:02d}{tail}"
    return f"{minute:02d}:{second:02d}{tail}" if decimals else f"{minute}:{second:02d}"


def speaker_names(result: CallResult) -> dict[str, str]:
    """Speaker id -> "Agent", or "Agent (S3)" where two share the role, or the id where the role is unknown."""
    roles: dict[str, str] = {speaker.id: speaker.role for speaker in result.speakers}
    for utterance in result.utterances:
        roles.setdefault(utterance.speaker, utterance.role)
    shared = Counter(roles.values())
    return {id_: _speaker_name(id_, role, shared[role] == 1) for id_, role in roles.items()}


def _speaker_name(id_: str, role: str, alone: bool) -> str:
    if role == "unknown":
        return one_line(id_)
    return role.capitalize() if alone else f"{role.capitalize()} ({one_line(id_)})"


def doubts(word: Word, names: Mapping[str, str]) -> str:
    """What a reader should know of a word that may be wrong, or of somebody else; empty where there is nothing."""
    hard = ["hard to hear"] if word.probability < _HARD_TO_HEAR else []
    meanwhile = [f"{names.get(other) or one_line(other)} speaks too" for other in word.others]
    text = ", ".join([*hard, *meanwhile])
    return text[:1].upper() + text[1:]


def entity_name(entity: str) -> str:
    """`credit_card_cvv` -> "Credit card CVV"."""
    words = [_ACRONYMS.get(word, word) for word in entity.lower().split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def marker_name(marker: str) -> str:
    """`[PERSON_NAME_1]` -> "Person name 1"; anything else stays as it is."""
    found = _MARKER.fullmatch(marker)
    if found is None:
        return marker
    return f"{entity_name(found[1])} {found[2]}"


def split_markers(text: str) -> list[tuple[str, bool]]:
    """Free text (a summary) cut at its markers: pieces, each with whether it is one."""
    pieces = re.split(f"({_BARE_MARKER})", text)
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def language_name(language: Language | None) -> str | None:
    return _LANGUAGES.get(language.code, language.code) if language else None


def file_name(result: CallResult) -> str | None:
    """The recording's own name: a report travels, and the directory is nobody else's business."""
    return PurePath(result.source.path).name if result.source.path else None


def one_line(text: str) -> str:
    """`text` without line breaks, runs of space, or control characters (a chat may hold terminal escapes)."""
    return " ".join(_CONTROLS.sub(" ", text).split())
