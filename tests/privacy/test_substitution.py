from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import from_mapping
from engine.config_types import PrivacyConfig, Substitution
from engine.errors import ConfigurationError, UnknownNameError
from engine.privacy import PrivacyFilter, load_privacy_filter
from engine.privacy.hits import folded
from engine.privacy.substitution import Substitutes, masked, plan
from engine.types import Language, Transcript, Utterance, Word

KEY = b"a site key of 32 bytes or so ..."
TEXT = "Maria Lopez here, mail maria@example.org, again: MARIA@example.org, card 4111 1111 1111 1111."
NAMES = ("person_name", "email_address", "credit_card_number")


def substitutes(method: str, key: bytes | None = KEY, keep_last: int = 0) -> Substitutes:
    rules = {"default": Substitution(method, keep_last)}  # type: ignore[arg-type]
    return Substitutes(plan(rules, NAMES, key), [], "en")


def privacy(substitution: dict[str, object], **settings: object) -> PrivacyFilter:
    table = {"entities": NAMES, "substitution": substitution, **settings}
    return load_privacy_filter(from_mapping({"privacy": table}).privacy)


METHODS = [
    ("marker", "[PERSON_NAME_1] here, mail [EMAIL_ADDRESS_1], again: [EMAIL_ADDRESS_1], card [CREDIT_CARD_NUMBER_1]."),
    ("entity", "[PERSON_NAME] here, mail [EMAIL_ADDRESS], again: [EMAIL_ADDRESS], card [CREDIT_CARD_NUMBER]."),
    ("mask", "***** ***** here, mail *****@*******.***, again: *****@*******.***, card **** **** **** ****."),
    ("keep", TEXT),
    ("remove", "here, mail, again:, card."),
]


@pytest.mark.parametrize(("method", "expected"), METHODS)
def test_every_method_on_a_text(method: str, expected: str) -> None:
    assert privacy({"default": method}).redact_text(TEXT, "en").text == expected


def test_a_method_for_each_entity() -> None:
    rules = {
        "default": "entity",
        "person_name": "keep",
        "credit_card_number": {"method": "mask", "keep_last": 4},
    }
    found = privacy(rules).redact_text(TEXT, "en")
    assert found.text.startswith("Maria Lopez here, mail [EMAIL_ADDRESS]")
    assert found.text.endswith("card **** **** **** 1111.")
    assert {span.entity for span in found.spans} == {"email_address", "credit_card_number"}  # what stays is no finding


def test_hashes_link_the_calls_of_a_site_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def hashed(key: str) -> list[str]:
        monkeypatch.setenv("CALL_ENGINE_SITE_KEY", key)
        return [span.marker for span in privacy({"default": "hash"}).redact_text(TEXT, "en").spans]

    first, again, other = hashed("one site, one key"), hashed("one site, one key"), hashed("another site's key")
    assert first == again
    assert not set(first) & set(other)
    assert all(re.fullmatch(r"\[[A-Z_]+_\d{16}\]", marker) for marker in first)
    assert first[1] == first[2]  # letter case makes no difference
    assert len(set(first)) == 3


def test_surrogates_are_the_same_in_all_calls_only_under_a_site_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    def fakes() -> list[str]:
        return [span.marker for span in privacy({"default": "surrogate"}).redact_text(TEXT, "en").spans]

    alone = [tuple(fakes()) for _ in range(4)]
    assert len(set(alone)) == 4
    assert all(found[1] == found[2].lower() for found in alone)
    monkeypatch.setenv("CALL_ENGINE_SITE_KEY", "one site, one key")
    assert fakes() == fakes()
    assert not {"Maria", "Lopez", "4111"} & set(re.findall(r"\w+", " ".join(fakes())))


BAD = [
    ({"substitution": {"person_nam": "mask"}}, UnknownNameError, "did you mean 'person_name'"),
    ({"substitution": {"default": "maks"}}, UnknownNameError, "did you mean 'mask'"),
    ({"substitution": {"default": {"method": "mask", "keep": 4}}}, UnknownNameError, "did you mean 'keep_last'"),
    ({"substitution": {"default": {"keep_last": 4}}}, ConfigurationError, "keep_last"),
    ({"substitution": {"default": {"method": "mask", "keep_last": -1}}}, ConfigurationError, "keep_last"),
    ({"substitution": {"default": "hash"}}, ConfigurationError, "site key"),
    ({"substitution": {"default": "hash"}, "site_key_file": "/absent/key"}, ConfigurationError, "/absent/key"),
    ({"thresholds": {"person_nam": 0.5}}, UnknownNameError, "did you mean 'person_name'"),
    ({"thresholds": {"person_name": 1.5}}, ConfigurationError, "0 to 1"),
    ({"site_key": "secret"}, UnknownNameError, "site_key"),
]


