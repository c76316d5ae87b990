"""Checklists: TOML files of yes/no questions, and the grade that the answers give.

    id = "service-quality"
    title = "Service quality"

    [[questions]]
    id = "greeting"
    text = "Did the agent greet the customer?"
    hints = ["good morning", "how can I help"]      # optional: phrases whose presence suggests yes
    about = "agent"                                 # optional: "agent" (default), "customer" or "unknown" (anyone)

In a hint `*` is a gap of up to three words, `a/b` either word, and `[PERSON_NAME]` any privacy marker of that entity.
"""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from engine.config import configs_dir
from engine.errors import ConfigurationError, UnknownNameError
from engine.types import Checklist, ChecklistAnswer, ChecklistQuestion, ChecklistResult, Role

_CHECKLIST_KEYS = ("id", "title", "questions")
_QUESTION_KEYS = ("id", "text", "hints", "about")


def load_checklist(name_or_path: str) -> Checklist:
    """The checklist of that name in `configs/checklists/`, or in the TOML file at that path.

    Raises UnknownNameError for a name, key or role that does not exist (with the nearest one that does), and
    ConfigurationError for a file that cannot be read or does not hold a checklist.
    """
    path = _locate(name_or_path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"checklist {path} cannot be read: {error}", expected="a TOML file with id, title and [[questions]]"
        ) from error
    return _checklist(raw, path.name)


def load_checklists(names_or_paths: Sequence[str]) -> tuple[Checklist, ...]:
    """All of them, in order; two checklists with one id raise ConfigurationError."""
    checklists = tuple(load_checklist(name) for name in names_or_paths)
    _refuse_duplicates([checklist.id for checklist in checklists], "checklists")
    return checklists


def grade(
    checklist: Checklist, values: Mapping[str, bool | None], evidence: Mapping[str, tuple[int, ...]]
) -> ChecklistResult:
    """The result of a checklist from values and evidence by question id; every question is there, in its order."""
    answers = tuple(
        ChecklistAnswer(question.id, question.text, values.get(question.id), evidence.get(question.id, ()))
        for question in checklist.questions
    )
    answered = [answer.value for answer in answers if answer.value is not None]
    score = sum(answered) / len(answered) if answered else None
    return ChecklistResult(checklist.id, checklist.title, score, answers)


def _locate(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) != 1:
        return path
    folder = configs_dir() / "checklists"
    names = [file.stem for file in folder.glob("*.toml")]
    if name_or_path not in names:
        raise UnknownNameError("checklist", name_or_path, names)
    return folder / f"{name_or_path}.toml"


def _checklist(raw: Mapping[str, Any], where: str) -> Checklist:
    _refuse_unknown(raw, _CHECKLIST_KEYS, where)
    tables = raw.get("questions")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"checklist {where} asks nothing", expected="at least one [[questions]] table")
    questions = tuple(_question(table, f"{where}, question {number}") for number, table in enumerate(tables, 1))
    _refuse_duplicates([question.id for question in questions], f"questions of checklist {where}")
    return Checklist(_text(raw, "id", where), _text(raw, "title", where), questions)


def _question(raw: Mapping[str, Any], where: str) -> ChecklistQuestion:
    _refuse_unknown(raw, _QUESTION_KEYS, where)
    hints = raw.get("hints", [])
    if not isinstance(hints, list) or not all(isinstance(hint, str) and hint.strip() for hint in hints):
        raise ConfigurationError(f"hints of {where}", received=repr(hints), expected="a list of phrases")
    about = raw.get("about", "agent")
    if about not in typing.get_args(Role):
        raise UnknownNameError(f"role in 'about' of {where}", str(about), typing.get_args(Role))
    return ChecklistQuestion(_text(raw, "id", where), _text(raw, "text", where), tuple(hints), cast(Role, about))


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        received = repr(value) if key in raw else "nothing"
        raise ConfigurationError(f"{key} of {where}", received=received, expected=f'{key} = "some text"')
    return value.strip()


def _refuse_unknown(raw: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in raw:
        if key not in known:
            raise UnknownNameError(f"key in {where}", key, known)


def _refuse_duplicates(ids: Sequence[str], what: str) -> None:
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ConfigurationError(f"{what} share an id", received=", ".join(twice), expected="ids that differ")
