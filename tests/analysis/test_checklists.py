"""Checklist files: what loads, what is refused and how, and the grade."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.checklists import grade, load_checklist, load_checklists
from engine.analysis_types import AnswerType, Checklist, ChecklistAnswer, ChecklistQuestion, Value
from engine.errors import ConfigurationError, UnknownNameError

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


# --- rules ------------------------------------------------------------------------------------------------------------

TYPED = """
id = "grid"
title = "Grid"

[[questions]]
id = "offer"
text = "Offered?"

[[questions]]
id = "price"
text = "Price?"
type = "partly"
weight = 3
critical = true
not_applicable_when = "offer"

[[questions]]
id = "holds"
text = "How many?"
type = "number"
scale = [4, 0]

[[questions]]
id = "outcome"
text = "Outcome?"
type = "choice"
choices = ["sold", "later", "no"]
points = [1, 0.5, 0]

[[questions]]
id = "rival"
text = "Which?"
type = "text"
"""


def test_a_typed_grid_loads(tmp_path: Path) -> None:
    offer, price, holds, outcome, rival = load_checklist(written(tmp_path, TYPED)).questions
    assert offer == ChecklistQuestion("offer", "Offered?")
    assert (price.type, price.weight, price.critical, price.not_applicable_when) == ("partly", 3.0, True, "offer")
    assert (holds.type, holds.scale) == ("number", (4.0, 0.0))
    assert (outcome.choices, outcome.points) == (("sold", "later", "no"), (1.0, 0.5, 0.0))
    assert (rival.type, rival.weight, rival.about) == ("text", 1.0, "agent")


def test_the_example_grid_has_every_type() -> None:
    types = {question.type for question in load_checklist("sales-call").questions}
    assert types == set(get_args(AnswerType))


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ('type = "partly"', 'type = "parly"', UnknownNameError, "did you mean 'partly'"),
        ('type = "partly"', "type = true", UnknownNameError, "expected one of choice, number, partly"),
        ("weight = 3", "weight = -1", ConfigurationError, "weight of sales.toml, question 2; received -1"),
        ("weight = 3", 'weight = "much"', ConfigurationError, "received 'much'; expected a number"),
        ("weight = 3", "weight = true", ConfigurationError, "received True; expected a number"),
        ("weight = 3", "weight = inf", ConfigurationError, "received inf"),
        ("weight = 3", "weight = nan", ConfigurationError, "received nan"),
        ("critical = true", 'critical = "yes"', ConfigurationError, "expected true or false"),
        ('type = "partly"', 'type = "number"', ConfigurationError, "a critical question of type number"),
        ('type = "partly"', 'type = "text"', ConfigurationError, "a critical question of type text"),
        ('when = "offer"', 'when = "ofer"', UnknownNameError, "did you mean 'offer'"),
        ('when = "offer"', 'when = "price"', ConfigurationError, "circle; received price -> price"),
        ('when = "offer"', 'when = "holds"', ConfigurationError, "received holds of type number"),
        ('when = "offer"', "when = 3", ConfigurationError, "not_applicable_when of sales.toml, question 2"),
        (
            'text = "Offered?"',
            'text = "?"\nnot_applicable_when = "price"',
            ConfigurationError,
            "offer -> price -> offer",
        ),
        ('choices = ["sold", "later", "no"]', "", ConfigurationError, "question 4: 0 choices"),
        ('choices = ["sold", "later", "no"]', 'choices = ["sold"]', ConfigurationError, "1 choices"),
        ('["sold", "later", "no"]', '["sold", "later", "Sold"]', ConfigurationError, "choices that differ"),
        ('["sold", "later", "no"]', '["sold", "later"]', ConfigurationError, "3 points for 2 choices"),
        ("points = [1, 0.5, 0]", "points = [1, 2, 0]", ConfigurationError, "numbers from 0 to 1"),
        ("points = [1, 0.5, 0]", "points = 1", ConfigurationError, "expected a list of numbers"),
        ("scale = [4, 0]", 'choices = ["a", "b"]', ConfigurationError, "choices of a question of type number"),
        ("scale = [4, 0]", "points = [1]", ConfigurationError, "choices of a question of type number"),
        ("scale = [4, 0]", "scale = [4, 4]", ConfigurationError, "scale that starts where it ends"),
        ("scale = [4, 0]", "scale = [4]", ConfigurationError, "expected two numbers"),
        ("scale = [4, 0]", "scale = []", ConfigurationError, "expected two numbers"),
        ('type = "text"', 'type = "text"\nscale = [0, 1]', ConfigurationError, "a scale of a question of type text"),
    ],
)
def test_rules_that_contradict_each_other_are_named_at_load(
    tmp_path: Path, old: str, new: str, error: type[Exception], says: str
) -> None:
    assert old in TYPED
    with pytest.raises(error, match=says):
        load_checklist(written(tmp_path, TYPED.replace(old, new)))


# --- grades -----------------------------------------------------------------------------------------------------------


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


def question(name: str, **rules: Any) -> ChecklistQuestion:
    return ChecklistQuestion(name, name.upper(), **rules)


SALE = question("c", type="choice", choices=("sold", "later"), points=(1.0, 0.25))
HOLDS = question("n", type="number", scale=(4.0, 0.0))


@pytest.mark.parametrize(
    ("questions", "values", "score"),
    [
        ([question("a", weight=3), question("b")], {"a": True, "b": False}, 0.75),
        ([question("a", type="partly"), question("b")], {"a": 0.5, "b": True}, 0.75),
        ([SALE], {"c": "later"}, 0.25),
        ([SALE, question("a")], {"c": "sold", "a": False}, 0.5),
        ([HOLDS], {"n": 1.0}, 0.75),
        ([HOLDS], {"n": 9.0}, 0.0),
        ([question("n", type="number")], {"n": 9.0}, None),
        ([question("c", type="choice", choices=("x", "y"))], {"c": "x"}, None),
        ([question("a", weight=0)], {"a": True}, None),
        ([question("a", critical=True), question("b", weight=9)], {"a": False, "b": True}, 0.0),
        ([question("a", critical=True), question("b")], {"a": None, "b": True}, 1.0),
        ([question("a", critical=True, type="partly"), question("b")], {"a": 0.5, "b": True}, 0.75),
    ],
)
def test_scores_of_all_types(questions: list[ChecklistQuestion], values: dict[str, Value], score: float | None) -> None:
    assert grade(Checklist("x", "X", tuple(questions)), values, {}).score == score


def test_what_another_answer_makes_void_counts_for_nothing() -> None:
    chain = (
        question("offer"),
        question("price", not_applicable_when="offer", critical=True),
        question("terms", not_applicable_when="price"),
    )
    checklist = Checklist("x", "X", chain)
    void = grade(checklist, {"offer": False, "price": False, "terms": True}, {"terms": (4,)})
    assert [(answer.value, answer.applicable, answer.evidence) for answer in void.answers] == [
        (False, True, ()),
        (None, False, ()),
        (None, False, ()),
    ]
    assert (void.score, void.failed_critical) == (0.0, ())
    failed = grade(checklist, {"offer": True, "price": False, "terms": True}, {})
    assert (failed.score, failed.failed_critical, failed.answers[2].applicable) == (0.0, ("price",), False)
    assert grade(checklist, {"offer": None, "price": True, "terms": True}, {}).score == 1.0


def test_words_are_answers_without_a_score() -> None:
    checklist = Checklist("x", "X", (question("rival", type="text"), question("a")))
    result = grade(checklist, {"rival": None, "a": True}, {"rival": (2,)}, {"rival": "another bank"})
    assert result.answers[0] == ChecklistAnswer("rival", "RIVAL", None, (2,), True, "another bank")
    assert result.score == 1.0


ANSWERED = st.lists(
    st.tuples(st.floats(0, 1e6, allow_subnormal=False), st.sampled_from([True, False, None, 0.5]), st.booleans()),
    max_size=8,
)


@given(ANSWERED)
def test_a_score_is_a_share_and_a_critical_no_ends_it(answered: list[tuple[float, Value, bool]]) -> None:
    questions = [
        question(f"q{number}", type="partly", weight=weight, critical=critical)
        for number, (weight, _, critical) in enumerate(answered)
    ]
    values = {each.id: value for each, (_, value, _) in zip(questions, answered, strict=True)}
    result = grade(Checklist("x", "X", tuple(questions)), values, {})
    failed = [each.id for each in questions if each.critical and values[each.id] is False]
    assert result.failed_critical == tuple(failed)
    assert result.score is None or 0 <= result.score <= 1
    if failed:
        assert result.score == 0
    elif result.score is not None:
        better = grade(
            Checklist("x", "X", tuple(questions)), {key: True for key in values if values[key] is not None}, {}
        )
        assert better.score == 1.0 >= result.score


@given(st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_the_order_of_the_questions_changes_no_score(values: list[bool | None], order: list[int]) -> None:
    questions = [question("a", weight=2), question("b", not_applicable_when="a"), question("c", critical=True)]
    given_values = dict(zip("abc", values, strict=True))
    shuffled = Checklist("x", "X", tuple(questions[place] for place in order))
    assert (
        grade(shuffled, given_values, {}).score == grade(Checklist("x", "X", tuple(questions)), given_values, {}).score
    )
