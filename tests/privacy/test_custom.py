"""Entities, lists and thresholds of the site's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import from_mapping
from engine.errors import ConfigurationError, PrivacyError, UnknownNameError
from engine.privacy import PrivacyFilter, load_privacy_filter
from engine.privacy.hits import Hit
from engine.privacy.lists import WordLists, whole_words

BADGE = {"name": "badge_number", "patterns": [r"\bEMP-\d{4,6}\b"], "score": 0.9}
PROJECT = {"name": "project_name", "words": ["Blue Heron", "青鷺"]}


def privacy(**settings: object) -> PrivacyFilter:
    return load_privacy_filter(from_mapping({"privacy": settings}).privacy)


def redacted(text: str, **settings: object) -> str:
    return privacy(**settings).redact_text(text, "en").text


FOUND = [
    ("my badge is EMP-12345.", "my badge is [BADGE_NUMBER_1]."),
    ("emp-1234 and EMP-1234", "[BADGE_NUMBER_1] and [BADGE_NUMBER_1]"),
    ("it is about blue  heron, again Blue Heron", "it is about [PROJECT_NAME_1], again [PROJECT_NAME_1]"),
    ("件名は青鷺です", "件名は[PROJECT_NAME_1]です"),
    ("EMP-12 and bluer herons", "EMP-12 and bluer herons"),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_custom_entities_are_found_and_numbered(text: str, expected: str) -> None:
    custom = [BADGE, PROJECT]
    assert redacted(text, entities=["badge_number", "project_name"], custom=custom) == expected


def test_custom_entities_belong_to_all_and_can_be_left_out() -> None:
    assert redacted("EMP-12345", custom=[BADGE]) == "[BADGE_NUMBER_1]"
    assert redacted("EMP-12345 a@b.com", custom=[BADGE], entities=["email_address"]) == "EMP-12345 [EMAIL_ADDRESS_1]"
    assert privacy(custom=[BADGE]).name.endswith("36 of 36 entities and 1 custom")


def test_custom_entities_have_thresholds_substitutions_context_and_reasons() -> None:
    low = {**BADGE, "score": 0.3, "context": ["badge"]}
    only = {"entities": ["badge_number"], "custom": [low]}
    assert redacted("it was EMP-12345", **only) == "it was EMP-12345"
    assert redacted("my badge: EMP-12345", **only) == "my badge: [BADGE_NUMBER_1]"
    assert redacted("my badge: EMP-12345", **only, substitution={"badge_number": "mask"}) == "my badge: ***-*****"
    assert redacted("my badge: EMP-12345", **only, thresholds={"badge_number": 0.99}) == "my badge: EMP-12345"
    (span,) = privacy(**only, explain=True).redact_text("my badge: EMP-12345", "en").spans
    assert (span.recognizer, span.why) == ("custom", "pattern 1, cue 'badge'")


BAD = [
    ({"name": "Badge"}, "small letters"),
    ({"name": "badge_1"}, "small letters"),
    ({"name": ""}, "small letters"),
    ({"name": "all"}, "small letters"),
    ({"name": "person_name"}, "none of the 36"),
    ({"patterns": []}, "some patterns or words"),
    ({"patterns": ["[a-"]}, "no regular expression"),
    ({"patterns": ["x*"]}, "matches empty text"),
    ({"patterns": [r"(?:a+)+\d"]}, "take forever"),
    ({"patterns": [r"(?:\w+\s?)+:X"]}, "take forever"),
    ({"score": 0}, "score"),
    ({"score": 1.5}, "score"),
    ({"language": "englsh"}, "did you mean 'en'"),
    ({"language": "en-US"}, "did you mean 'en'"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_bad_definitions_are_refused_at_the_start(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        privacy(custom=[{**BADGE, **changes}])


def test_an_unknown_name_has_the_nearest_custom_one() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'badge_number'"):
        privacy(custom=[BADGE], entities=["badge_numbr"])


def test_a_pattern_that_takes_too_long_on_a_call_stops_its_redaction() -> None:
    slow = {"name": "slow_one", "patterns": [r"z(?:é|é)+y"]}  # the probes have no such letters
    with pytest.raises(PrivacyError, match="TimeoutError"):
        redacted("z" + "é" * 4000 + "!y", custom=[slow], entities=["slow_one"])


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lists(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "allow.txt").write_text("# ours\nMiller Bank\nsupport@miller.example # shared\n\n", "utf-8")
    (tmp_path / "names.txt").write_text("\ufeffXanthippe\nvan der Zwaluw\n山本\n", "utf-8")
    return {
        "allow_lists": [str(tmp_path / "allow.txt")],
        "deny_lists": {"person_name": str(tmp_path / "names.txt")},
        "entities": ["person_name", "organization", "email_address"],
    }


LISTED = [
    ("welcome to Miller Bank", "welcome to Miller Bank"),
    ("write to support@miller.example", "write to support@miller.example"),
    ("write to jo@miller.example", "write to [EMAIL_ADDRESS_1]"),
    ("xanthippe and VAN DER  ZWALUW called", "[PERSON_NAME_1] and [PERSON_NAME_2] called"),
    ("担当は山本です", "担当は[PERSON_NAME_1]です"),
]


@pytest.mark.parametrize(("text", "expected"), LISTED)
def test_allow_and_deny_lists(text: str, expected: str, lists: dict[str, object]) -> None:
    assert redacted(text, **lists) == expected


def test_phrases_are_whole_words() -> None:
    lists = WordLists(whole_words(["Ann Lee"]), {"person_name": whole_words(["Xanthippe"])})
    assert lists.hits("xanthippes, Xanthippe's", []) == [
        Hit("person_name", 12, 21, 1.0, "Xanthippe", "deny list", "phrase of the deny list")
    ]
    inside, beyond = Hit("person_name", 0, 3, 0.9, "Ann"), Hit("person_name", 0, 11, 0.9, "Ann Lee Ray")
    assert lists.hits("Ann Lee Ray", [inside, beyond]) == [beyond]


def test_what_is_on_both_lists_is_denied(lists: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "allow.txt").write_text("Xanthippe\n")
    assert redacted("Xanthippe", **lists) == "[PERSON_NAME_1]"


def test_lists_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.txt"):
        privacy(allow_lists=[str(tmp_path / "absent.txt")])
    (tmp_path / "latin.txt").write_bytes("Müller".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"latin\.txt"):
        privacy(deny_lists={"person_name": str(tmp_path / "latin.txt")})
    with pytest.raises(UnknownNameError, match="did you mean 'person_name'"):
        privacy(deny_lists={"person_nme": str(tmp_path / "latin.txt")})


def test_a_long_list_is_one_pattern() -> None:
    pattern = whole_words([f"name{number}" for number in range(5000)])
    assert [match[0] for match in pattern.finditer("name12 name4999 name5000")] == ["name12", "name4999"]


def test_another_content_of_a_list_is_another_fingerprint(lists: dict[str, object], tmp_path: Path) -> None:
    before = privacy(**lists).fingerprint
    (tmp_path / "names.txt").write_text("Else\n")
    assert privacy(**lists).fingerprint != before


def test_thresholds_by_entity() -> None:
    text = "mail jo@example.com, card 4111 1111 1111 1111"
    only = {"entities": ["email_address", "credit_card_number"]}
    assert (
        redacted(text, **only, thresholds={"email_address": 1.0}) == "mail jo@example.com, card [CREDIT_CARD_NUMBER_1]"
    )
    assert redacted(text, **only, score_threshold=1.0, thresholds={"email_address": 0.5}).startswith(
        "mail [EMAIL_ADDRESS_1]"
    )
