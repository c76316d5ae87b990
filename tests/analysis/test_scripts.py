"""Script files: what loads, what is refused and how, and the score of an alignment."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.analysis.scripts import align, load_script, load_scripts
from engine.analysis_types import PlannedStep, Script, ScriptStep
from engine.errors import ConfigurationError, UnknownNameError

GOOD = """
id = "retention"
title = "Retention call"

[[steps]]
id = "greeting"
title = "Greet the customer"
hints = ["good morning"]

[[steps]]
id = "offer"
title = "Offer a discount"
"""


def written(folder: Path, text: str | bytes, name: str = "retention.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_table_loads(tmp_path: Path) -> None:
    steps = (PlannedStep("greeting", "Greet the customer", ("good morning",)), PlannedStep("offer", "Offer a discount"))
    assert load_script(written(tmp_path, GOOD)) == Script("retention", "Retention call", steps)


def test_plain_text_is_a_step_a_line(tmp_path: Path) -> None:
    text = "\ufeff1. Greet the  customer\r\n\n2) Ask for the order number\n- Offer help\n  24 hours: say so\n"
    script = load_script(str(written(tmp_path, text, "first call.txt")))
    assert (script.id, script.title) == ("first call", "first call")
    assert [(step.id, step.title) for step in script.steps] == [
        ("step-1", "Greet the customer"),
        ("step-2", "Ask for the order number"),
        ("step-3", "Offer help"),
        ("step-4", "24 hours: say so"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("[[steps]]", "[[step]]", UnknownNameError, "did you mean 'steps'"),
        ("hints", "hint", UnknownNameError, "did you mean 'hints'"),
        ('id = "offer"', 'id = "greeting"', ConfigurationError, "share an id; received greeting"),
        ('title = "Offer a discount"', "", ConfigurationError, "title of retention.toml, step 2; received nothing"),
        ('["good morning"]', '"good morning"', ConfigurationError, "expected a list of phrases"),
        ('id = "retention"', "id = ", ConfigurationError, "cannot be read"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(
    tmp_path: Path, old: str, new: str, error: type[Exception], says: str
) -> None:
    assert old in GOOD
    with pytest.raises(error, match=says):
        load_script(written(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize(("text", "name"), [("", "a.txt"), (" \n-  \n", "a.txt"), ('id = "a"\ntitle = "A"', "a.toml")])
def test_a_script_without_steps_is_refused(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(ConfigurationError, match="has no steps"):
        load_script(written(tmp_path, text, name))


def test_no_text_no_file_and_two_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_script(written(tmp_path, b"\xff\xfe\x00", "a.txt"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_script(tmp_path / "none.txt")
    with pytest.raises(ConfigurationError, match="scripts share an id; received retention"):
        load_scripts([str(written(tmp_path, GOOD)), str(written(tmp_path, GOOD, "again.toml"))])


@pytest.mark.parametrize(
    ("met", "score"),
    [((True, True), 100.0), ((True, False), 50.0), ((None, True), 100.0), ((False, None), 0.0), ((None, None), None)],
)
def test_the_score_is_the_share_of_met_among_the_judged(met: tuple[bool | None, ...], score: float | None) -> None:
    script = Script("s", "S", (PlannedStep("a", "A"), PlannedStep("b", "B")))
    steps = [ScriptStep(step.id, step.title, each) for step, each in zip(script.steps, met, strict=True)]
    alignment = align(script, steps)
    assert (alignment.script_id, alignment.score, alignment.steps) == ("s", score, tuple(steps))
