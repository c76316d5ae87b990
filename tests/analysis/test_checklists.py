"""Checklist files: what loads, what is refused and how, and the grade."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.analysis.checklists import grade, load_checklist, load_checklists
from engine.errors import ConfigurationError, UnknownNameError
from engine.types import Checklist, ChecklistQuestion

GOOD = """
id = "sales"
title = "Sales"

[[questions]]
id = "offer"
text = "Was something offered?"
hints = ["I can offer", "special/limited offer"]

[[questions]]
id = "interest"
text = "Was the customer interested?"
about = "customer"
"""


def written(folder: Path, text: str | bytes, name: str = "sales.toml") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_the_bundled_checklist_loads_by_name() -> None:
    checklist = load_checklist("service-quality")
    assert checklist.id == "service-quality"
    assert [question.id for question in checklist.questions] == [
        *("greeting", "introduction", "verification", "empathy", "solution", "next_step", "further_help", "closing")
    ]
    assert all(question.hints and question.about == "agent" for question in checklist.questions)


def test_a_file_loads_by_path(tmp_path: Path) -> None:
    checklist = load_checklist(written(tmp_path, GOOD))
    assert checklist == Checklist(
        "sales",
        "Sales",
        (
            ChecklistQuestion("offer", "Was something offered?", ("I can offer", "special/limited offer")),
            ChecklistQuestion("interest", "Was the customer interested?", (), "customer"),
        ),
    )


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'service-quality'"):
        load_checklist("service_qualty")


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ('title = "Sales"', 'titel = "Sales"', UnknownNameError, "did you mean 'title'"),
        ("hints =", "hint =", UnknownNameError, "did you mean 'hints'"),
        ('about = "customer"', 'about = "custmer"', UnknownNameError, "did you mean 'customer'"),
        ('about = "customer"', "about = 3", UnknownNameError, "expected one of agent, customer, unknown"),
        ('id = "interest"', 'id = "offer"', ConfigurationError, "share an id; received offer"),
        ('id = "sales"', "", ConfigurationError, "id of sales.toml; received nothing"),
        ('id = "sales"', 'id = "  "', ConfigurationError, "id of sales.toml"),
        ('text = "Was something offered?"', "text = 5", ConfigurationError, "question 1; received 5"),
        ('["I can offer", "special/limited offer"]', '"I can offer"', ConfigurationError, "expected a list of phrases"),
        ('"I can offer"', '""', ConfigurationError, "hints of sales.toml, question 1"),
        ('title = "Sales"', "title = ", ConfigurationError, "cannot be read"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(
    tmp_path: Path, old: str, new: str, error: type[Exception], says: str
) -> None:
    assert old in GOOD
    with pytest.raises(error, match=says):
        load_checklist(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        'id = "a"\ntitle = "A"\n',
        'id = "a"\ntitle = "A"\nquestions = []\n',
        'id = "a"\ntitle = "A"\nquestions = "q"\n',
    ],
)
def test_a_checklist_without_questions_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="asks nothing"):
        load_checklist(written(tmp_path, text))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 10])
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_checklist(written(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_checklist(str(tmp_path / "none.toml"))


def test_two_checklists_may_not_share_an_id(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="checklists share an id; received sales"):
        load_checklists([written(tmp_path, GOOD), written(tmp_path, GOOD, "again.toml")])


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ({"a": True, "b": False, "c": None}, 0.5),
        ({"a": True}, 1.0),
        ({"a": False, "b": False, "c": False}, 0.0),
        ({}, None),
        ({"a": None, "stranger": True}, None),
    ],
)
def test_the_score_is_the_share_of_yes_among_the_answered(values: dict[str, bool | None], score: float | None) -> None:
    checklist = Checklist("x", "X", tuple(ChecklistQuestion(each, each.upper()) for each in "abc"))
    result = grade(checklist, values, {"a": (3,)})
    assert result.score == score
    assert [(answer.question_id, answer.title) for answer in result.answers] == [("a", "A"), ("b", "B"), ("c", "C")]
    assert [answer.value for answer in result.answers] == [values.get(each) for each in "abc"]
    assert [answer.evidence for answer in result.answers] == [(3,), (), ()]
