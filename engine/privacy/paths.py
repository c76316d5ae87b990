"""Names of files and directories as they may be shown: recordings are often named after whom they are of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from engine.privacy.call import RedactedText

_IDENTIFIERS = frozenset(
    {"email_address", "phone_number", "credit_card_number", "us_social_security_number", "banking_information"}
)
_SURE, _SURE_OF_NAME = 0.7, 0.75
_FULL_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*)+")

RedactText = Callable[[str], RedactedText]


def redacted_path(path: str, redact: RedactText) -> str:
    """The path without numbers and addresses of persons in any part, and without their full names in the last.

    Only what is sure: a date, a case number or a single word is what recordings are told apart by. What stands for a
    value fits into a file name ("PHONE_NUMBER_1"); the last part keeps its suffix.
    """
    parts = PurePath(path).parts
    shown = [_redacted(part, redact, names=part is parts[-1]) for part in parts]
    return path if shown == list(parts) else str(PurePath(*shown))


def _redacted(part: str, redact: RedactText, names: bool) -> str:
    stem, suffix = (PurePath(part).stem, PurePath(part).suffix) if names else (part, "")
    pieces: list[str] = []
    position = 0
    for span in redact(stem.replace("_", " ")).spans:
        said = stem[span.start : span.end].replace("_", " ")
        if _tells(span.entity, span.score, said, names):
            pieces += stem[position : span.start], re.sub(r"[^\w*.@-]+", " ", span.marker).strip() or span.entity
            position = span.end
    return "".join(pieces) + stem[position:] + suffix


def _tells(entity: str, score: float, said: str, names: bool) -> bool:
    if entity == "person_name":
        capitals = all(word[:1].isupper() for word in said.split())
        return names and score >= _SURE_OF_NAME and capitals and _FULL_NAME.fullmatch(said) is not None
    return entity in _IDENTIFIERS and score >= _SURE
