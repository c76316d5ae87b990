"""Text that no keyboard writes: nothing is lost, nothing breaks, and what is hidden in it is found or left whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config_types import PrivacyConfig
from engine.errors import ConfigurationError
from engine.privacy import PrivacyFilter, load_privacy_filter, passages
from engine.privacy.recognizers import recognizers
from engine.privacy.recognizers.base import ANY

MAIL = "jo@example.com"
CLEAN = Path(__file__).parents[2] / "benchmarks" / "text" / "clean_business.txt"


@pytest.fixture(scope="module")
def numbers() -> PrivacyFilter:
    return load_privacy_filter(PrivacyConfig(("email_address", "phone_number", "credit_card_number", "url")))


ODD = [
    ("emoji", f"😀 write to {MAIL} 👩‍👩‍👧‍👦", "😀 write to [EMAIL_ADDRESS_1] 👩‍👩‍👧‍👦"),
    ("combining", f"cafe\u0301 {MAIL} n\u0303", "cafe\u0301 [EMAIL_ADDRESS_1] n\u0303"),
    ("right to left", f"שלום {MAIL} مرحبا", "שלום [EMAIL_ADDRESS_1] مرحبا"),
    ("NUL", f"a\0b {MAIL}\0", "a\0b [EMAIL_ADDRESS_1]\0"),
    ("control", f"\x1b[31m {MAIL} \x07", "\x1b[31m [EMAIL_ADDRESS_1] \x07"),
    ("lone surrogate", f"\ud83d {MAIL}", "\ud83d [EMAIL_ADDRESS_1]"),
    ("line breaks", f"a\r\n{MAIL}\u2028b\x85", "a\r\n[EMAIL_ADDRESS_1]\u2028b\x85"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_odd_characters_are_kept_and_hide_nothing(text: str, expected: str, numbers: PrivacyFilter) -> None:
    assert numbers.redact_text(text, "en").text == expected


@given(st.text(max_size=60), st.sampled_from(["en", "ja", "xx", "", "en-US"]))
@settings(max_examples=60)
def test_any_text_is_kept_but_for_the_findings(text: str, language: str) -> None:
    redacted = _NUMBERS.redact_text(text, language)
    position, kept = 0, []
    for span in redacted.spans:
        kept += [text[position : span.start], span.marker]
        position = span.end
    assert "".join(kept) + text[position:] == redacted.text


HIDDEN = [
    ("\u200b".join("jo@example.com"), "[EMAIL_ADDRESS_1]"),
    ("4111\u200d 1111\u2060 1111\u00ad 1111", "[CREDIT_CARD_NUMBER_1]"),
    ("\u202e".join("4111 1111 1111 1111"), "[CREDIT_CARD_NUMBER_1]"),
    ("\0".join("jo@example.com"), "[EMAIL_ADDRESS_1]"),
    ("４１１１　１１１１　１１１１　１１１１", "[CREDIT_CARD_NUMBER_1]"),
    ("call 415\u2011555\u20112671", "call [PHONE_NUMBER_1]"),
    ("call 415\u00a0555\u00a02671", "call [PHONE_NUMBER_1]"),
    ("\ufeffjo@example.com\ufeff", "\ufeff[EMAIL_ADDRESS_1]\ufeff"),
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN)
def test_what_nobody_sees_hides_nothing(text: str, expected: str, numbers: PrivacyFilter) -> None:
    assert numbers.redact_text(text, "en").text == expected


_EVERY = [made for made in recognizers() if made.supported_language in ("en", "de", "fr", "ja", "ru", ANY)]
_NUMBERS = load_privacy_filter(PrivacyConfig(("email_address", "phone_number")))


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("engl", "en"), ("english", "en"), ("klingon", "ko"), ("\0", "zh"), ("de,fr", "de")]
)
def test_an_unknown_language_is_answered_with_the_nearest(wrong: str, nearest: str) -> None:
    """ "english" would be searched with the rules of no language."""
    for redact in (_NUMBERS.redact_text, _NUMBERS.open().redact_text):
        with pytest.raises(ConfigurationError, match=f"unknown language; .*did you mean '{nearest}'"):
            redact("hello", wrong)
    with pytest.raises(ConfigurationError):
        _NUMBERS.open().redact_texts(["hello"], wrong)


MONSTERS = (
    *("a", "1", "a_", "1 ", "a.b@", "1-", "A ", "(", "1.", ":f", "a'", "1/", "1\n", "\u0301", "\u200b"),
    *("the ", "my name is ", "12 of ", "Aa ", "card ending ", "pin ", "Bank of and ", "1, ", "may ", "street "),
)


@pytest.mark.parametrize("unit", MONSTERS)
def test_no_recognizer_loses_itself_in_a_monstrous_text(unit: str) -> None:
    """Patterns that try their repeats in every way would not come back from it."""
    text = (unit * 2000)[:2000] + "!"
    for made in _EVERY:
        assert all(0 <= found.start < found.end <= len(text) for found in made.analyze(text, []))


def test_megabytes_in_one_turn() -> None:
    """Everything of all entities stays linear: the last line is found like the first."""
    line = "we talked about the weather and the garden for quite a while today.\n"
    text = f"mail {MAIL}\n" + line * (2_000_000 // len(line)) + "my card is 4111 1111 1111 1111\n"
    few = load_privacy_filter(PrivacyConfig(("email_address", "credit_card_number")))
    redacted = few.redact_text(text, "en")
    assert redacted.text.startswith("mail [EMAIL_ADDRESS_1]\n")
    assert redacted.text.endswith("my card is [CREDIT_CARD_NUMBER_1]\n")
    assert len(redacted.spans) == 2


def test_ten_megabytes_in_one_turn() -> None:
    """A turn is searched in parts; whatever it is made of, both ends of it are searched and nothing of it is lost."""
    blank = " " * 10_000_000
    redacted = _NUMBERS.redact_text(f"{MAIL}{blank}{MAIL}", "en")
    assert redacted.text == f"[EMAIL_ADDRESS_1]{blank}[EMAIL_ADDRESS_1]"


def test_a_document_in_one_turn_is_searched_to_its_end_with_everything_on() -> None:
    """Varied words, all entities and the model: every value, each another one, is found wherever it stands."""
    words = CLEAN.read_text("utf-8").split()
    chunks = [" ".join(words[start : start + 25]) for start in range(0, len(words), 25)] * 8
    values = [f"jo.{number}@example.com" for number in range(len(chunks))]
    text = " ".join(f"{chunk} write to {value} please" for chunk, value in zip(chunks, values, strict=True))
    spans = load_privacy_filter(PrivacyConfig(("all",))).redact_text(text, "en").spans
    found = [text[span.start : span.end] for span in spans if span.entity == "email_address"]
    assert found == values
    assert len(text) > 40_000


def test_a_document_is_searched_in_stretches_and_what_one_says_is_known_in_all(
    numbers: PrivacyFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "_STRETCH_CHARACTERS", 6_000)
    said = "my phone number is four one five, five five five, two six seven one. "
    talk = "we talked about the weather and the garden for quite a while today. "
    text = f"4155552671 {talk * 300}{said}{talk * 300}{said}{talk * 300}4155552671 {MAIL}"
    redacted = numbers.redact_text(text, "en").text
    number = "[PHONE_NUMBER_1]"
    hidden = said.replace("four one five, five five five, two six seven one", number)
    assert redacted == f"{number} {talk * 300}{hidden}{talk * 300}{hidden}{talk * 300}{number} [EMAIL_ADDRESS_1]"


def test_of_a_long_text_only_a_stretch_is_kept_in_its_written_form(
    numbers: PrivacyFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "and then it was ten, or twelve, or twenty five of them, I say. " * 1_500
    numbers.redact_text(text[:5_000], "en")
    whole = peak_bytes(lambda: numbers.redact_text(text, "en"))
    monkeypatch.setattr(passages, "_STRETCH_CHARACTERS", 10_000)
    assert peak_bytes(lambda: numbers.redact_text(text, "en")) < whole / 2


def peak_bytes(work: Callable[[], object]) -> int:
    """The most that the work holds at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("position", [*range(7_980, 8_010), 10_000])
def test_a_long_turn_hides_nothing_where_it_is_cut(position: int) -> None:
    filler = "we talked about it. " * 800
    text = f"{filler[:position]} mail {MAIL} {filler[position:]}"
    redacted = _NUMBERS.redact_text(text, "en")
    assert redacted.text == text.replace(MAIL, "[EMAIL_ADDRESS_1]")