@pytest.mark.parametrize(("settings", "error", "message"), BAD)
def test_wrong_settings_are_refused_before_any_work(
    settings: dict[str, object], error: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALL_ENGINE_SITE_KEY", raising=False)
    with pytest.raises(error, match=message):
        load_privacy_filter(from_mapping({"privacy": settings}).privacy)


def test_a_site_key_that_can_be_guessed_is_refused_and_stands_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALL_ENGINE_SITE_KEY", "hunter2")
    with pytest.raises(ConfigurationError, match="7 bytes") as caught:
        load_privacy_filter(PrivacyConfig(("url",)))
    assert "hunter2" not in str(caught.value)


def test_a_site_key_is_in_no_representation() -> None:
    assert str(KEY) not in repr(plan({}, NAMES, KEY))


MASKS = [
    ("4111-1111-1111-1234", 4, "****-****-****-1234"),
    ("4155552671", 4, "******2671"),
    ("789", 4, "**9"),
    ("1234", 4, "**34"),
    ("7", 1, "*"),
    ("Ana", 0, "***"),
    ("कमला", 0, "**" + "ल".replace("ल", "*") + "ा"),
    ("", 2, ""),
]


@pytest.mark.parametrize(("value", "keep_last", "expected"), MASKS)
def test_masks_never_show_more_than_half(value: str, keep_last: int, expected: str) -> None:
    assert masked(value, keep_last) == expected


@given(st.text(max_size=30), st.integers(0, 30))
def test_a_mask_has_the_length_of_its_value(value: str, keep_last: int) -> None:
    mask = masked(value, keep_last)
    assert len(mask) == len(value)
    shown = sum(a == b and a.isalnum() for a, b in zip(mask, value, strict=True))
    assert shown <= sum(map(str.isalnum, value)) // 2


@pytest.mark.parametrize("method", ["marker", "mask", "hash", "surrogate", "entity"])
def test_one_value_has_one_replacement_within_a_call(method: str) -> None:
    call = substitutes(method)
    assert call.marker("person_name", "Ann Lee") == call.marker("person_name", "Ann Lee")
    assert folded(call.marker("person_name", "ANN LEE")) == folded(call.marker("person_name", "Ann Lee"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("415-555 2671", "4155552671", True),
        ("José", "JOSE\u0301", True),
        ("A\u200bnn", "ann", True),
        ("कमल", "कमला", False),
        ("Ann", "Anne", False),
    ],
)
def test_what_counts_as_the_same_value(one: str, other: str, same: bool) -> None:
    assert (folded(one) == folded(other)) is same


def transcript(text: str) -> Transcript:
    words = tuple(Word(word, i / 2, i / 2 + 0.4, 0.9) for i, word in enumerate(text.split()))
    return Transcript(Language("en", 1.0), (), (Utterance(0, "S1", "customer", 0.0, 9.0, text, words),))


@pytest.mark.parametrize("method", ["marker", "entity", "mask", "hash", "surrogate", "remove"])
def test_words_text_and_redactions_agree_whatever_the_method(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALL_ENGINE_SITE_KEY", "one site, one key")
    redacted = privacy({"default": method}).redact(transcript("I am Maria Lopez, mail maria@example.org please"))
    (utterance,) = redacted.utterances
    assert re.sub(r"\s", "", "".join(word.text for word in utterance.words)) == re.sub(r"\s", "", utterance.text)
    assert [utterance.text[one.start_char : one.end_char] for one in redacted.redactions] == [
        one.marker for one in redacted.redactions
    ]
    assert [(one.start_s, one.end_s) for one in redacted.redactions] == [(1.0, 1.9), (2.5, 2.9)]
    assert "Maria" not in utterance.text


def test_findings_say_who_found_them_and_why_only_where_asked() -> None:
    said = transcript("my e-mail is maria@example.org")
    plain, explained = privacy({}).redact(said), privacy({}, explain=True).redact(said)
    assert (plain.redactions[0].recognizer, plain.redactions[0].why) == ("", "")
    assert explained.redactions[0].recognizer
    assert explained.redactions[0].why
    assert "maria" not in explained.redactions[0].why
