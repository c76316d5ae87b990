"""Scripts: what an operator is to say or do, step by step.

As plain text (`.txt`), a step a line; "1." or "-" before it is left out. As TOML:

    id = "retention"
    title = "Retention call"

    [[steps]]
    id = "greeting"
    title = "Greet the customer and give your name"
    hints = ["my name is", "this is [PERSON_NAME]"]     # optional: phrases whose presence suggests that it was met

Hints are written as those of a checklist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine.analysis.tables import (
    Table,
    phrases_of,
    read_table,
    read_text,
    refuse_duplicates,
    refuse_unknown,
    tables_of,
    text_of,
)
from engine.analysis_types import PlannedStep, Script, ScriptAlignment, ScriptStep
from engine.errors import ConfigurationError

_SCRIPT_KEYS = ("id", "title", "steps")
_STEP_KEYS = ("id", "title", "hints")
_EXPECTED = "a TOML file with id, title and [[steps]], or text with a step a line"
_BULLET = re.compile(r"(?:\d+\s*[.)]|[-*•–])(?:\s+|$)")


def load_script(path: str | Path) -> Script:
    """The script in a TOML or text file.

    Raises UnknownNameError for a key that does not exist, and ConfigurationError for a file that cannot be read, has no
    steps or gives one id twice.
    """
    path = Path(path)
    script = _of_table(read_table(path, "script", _EXPECTED), path.name) if path.suffix == ".toml" else _of_text(path)
    refuse_duplicates([step.id for step in script.steps], f"steps of script {path.name}")
    return script


def load_scripts(paths: Sequence[str]) -> tuple[Script, ...]:
    """All of them, in order; two scripts with one id raise ConfigurationError."""
    scripts = tuple(load_script(path) for path in paths)
    refuse_duplicates([script.id for script in scripts], "scripts")
    return scripts


def align(script: Script, steps: Sequence[ScriptStep]) -> ScriptAlignment:
    """The alignment, with its score from the steps: those met among those that could be judged, in percent."""
    judged = [step.met for step in steps if step.met is not None]
    score = round(100 * sum(judged) / len(judged), 1) if judged else None
    return ScriptAlignment(script.id, script.title, score, tuple(steps))


def _of_table(raw: Table, where: str) -> Script:
    refuse_unknown(raw, _SCRIPT_KEYS, where)
    tables = tables_of(raw, "steps", f"script {where} has no steps")
    steps = tuple(_step(table, f"{where}, step {number}") for number, table in enumerate(tables, 1))
    return Script(text_of(raw, "id", where), text_of(raw, "title", where), steps)


def _step(raw: Table, where: str) -> PlannedStep:
    refuse_unknown(raw, _STEP_KEYS, where)
    return PlannedStep(text_of(raw, "id", where), text_of(raw, "title", where), phrases_of(raw, "hints", where))


def _of_text(path: Path) -> Script:
    lines = [" ".join(line.split()) for line in read_text(path, "script", _EXPECTED).splitlines()]
    titles = [title for line in lines if (title := _BULLET.sub("", line, count=1))]
    if not titles:
        raise ConfigurationError(f"script {path.name} has no steps", expected=_EXPECTED)
    steps = tuple(PlannedStep(f"step-{number}", title) for number, title in enumerate(titles, 1))
    return Script(path.stem, path.stem, steps)
