from __future__ import annotations

import re

import pytest

from engine.privacy.context import LIFT, Cues


def lifted(text: str, cues: tuple[str, ...] = ("pin", "date of birth")) -> float:
    """What context adds to the first number of four digits in a text."""
    start, end = next(match.span() for match in re.finditer(r"\d{4}", text))
    return Cues(cues).lifted(0.1, text, start, end) - 0.1


@pytest.mark.parametrize(
    "text",
    [
        "my pin is 4421",
        "PIN: 4421",
        "what is your pin?\n4421",
        "can I have the pins\n4421",
        "4421 is my pin",
        "4421, that's the pin",
        "my date of birth is 4421",
    ],
)
def test_a_cue_lifts(text: str) -> None:
    assert lifted(text) > 0.45


@pytest.mark.parametrize(
    "text",
    [
        "4421",
        "pineapples 4421",
        "my birth was 4421",
        "pin " + "word " * 13 + "4421",
        "4421 and the pin 5512",
        "4421. My pin is another",
        "my pin is 555 as I told you, and 4421",
        "pin?\na\nb\nc\nd\n4421",
    ],
)
def test_what_is_no_cue_or_belongs_elsewhere_does_not(text: str) -> None:
    assert lifted(text) == 0


def test_a_nearer_cue_lifts_more_and_adjoining_numbers_share_one() -> None:
    assert lifted("pin 4421") == pytest.approx(LIFT)
    assert lifted("pin 4421") > lifted("pin of the card 4421") > lifted("pin of the card that I have 4421") > 0
    assert lifted("pin 123 and 4421") > 0


def test_a_sure_find_stays_as_sure_and_no_cue_makes_certain() -> None:
    assert Cues(("pin",)).lifted(0.97, "pin 4421", 4, 8) == 0.97
    assert Cues(("pin",)).lifted(0.6, "pin 4421", 4, 8) == 0.95


def test_a_statement_in_the_turn_before_lifts_less_than_a_question() -> None:
    assert 0 < lifted("I lost my pin\n4421") < 0.3 < lifted("could I have the pin\n4421")


def test_scripts_without_spaces_need_no_word_border() -> None:
    assert lifted("暗証番号は4421", ("暗証番号",)) > 0.5


@pytest.mark.parametrize(
    ("language", "cue", "text"),
    [
        ("fr", "clé", "quelle est votre cle\n4421"),
        ("de", "PIN", "nennen Sie mir Ihre PIN\n4421"),
        ("fi", "tunnuslu*", "tunnusluvun saisinko\n4421"),
        ("ru", "парол*", "назовите ваш пароль\n4421"),
        ("ja", "暗証番号", "暗証番号をお願いします\n4421"),
        ("zh", "密码", "请问您的密码\n4421"),
        ("hi", "पासवर्ड", "आपका पासवर्ड क्या है\n4421"),
        ("ru", "пароль", "пароль\n4421"),
        ("es", "clave", "4421 es mi clave"),
        ("xx", "парол*", "назовите ваш пароль\n4421"),
    ],
)
def test_cues_of_other_languages_lift(language: str, cue: str, text: str) -> None:
    start = text.index("4421")
    assert Cues((cue,), language).lifted(0.1, text, start, start + 4) > 0.5


@pytest.mark.parametrize(
    ("language", "cue", "text"),
    [
        ("fr", "code", "les codes-barres\n4421"),
        ("hi", "पिन", "पिनकोडवाला 4421"),
        ("ru", "код", "кодекс 4421"),
        ("de", "pin", "ich habe gestern meine pin verloren\n4421"),
    ],
)
def test_other_words_and_statements_lift_little(language: str, cue: str, text: str) -> None:
    start = text.index("4421")
    assert Cues((cue,), language).lifted(0.1, text, start, start + 4) < 0.4
