"""Checklists, tags and categories found by words: positives, negatives, and who says them."""

from __future__ import annotations

import pytest

from engine.analysis.checklists import load_checklist
from engine.analysis.conversation import Conversation, read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.matching import answer_checklist, checklist_phrases, matched_categories, matched_tags
from engine.analysis_types import Category, Checklist, ChecklistQuestion, ChecklistResult, Role, Value
from engine.types import Language, RedactedTranscript, RedactedUtterance

SERVICE = load_checklist("service-quality")


def call(*lines: tuple[Role, str], language: str = "en") -> Conversation:
    utterances = tuple(
        RedactedUtterance(index, role, role, None, None, text) for index, (role, text) in enumerate(lines)
    )
    return read(RedactedTranscript(Language(language, 1.0), (), utterances), load_lexicon(language))


def answered(conversation: Conversation, checklist: Checklist = SERVICE) -> ChecklistResult:
    return answer_checklist(conversation, checklist, checklist_phrases(checklist, conversation.lexicon))


def values(result: ChecklistResult) -> dict[str, Value]:
    return {answer.question_id: answer.value for answer in result.answers}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("greeting", "Good morning."),
        ("greeting", "thank you calling smith telecom"),
        ("introduction", "Hello, this is [PERSON_NAME_1]."),
        ("introduction", "my name is dona"),
        ("verification", "Could you confirm your phone number?"),
        ("verification", "What is your date of birth?"),
        ("empathy", "I am very sorry about this."),
        ("empathy", "We apologise."),
        ("solution", "We will refund the charge."),
        ("solution", "I've cancelled the order."),
        ("next_step", "You will receive it within three days."),
        ("next_step", "We send the card by [DATE_1]."),
        ("further_help", "Is there anything else?"),
        ("further_help", "isn't there anything else I can do?"),
        ("closing", "Have a wonderful evening."),
        ("closing", "Goodbye."),
    ],
)
def test_an_agent_who_does_it_gets_a_yes_with_evidence(question: str, text: str) -> None:
    result = answered(call(("customer", "Hm."), ("agent", text)))
    answer = next(answer for answer in result.answers if answer.question_id == question)
    assert (answer.value, answer.evidence) == (True, (1,))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("introduction", "This is the third time."),
        ("empathy", "I am not sorry."),
        ("empathy", "I do not understand."),
        ("solution", "I can not offer you anything."),
        ("solution", "We will not refund it."),
        ("verification", "I do not need to confirm your name."),
        ("next_step", "You will never receive it."),
        ("closing", "Thank you for calling, how can I help?"),
        ("further_help", "There is not anything else I can do."),
    ],
)
def test_the_contrary_and_the_like_do_not_count(question: str, text: str) -> None:
    assert values(answered(call(("agent", text))))[question] is False


def test_what_the_customer_says_does_not_count_for_the_agent() -> None:
    result = answered(
        call(
            ("agent", "Yes?"),
            ("customer", "Good morning, my name is [PERSON_NAME_1]. I am sorry, is there anything else? Goodbye."),
        )
    )
    assert set(values(result).values()) == {False}
    assert result.score == 0.0


@pytest.mark.parametrize(
    ("about", "value", "evidence"),
    [("customer", True, (1,)), ("agent", False, ()), ("unknown", True, (1,))],
)
def test_a_question_is_about_one_role_or_anyone(about: Role, value: bool, evidence: tuple[int, ...]) -> None:
    checklist = Checklist("c", "C", (ChecklistQuestion("q", "Asked for a refund?", ("refund",), about),))
    answer = answered(call(("agent", "Yes?"), ("customer", "I want a refund.")), checklist).answers[0]
    assert (answer.value, answer.evidence) == (value, evidence)


def test_without_roles_everybody_counts() -> None:
    result = answered(call(("unknown", "Good morning."), ("unknown", "Goodbye.")))
    assert values(result)["greeting"] is True
    assert values(result)["empathy"] is False


def test_an_agent_who_never_speaks_cannot_be_judged() -> None:
    assert set(values(answered(call(("customer", "Hello? Is there anything else?")))).values()) == {None}


def test_an_empty_call_cannot_be_judged() -> None:
    result = answered(call())
    assert set(values(result).values()) == {None}
    assert result.score is None


def test_evidence_is_in_order_without_repeats_and_limited() -> None:
    lines: list[tuple[Role, str]] = [("agent", "Hello, hello! Good morning.")] * 9
    assert answered(call(*lines)).answers[0].evidence == (0, 1, 2, 3, 4)


