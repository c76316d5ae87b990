from __future__ import annotations

from engine.privacy.echoes import Echoes
from engine.privacy.hits import Hit
from engine.privacy.passages import Turn
from engine.privacy.spoken import normalize


def echoes(entity: str, value: str, *texts: str) -> list[list[str]]:
    """What the turns repeat of a value that was found elsewhere."""
    heard = Echoes()
    heard.learn([Hit(entity, 0, 0, 0.9, value)])
    found = [list(heard.heard_in(Turn(index, normalize(text, "en")))) for index, text in enumerate(texts)]
    assert all(hit.entity == entity and hit.value == value for some in found for hit in some)
    return [[text[hit.start : hit.end] for hit in some] for text, some in zip(texts, found, strict=True)]


def test_a_number_is_heard_again_in_any_form() -> None:
    said = "so 415 555-2671?", "four one five, five five five, two six seven one", "415555267", "$4155552671"
    assert echoes("phone_number", "(415) 555-2671", *said) == [["415 555-2671"], [said[1]], [], []]


def test_the_last_four_digits_of_a_long_number_are_it() -> None:
    assert echoes("credit_card_number", "4111 1111 1111 1234", "ending in 1234", "1111") == [["1234"], []]
    assert echoes("password", "881234", "ending in 1234") == [[]]


def test_short_codes_come_back_but_not_as_counts() -> None:
    assert echoes("credit_card_cvv", "789", "seven eight nine it is", "789%", "12789") == [["seven eight nine"], [], []]


def test_a_spelled_word_of_a_name_is_it() -> None:
    said = "S M I T H", "SMITH", "J O"
    assert echoes("person_name", "Jo Smith", *said) == [["S M I T H"], ["SMITH"], []]


def test_a_name_comes_back_anywhere_in_the_call_and_an_everyday_word_only_with_a_capital() -> None:
    said = "dominika called again", "I will pay", "tell Will about it", "Will you pay? will you?", "Dominika."
    assert echoes("person_name", "Dominika Will", *said) == [["dominika"], [], ["Will"], [], ["Dominika"]]


def test_words_of_places_do_not_come_back() -> None:
    assert echoes("location", "New York", "A NEW CARD", "a new card") == [[], []]


def test_amounts_days_and_ages_are_said_of_other_things_too() -> None:
    for entity in ("money_amount", "date", "person_age"):
        assert echoes(entity, "1500", "1500 it is") == [[]]
