"""Text that no keyboard writes: nothing is lost, nothing breaks, and what is hidden in it is found or left whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import PrivacyConfig
from engine.privacy import PrivacyFilter, load_privacy_filter

MAIL = "jo@example.com"


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


@given(st.text(max_size=60), st.sampled_from(["en", "ja", "xx", "", "en-US", "\0"]))
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


_NUMBERS = load_privacy_filter(PrivacyConfig(("email_address", "phone_number")))


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


@pytest.mark.parametrize("position", [*range(7_980, 8_010), 10_000])
def test_a_long_turn_hides_nothing_where_it_is_cut(position: int) -> None:
    filler = "we talked about it. " * 800
    text = f"{filler[:position]} mail {MAIL} {filler[position:]}"
    redacted = _NUMBERS.redact_text(text, "en")
    assert redacted.text == text.replace(MAIL, "[EMAIL_ADDRESS_1]")