def test_hints_in_a_language_that_is_not_known_do_not_make_a_no() -> None:
    dutch = ("agent", "Goedemorgen, waarmee kan ik u helpen?")
    assert set(values(answered(call(dutch, language="nl"))).values()) == {None}
    own = Checklist(
        "c", "C", (ChecklistQuestion("g", "Gegroet?", ("goedemorgen",)), ChecklistQuestion("b", "Dag?", ("dag",)))
    )
    assert values(answered(call(dutch, language="nl"), own)) == {"g": True, "b": False}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Our refund policy gives you thirty days.", True),
        ("The policy on refunds is on the website.", True),
        ("I do not have the refund policy here.", None),
        ("The insurance policy is new.", None),
        ("Hello.", None),
    ],
)
def test_a_question_without_hints_is_matched_by_its_words_and_never_denied(text: str, value: bool | None) -> None:
    checklist = Checklist("c", "C", (ChecklistQuestion("q", "Did the agent mention the refund policy?"),))
    assert values(answered(call(("agent", text)), checklist))["q"] is value


def test_a_question_of_nothing_but_empty_words_has_no_answer() -> None:
    checklist = Checklist("c", "C", (ChecklistQuestion("q", "Did the agent do it?"),))
    assert values(answered(call(("agent", "Yes, I did.")), checklist)) == {"q": None}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("I lost my card, please block the card.", ("lost or stolen card",)),
        ("I want my money back, the bill is wrong.", ("billing", "refund")),
        ("I do not want to cancel.", ()),
        ("Hello.", ()),
    ],
)
def test_tags(text: str, tags: tuple[str, ...]) -> None:
    assert matched_tags(call(("customer", text))) == tags


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("There is a mistake in my bill.", ("Billing",)),
        ("The router is not working.", ("Technical support",)),
        ("My card was stolen.", ("Card replacement",)),
        ("The support was technical.", ("Technical support",)),
        ("I like support.", ()),
        ("Hello.", ()),
    ],
)
def test_categories_by_their_words_or_those_of_the_tags(text: str, categories: tuple[str, ...]) -> None:
    conversation = call(("customer", text))
    configured = tuple(map(Category, ("Billing", "Technical support", "Card replacement", "the")))
    assert matched_categories(conversation, configured, matched_tags(conversation)) == categories


def test_a_category_brings_those_above_it() -> None:
    conversation = call(("customer", "There is a mistake in my bill."))
    tree = (Category("Money"), Category("Billing", parent="Money"), Category("Refunds", parent="Money"))
    assert matched_categories(conversation, tree, matched_tags(conversation)) == ("Money", "Billing")


def asked(question: ChecklistQuestion, *texts: str) -> tuple[Value, tuple[int, ...], str | None]:
    """The answer to one question about an agent who says this, with evidence and text."""
    result = answered(call(*[("agent", text) for text in texts]), Checklist("c", "C", (question,)))
    return result.answers[0].value, result.answers[0].evidence, result.answers[0].text


@pytest.mark.parametrize(
    ("texts", "value", "evidence"),
    [
        (("We refund the fee.",), True, (0,)),
        (("We refund the fee.", "We do not refund the postage."), 0.5, (0, 1)),
        (("We do not refund it.",), False, ()),
        (("Hello.",), False, ()),
    ],
)
def test_partly(texts: tuple[str, ...], value: Value, evidence: tuple[int, ...]) -> None:
    question = ChecklistQuestion("q", "Refund?", ("refund",), type="partly")
    assert asked(question, *texts) == (value, evidence, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I can offer 20 percent.", 20.0),
        ("I can offer 12.5 percent.", 12.5),
        ("I can offer 10 or 20 percent.", None),
        ("I can offer a discount.", None),
        ("The price is 20.", None),
        ("I can offer it in room A12 at 10:30:00.", None),
    ],
)
def test_a_number_is_the_only_one_beside_a_hint(text: str, value: Value) -> None:
    question = ChecklistQuestion("q", "How much?", ("I can offer",), type="number")
    assert asked(question, text)[0] == value


@pytest.mark.parametrize(
    ("texts", "value", "evidence"),
    [
        (("This is about billing.",), "billing", (0,)),
        (("Billing, not delivery.",), "billing", (0,)),
        (("Billing or delivery?",), None, ()),
        (("Delivery.", "The delivery or the billing?"), "delivery", (0, 1)),
        (("Hello.",), None, ()),
    ],
)
def test_a_choice_is_the_one_that_is_said(texts: tuple[str, ...], value: Value, evidence: tuple[int, ...]) -> None:
    question = ChecklistQuestion("q", "Which?", type="choice", choices=("billing", "delivery"))
    assert asked(question, *texts) == (value, evidence, None)


def test_a_text_is_the_first_sentence_with_a_hint() -> None:
    question = ChecklistQuestion("q", "Why?", ("because",), type="text")
    assert asked(question, "Hello. It failed because of rain. And because of snow.") == (
        (None, (0,), "It failed because of rain.")
    )
    assert asked(question, "Hello.") == (None, (), None)
