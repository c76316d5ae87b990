"""What is made from a redacted call is redacted again, under the markers of the call."""

from __future__ import annotations

import pytest

from engine.analysis_types import Analysis, AnalysisNotes, Scores
from engine.config import from_mapping
from engine.privacy import CallRedaction, load_privacy_filter
from engine.types import Language, Transcript, Utterance

SAID = [
    "My name is Maria Lopez, my number is 415-555-2671.",
    "Thank you. And the e-mail?",
    "maria.lopez@example.org, and Will Baker lives with me.",
]


def redacted_call(**settings: object) -> CallRedaction:
    call = load_privacy_filter(from_mapping({"privacy": settings}).privacy).open()
    turns = tuple(Utterance(i, "S1", "customer", None, None, text) for i, text in enumerate(SAID))
    call.redact(Transcript(Language("en", 1.0), (), turns))
    return call


@pytest.fixture(scope="module")
def call() -> CallRedaction:
    return redacted_call()


DERIVED = [
    ("[PERSON_NAME_1] called from [PHONE_NUMBER_1].", "[PERSON_NAME_1] called from [PHONE_NUMBER_1]."),
    ("Maria Lopez called.", "[PERSON_NAME_1] called."),
    ("maria lopez called.", "[PERSON_NAME_1] called."),
    ("The number is 415 555 2671.", "The number is [PHONE_NUMBER_1]."),
    ("Mail to maria.lopez@example.org", "Mail to [EMAIL_ADDRESS_1]"),
    ("The card is 4111 1111 1111 1111.", "The card is [CREDIT_CARD_NUMBER_1]."),
    ("She will call back.", "She will call back."),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), DERIVED)
def test_values_of_the_call_get_their_markers(text: str, expected: str, call: CallRedaction) -> None:
    assert call.redact_derived(text) == expected
    assert call.redact_derived(expected) == expected


@pytest.mark.parametrize("method", ["marker", "entity", "mask", "hash", "surrogate"])
def test_replacements_stay_as_they_are(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALL_ENGINE_SITE_KEY", "one site, one key")
    filter_ = load_privacy_filter(from_mapping({"privacy": {"substitution": {"default": method}}}).privacy)
    call = filter_.open()
    turns = tuple(Utterance(i, "S1", "customer", None, None, text) for i, text in enumerate(SAID))
    for utterance in call.redact(Transcript(Language("en", 1.0), (), turns)).utterances:
        assert call.redact_derived(utterance.text) == utterance.text


def test_every_free_text_of_an_analysis_is_redacted(call: CallRedaction) -> None:
    leak = "Maria Lopez said so"
    notes = AnalysisNotes(*[leak] * 12)
    analysis = Analysis("vllm:m", leak, "neutral", Scores(), *[(leak, "fine")] * 4, analysis_notes=notes)
    safe = call.redact_analysis(analysis)
    assert "Lopez" not in repr(safe)
    assert safe.summary == safe.analysis_notes.root_cause == "[PERSON_NAME_1] said so"
    assert safe.actions == safe.tags == ("[PERSON_NAME_1] said so", "fine")


def test_nothing_is_redacted_where_nothing_is_to_be() -> None:
    call = redacted_call(entities=["none"])
    assert call.redact_derived("Maria Lopez called.") == "Maria Lopez called."


def test_the_originals_are_kept_in_order_and_out_of_sight(call: CallRedaction) -> None:
    assert call.originals[:2] == ["Maria Lopez", "415-555-2671"]
    assert "Lopez" not in repr(call)


def test_names_of_speakers_are_known_to_the_call() -> None:
    filter_ = load_privacy_filter(from_mapping({"privacy": {"entities": ["person_name"]}}).privacy)
    names = {"xanthia": "Xanthia Quorb", "quorb": "Xanthia Quorb", "will": "Will"}
    call = filter_.open(names)
    text = "xanthia here, I will ask. Will, it is Quorb, xanthia quorb."
    assert call.redact_text(text, "en").text == (
        "[PERSON_NAME_1] here, I will ask. [PERSON_NAME_2], it is [PERSON_NAME_1], [PERSON_NAME_1]."
    )
