"""A call as a Word document, read back by python-docx; and the findings that every report of a call shows."""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Iterator

import pytest
from docx import Document

from engine.analysis_types import (
    ActionItem,
    Analysis,
    AskedQuestion,
    ChecklistAnswer,
    ChecklistResult,
    OperatorFault,
    Remark,
    Risk,
    SaleSignal,
    ScriptAlignment,
    ScriptStep,
    SpeakerMood,
)
from engine.errors import ConfigurationError, UnknownNameError
from engine.reports import check_formats, render
from engine.reports.findings import Mood, answer_mark, answer_text, moods, sections, verdicts
from engine.result_types import CallResult


@pytest.fixture(scope="module")
def rich(call: CallResult) -> CallResult:
    """A call of which the analysis knows everything."""
    assert call.analysis
    analysis = dataclasses.replace(
        call.analysis,
        tone="tense",
        resolution="partly_resolved",
        priority="high",
        funnel_stage="retention",
        intents=("billing", "technical_support"),
        speakers=(
            SpeakerMood("S1", "friendly", ((0, "positive"), (2, "neutral"))),
            SpeakerMood("S2", "frustrated", ((1, "negative"), (3, "neutral"), (9, "positive"))),
        ),
        action_items=(
            ActionItem("Remove the roaming charge", "agent", "today", "action", (8,)),
            ActionItem("Confirm to [EMAIL_ADDRESS_1]", "agent", "within two working days", "follow_up", (10,)),
        ),
        risks=(Risk("churn", "Threatens to leave", (7,)),),
        sales=(SaleSignal("price_question", "Asks what the larger plan costs", (9,)),),
        questions=(
            AskedQuestion("Why did my bill go up?", "customer", True, (1,)),
            AskedQuestion("Who booked the charge?", "customer", False, (7,)),
        ),
        operator_errors=(OperatorFault("interruption", "Spoke over the customer", (8,)),),
        actionable_phrases=(Remark("credit your next bill", (8,)),),
        recommendations=(Remark("Say what you are doing before a silence", (6,)),),
        scripts=(
            ScriptAlignment(
                "billing",
                "Billing script",
                50.0,
                (ScriptStep("greet", "Greet", True, (0,)), ScriptStep("offer", "Offer a credit", False)),
            ),
        ),
        checklists=(
            *call.analysis.checklists,
            ChecklistResult(
                "details",
                "Details",
                0.5,
                (
                    ChecklistAnswer("waiting", "How many minutes did the customer wait?", 2.5),
                    ChecklistAnswer("product", "Which product?", "broadband"),
                    ChecklistAnswer("apology", "Was there an apology?", 0.5),
                    ChecklistAnswer("transfer", "Was the transfer announced?", None, applicable=False),
                ),
                ("apology",),
            ),
        ),
    )
    return dataclasses.replace(call, analysis=analysis)


