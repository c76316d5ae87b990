"""Checklists (analysis grids): TOML files of typed, weighted questions, and the grade that the answers give.

    id = "service-quality"
    title = "Service quality"

    [[questions]]
    id = "greeting"
    text = "Did the agent greet the customer?"
    type = "yes_no"                 # the default; or "partly" (yes, partly, no), "number", "choice", "text"
    about = "agent"                 # whose utterances prove it: "agent" (default), "customer" or "unknown" (anyone)
    weight = 1.0                    # the default; 0 asks without scoring
    critical = true                 # a no makes the whole score 0 (types yes_no and partly)
    not_applicable_when = "other"   # void where the question "other" is answered with no
    hints = ["good morning"]        # phrases whose presence suggests yes, for analysis without a language model

    [[questions]]
    id = "reason"
    text = "Why did the customer call?"
    type = "choice"
    choices = ["billing", "technical", "other"]
    points = [1.0, 1.0, 0.5]        # optional: the share of the weight that each choice earns

    [[questions]]
    id = "holds"
    text = "How often was the customer put on hold?"
    type = "number"
    scale = [3, 0]                  # optional: the number that earns nothing, and the one that earns all

In a hint `*` is a gap of up to three words, `a/b` either word, and `[PERSON_NAME]` any privacy marker of that entity.
The score is computed here, never by a language model: the weighted share of what the applicable and answered questions
could earn. Choices without points, numbers without a scale and texts are not scored.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.analysis.tables import (
    Table,
    phrases_of,
    read_table,
    refuse_duplicates,
    refuse_unknown,
    tables_of,
    text_of,
)
from engine.analysis_types import (
    AnswerType,
    Checklist,
    ChecklistAnswer,
    ChecklistQuestion,
    ChecklistResult,
    Role,
    Value,
)
from engine.config import configs_dir
from engine.errors import ConfigurationError, UnknownNameError

MAX_CHOICES = 50
NO_TEXTS: Mapping[str, str] = {}
CAN_BE_NO = ("yes_no", "partly")

_CHECKLIST_KEYS = ("id", "title", "questions")
_QUESTION_KEYS = (
    *(
        "id",
        "text",
        "type",
        "about",
        "weight",
        "critical",
        "not_applicable_when",
        "hints",
        "choices",
        "points",
        "scale",
    ),
)


def load_checklist(name_or_path: str) -> Checklist:
    """The checklist of that name in `configs/checklists/`, or in the TOML file at that path.

    Raises UnknownNameError for a name, key, type or role that does not exist (with the nearest one that does), and
    ConfigurationError for a file that cannot be read, asks nothing, or whose rules contradict each other.
    """
    path = _locate(name_or_path)
    return _checklist(read_table(path, "checklist", "a TOML file with id, title and [[questions]]"), path.name)


def load_checklists(names_or_paths: Sequence[str]) -> tuple[Checklist, ...]:
    """All of them, in order; two checklists with one id raise ConfigurationError."""
    checklists = tuple(load_checklist(name) for name in names_or_paths)
    refuse_duplicates([checklist.id for checklist in checklists], "checklists")
    return checklists


# --- grading ----------------------------------------------------------------------------------------------------------


def grade(
    checklist: Checklist,
    values: Mapping[str, Value],
    evidence: Mapping[str, tuple[int, ...]],
    texts: Mapping[str, str] = NO_TEXTS,
) -> ChecklistResult:
    """The result of a checklist from values, evidence and texts by question id; every question is there, in its order.

    A question that another answer makes void has no value. A critical no makes the score 0.
    """
    by_id = {question.id: question for question in checklist.questions}
    applied = {question.id: _applies(question, by_id, values) for question in checklist.questions}
    answers = tuple(
        ChecklistAnswer(
            question.id, question.text, values.get(question.id), evidence.get(question.id, ()),
            text=texts.get(question.id) or None,
        ) if applied[question.id]
        else ChecklistAnswer(question.id, question.text, None, applicable=False)
        for question in checklist.questions
    )  # fmt: skip
    pairs = list(zip(checklist.questions, answers, strict=True))
    failed = tuple(question.id for question, answer in pairs if question.critical and answer.value is False)
    score = 0.0 if failed else _weighted([(question, answer.value) for question, answer in pairs])
    return ChecklistResult(checklist.id, checklist.title, score, answers, failed)


def _applies(question: ChecklistQuestion, by_id: Mapping[str, ChecklistQuestion], values: Mapping[str, Value]) -> bool:
    """Whether no question on the way that `not_applicable_when` names is answered with no."""
    seen = {question.id}
    while (above := question.not_applicable_when) and above in by_id and above not in seen:
        if values.get(above) is False:
            return False
        seen.add(above)
        question = by_id[above]
    return True


def _weighted(values: Sequence[tuple[ChecklistQuestion, Value]]) -> float | None:
    earned = [(question.weight, share) for question, value in values if (share := _share(question, value)) is not None]
    total = math.fsum(weight for weight, _ in earned)
    return min(math.fsum(weight * share for weight, share in earned) / total, 1.0) if total else None


def _share(question: ChecklistQuestion, value: Value) -> float | None:
    """What share of its weight an answer earns, 0-1; None for what has no score."""
    if value is None or question.type == "text":
        return None
    if question.type == "choice":
        return question.points[question.choices.index(str(value))] if question.points else None
    if question.type != "number":
        return float(value)
    if question.scale is None:
        return None
    nothing, everything = question.scale
    return min(max((float(value) - nothing) / (everything - nothing), 0.0), 1.0)


# --- loading ----------------------------------------------------------------------------------------------------------


def _locate(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) != 1:
        return path
    folder = configs_dir() / "checklists"
    names = [file.stem for file in folder.glob("*.toml")]
    if name_or_path not in names:
        raise UnknownNameError("checklist", name_or_path, names)
    return folder / f"{name_or_path}.toml"


def _checklist(raw: Table, where: str) -> Checklist:
    refuse_unknown(raw, _CHECKLIST_KEYS, where)
    tables = tables_of(raw, "questions", f"checklist {where} asks nothing")
    questions = tuple(_question(table, f"{where}, question {number}") for number, table in enumerate(tables, 1))
    refuse_duplicates([question.id for question in questions], f"questions of checklist {where}")
    _refuse_voids(questions, where)
    return Checklist(text_of(raw, "id", where), text_of(raw, "title", where), questions)


def _question(raw: Table, where: str) -> ChecklistQuestion:
    refuse_unknown(raw, _QUESTION_KEYS, where)
    question = ChecklistQuestion(
        id=text_of(raw, "id", where),
        text=text_of(raw, "text", where),
        hints=phrases_of(raw, "hints", where),
        about=_one_of(raw, "about", "agent", Role, where),
        type=_one_of(raw, "type", "yes_no", AnswerType, where),
        weight=_number(raw.get("weight", 1.0), f"weight of {where}"),
        choices=phrases_of(raw, "choices", where),
        critical=_flag(raw, "critical", where),
        not_applicable_when=text_of(raw, "not_applicable_when", where) if "not_applicable_when" in raw else None,
        points=_numbers(raw, "points", where),
        scale=_scale(raw, where),
    )
    for problem, expected in (found for rule in _RULES if (found := rule(question))):
        raise ConfigurationError(f"{where}: {problem}", expected=expected)
    return question


Fault = tuple[str, str] | None
"""What contradicts what, and what was expected instead."""


def _choices_fit(question: ChecklistQuestion) -> Fault:
    if question.type != "choice":
        has_choices = bool(question.choices or question.points)
        return (f"choices of a question of type {question.type}", 'type = "choice"') if has_choices else None
    count = len(question.choices)
    if not 2 <= count <= MAX_CHOICES or len({choice.casefold() for choice in question.choices}) != count:
        return (f"{count} choices", f"2 to {MAX_CHOICES} choices that differ")
    return None


def _points_fit(question: ChecklistQuestion) -> Fault:
    if question.points and len(question.points) != len(question.choices):
        return (f"{len(question.points)} points for {len(question.choices)} choices", "as many as choices")
    return None if all(0 <= each <= 1 for each in question.points) else ("points", "numbers from 0 to 1")


def _scale_fits(question: ChecklistQuestion) -> Fault:
    if question.scale is None:
        return None
    if question.type != "number":
        return (f"a scale of a question of type {question.type}", 'type = "number"')
    return ("a scale that starts where it ends", "two numbers that differ") if len(set(question.scale)) == 1 else None


def _critical_fits(question: ChecklistQuestion) -> Fault:
    can_fail = not question.critical or question.type in CAN_BE_NO
    return None if can_fail else (f"a critical question of type {question.type}", f"type {' or '.join(CAN_BE_NO)}")


_RULES: tuple[Callable[[ChecklistQuestion], Fault], ...] = (_choices_fit, _points_fit, _scale_fits, _critical_fits)


def _refuse_voids(questions: Sequence[ChecklistQuestion], where: str) -> None:
    """Raise where a "not applicable" rule names no question that can be answered with no, or leads back to itself."""
    by_id = {question.id: question for question in questions}
    for question in questions:
        seen = [question.id]
        while above := by_id[seen[-1]].not_applicable_when:
            if above not in by_id:
                raise UnknownNameError(f"not_applicable_when of {where}, question {seen[-1]}", above, by_id)
            if by_id[above].type not in CAN_BE_NO:
                problem = f"not_applicable_when of {where}, question {seen[-1]}"
                expected = f"a question of type {' or '.join(CAN_BE_NO)}"
                raise ConfigurationError(problem, received=f"{above} of type {by_id[above].type}", expected=expected)
            if above in seen:
                received = " -> ".join((*seen, above))
                raise ConfigurationError(f"not_applicable_when of {where} goes round in a circle", received=received)
            seen.append(above)


def _one_of(raw: Table, key: str, default: str, names: Any, where: str) -> Any:
    value = raw.get(key, default)
    if value not in typing.get_args(names):
        what = "role" if names is Role else "type"
        raise UnknownNameError(f"{what} in '{key}' of {where}", str(value), typing.get_args(names))
    return value


def _flag(raw: Table, key: str, where: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} of {where}", received=repr(value), expected="true or false")
    return value


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ConfigurationError(what, received=repr(value), expected="a number, not below 0")
    return float(value)


def _numbers(raw: Table, key: str, where: str) -> tuple[float, ...]:
    values = raw.get(key, [])
    if not isinstance(values, list):
        raise ConfigurationError(f"{key} of {where}", received=repr(values), expected="a list of numbers")
    return tuple(_number(value, f"{key} of {where}") for value in values)


def _scale(raw: Table, where: str) -> tuple[float, float] | None:
    numbers = _numbers(raw, "scale", where)
    if len(numbers) not in (0, 2) or ("scale" in raw and not numbers):
        raise ConfigurationError(f"scale of {where}", received=repr(raw["scale"]), expected="two numbers")
    return (numbers[0], numbers[1]) if numbers else None