def words_of(content: str | bytes) -> Iterator[str]:
    """Paragraphs and table rows of a document."""
    assert isinstance(content, bytes)
    document = Document(io.BytesIO(content))
    yield from (paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        yield from (": ".join(cell.text for cell in row.cells) for row in table.rows)


EXPECTED = (
    "Tone: Tense",
    "Resolution: Partly resolved",
    "Priority: High",
    "Intents: Billing, Technical support",
    "Remove the roaming charge (Agent, today)",
    "Confirm to [EMAIL_ADDRESS_1] (Agent, within two working days)",
    "Threatens to leave (Churn)",
    "Asks what the larger plan costs (Price question)",
    "Who booked the charge? (Customer)",
    "Spoke over the customer (Interruption)",
    "Say what you are doing before a silence",
)


def test_a_document_holds_the_call(rich: CallResult) -> None:
    lines = list(words_of(render(rich, "docx")))
    for expected in (
        *EXPECTED,
        "northline-billing-0417",
        "Duration: 1:02",
        "Customer: Frustrated",
        "How many minutes did the customer wait?: 2.5",
        "Which product?: broadband",
        "Was there an apology?: Partly",
        "Was the transfer announced?: Not applicable",
        "Offer a credit: Missed",
        "Service quality: 83%",
        "00:25.2 Customer: Yes, that's right.",
    ):
        assert expected in lines
    assert not any("Why did my bill go up?" in line for line in lines), "that question was answered"


def test_the_same_is_in_the_text_and_on_the_page(rich: CallResult) -> None:
    text, page = render(rich, "txt"), render(rich, "html")
    assert isinstance(text, str) and isinstance(page, str)
    for expected in EXPECTED:
        assert expected in text
    for expected in ("Partly resolved", "within two working days", "Threatens to leave", "Billing script", "broadband"):
        assert expected in page
    assert page.count('class="course"') == 2 and 'aria-label="Missed"' in page and ">critical<" in page


@pytest.mark.parametrize("kind", ["call", "chat", "silent", "partial", "failed", "hour"])
def test_every_kind_of_result_is_a_document(kind: str, request: pytest.FixtureRequest) -> None:
    lines = list(words_of(render(request.getfixturevalue(kind), "docx")))
    assert "Transcript" in lines and not any("None" in line for line in lines)


def test_a_document_holds_no_original_text(rich: CallResult, raw_values: tuple[str, ...]) -> None:
    text = "\n".join(words_of(render(rich, "docx")))
    assert "[PERSON_NAME_1]" in text and not [value for value in raw_values if value in text]


def test_text_that_xml_cannot_hold(call: CallResult) -> None:
    nasty = dataclasses.replace(call.utterances[0], text="a\x00b\x1b[2J \ud800 \uffff <b>&amp;</b> \U0001f600")
    lines = list(words_of(render(dataclasses.replace(call, utterances=(nasty,), call_id="caf\udce9"), "docx")))
    assert any(line.endswith("a b [2J ? ? <b>&amp;</b> \U0001f600") for line in lines)


def test_a_format_is_checked_before_any_work(monkeypatch: pytest.MonkeyPatch, call: CallResult) -> None:
    check_formats(("json", "docx"))
    with pytest.raises(UnknownNameError, match="did you mean 'docx'"):
        check_formats(("doc",))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"call-engine\[reports\]"):
        check_formats(("docx",))
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ConfigurationError, match="python-docx is not installed"):
        render(call, "docx")


# --- findings ---------------------------------------------------------------------------------------------------------


def test_plain_texts_stand_in_where_there_are_no_items(call: CallResult) -> None:
    assert call.analysis
    found = {section.title: [each.text for each in section.findings] for section in sections(call.analysis)}
    assert found["Actions"] == list(call.analysis.actions) and found["Follow-ups"] == list(call.analysis.follow_ups)
    assert set(found) == {"Actions", "Follow-ups"} and verdicts(call.analysis) == []


@pytest.mark.parametrize(
    ("answer", "text", "mark"),
    [
        (ChecklistAnswer("q", "Q?", True), "Yes", "yes"),
        (ChecklistAnswer("q", "Q?", False), "No", "no"),
        (ChecklistAnswer("q", "Q?", None), "Not answerable", "open"),
        (ChecklistAnswer("q", "Q?", True, applicable=False), "Not applicable", "open"),
        (ChecklistAnswer("q", "Q?", 0.5), "Partly", "value"),
        (ChecklistAnswer("q", "Q?", 0.0), "0", "value"),
        (ChecklistAnswer("q", "Q?", "monthly"), "monthly", "value"),
    ],
)
def test_an_answer_in_words(answer: ChecklistAnswer, text: str, mark: str) -> None:
    assert (answer_text(answer), answer_mark(answer)) == (text, mark)


def test_a_mood_is_drawn_with_the_good_side_up(rich: CallResult) -> None:
    assert rich.analysis
    agent, customer = moods(rich.analysis)
    assert customer == Mood("S2", "Frustrated", (-1.0, 0.0, 1.0))
    assert customer.points(160, 24) == "0.0,24.0 80.0,12.0 160.0,0.0" and agent.attitude == "Friendly"


def test_a_long_course_is_averaged(rich: CallResult) -> None:
    assert rich.analysis
    course = tuple((index, "positive" if index < 500 else "negative") for index in range(1000))
    analysis: Analysis = dataclasses.replace(rich.analysis, speakers=(SpeakerMood("S1", None, course),))  # type: ignore[arg-type]
    (mood,) = moods(analysis)
    assert len(mood.course) == 40 and mood.course[0] == 1.0 and mood.course[-1] == -1.0
    assert moods(dataclasses.replace(analysis, speakers=(SpeakerMood("S1", None, course[:1]),))) == []  # type: ignore[arg-type]
