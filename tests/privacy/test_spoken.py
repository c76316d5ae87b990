from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.privacy import spoken
from engine.privacy.spoken import normalize

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
PLAIN = (
    "the bill came late and I would like to talk with someone about it please thank you we can help today no problem "
    "everyone anyone to for won ate tea be see you are why okay second first minute"
).split()


def cardinal(value: int, joined: str = " ") -> str:
    """A number below a million in words, the plain way; `joined` stands before what is below a hundred."""
    if value >= 1000:
        before_rest = joined if value % 1000 < 100 else " "
        rest = f"{before_rest}{cardinal(value % 1000, joined)}" if value % 1000 else ""
        return f"{cardinal(value // 1000, joined)} thousand{rest}"
    if value >= 100:
        rest = f"{joined}{cardinal(value % 100)}" if value % 100 else ""
        return f"{DIGITS[value // 100]} hundred{rest}"
    if value >= 20:
        return TENS[value // 10 - 2] + (f"-{DIGITS[value % 10]}" if value % 10 else "")
    return TEENS[value - 10] if value >= 10 else DIGITS[value]


NUMBERS = [
    ("My phone number is four one five, five five five, two six seven one.", "My phone number is 4155552671."),
    ("four one five uh five five five, um, two six seven one", "4155552671"),
    ("four one five, no, sorry, four one six", "415416"),
    ("oh seven seven double five triple two nine", "077552229"),
    ("treble two quadruple seven", "2227777"),
    ("five four oh four, four o seven", "5404407"),
    ("double oh seven", "007"),
    ("twenty-three and twenty three", "23 and 23"),
    ("one hundred and five", "105"),
    ("a hundred bucks", "100 bucks"),
    ("one eight hundred five five five one two one two", "18005551212"),
    ("six hundred West Cedar Street", "600 West Cedar Street"),
    ("fifty thousand", "50,000"),
    ("two thousand dollars", "2,000 dollars"),
    ("in two thousand nineteen", "in 2019"),
    ("nineteen oh five", "1905"),
    ("four seventy-one, eight thirty fifty", "47183050"),
    ("four, one, five, five", "4155"),
    ("one 4 two 7", "1427"),
    ("four point five", "4.5"),
    ("one ninety-two dot one sixty-eight dot one dot one", "192.168.1.1"),
    ("five five five dash one two one two", "555-1212"),
    ("oh five slash twenty-seven", "05/27"),
    ("it expires oh five and oh, two more things", "it expires 05 and oh, 2 more things"),
    ("five one moment please", "5 one moment please"),
    ("this one two times", "this one 2 times"),
    ("between one hundred and two hundred dollars", "between 100 and 200 dollars"),
    ("twenty minutes or three months", "20 minutes or 3 months"),
    ("twenty nineteen, twenty twenty", "2019, 2020"),
    ("in 2019 two people", "in 2019 2 people"),
]
DATES = [
    ("March third nineteen eighty-five", "March 3rd 1985"),
    ("March three nineteen eighty-five", "March 3 1985"),
    ("the third of March eighty-five", "the 3rd of March 85"),
    ("September twenty twenty-eight", "September 2028"),
    ("September twenty nineteen eighty", "September 20 1980"),
    ("May ten twenty-eight", "May 10 28"),
    ("May the fourth, two thousand and one", "May the 4th, 2001"),
    ("September twenty-first twenty twenty-one", "September 21st 2021"),
    ("the thirty-first day of January", "the 31st day of January"),
]
LETTERS = [
    ("Smith, S M I T H", "Smith, SMITH"),
    ("that's M. A. N. G. O.", "that's MANGO."),
    ("S-M-I-T-H", "SMITH"),
    ("B as in Bravo, R as in Romeo", "BR"),
    ("X as in X-ray, B for bravo, seven seven two one", "XB7721"),
    ("Bravo Charlie Delta one two", "BCD12"),
    ("capital J lowercase o", "JO"),
    ("double T", "TT"),
    ("A B one two three four", "AB1234"),
    ("one H G C M eight two six", "1HGCM826"),
    ("B as in Bravo and that is it", "B and that is it"),
]
ADDRESSES = [
    ("john dot doe at example dot com", "john.doe@example.com"),
    ("it's mary jane eighty-five at gmail dot com thanks", "it's maryjane85@gmail.com thanks"),
    ("john underscore smith at my dash company dot co dot uk", "john_smith@my-company.co.uk"),
    ("J S M I T H at outlook dot com", "JSMITH@outlook.com"),
    ("alex 007 gmailcom", "alex007@gmail.com"),
    ("alex at gmail com", "alex@gmail.com"),
    ("my email is sarah at acme dot org", "my email is sarah@acme.org"),
    ("go to www dot example dot com slash help", "go to www.example.com/help"),
    ("look at amazon dot com for it", "look at amazon.com for it"),
    ("I bought it yesterday at amazon dot com", "I bought it yesterday at amazon.com"),
    ("my handle is jane underscore doe", "my handle is jane_doe"),
]
LEFT_ALONE = [
    "one moment please, no one is here, this one and the other one",
    "I want to go to the shop for you too",
    "oh, I see. Oh no",
    "you may first want to wait a second",
    "at 7 p.m. or in the U.S. with plan B",
    "I, I, I don't know, r u ok",
    "the twenty-first century and a second-hand car",
    "john.doe@example.com, 415-555-2671, 4 1 5, 10:30, $49.99 and 3rd",
    "Mike and Charlie met Victor at the hotel in India",
    "[PERSON_NAME_1] called [PHONE_NUMBER_2]",
    "",
    " \t ",
]


@pytest.mark.parametrize(("spoken", "written"), [*NUMBERS, *DATES, *LETTERS, *ADDRESSES])
def test_spoken_forms_are_written(spoken: str, written: str) -> None:
    assert normalize(spoken, "en").text == written


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_not_a_spoken_form_stays(text: str) -> None:
    assert normalize(text, "en").text == text


@pytest.mark.parametrize("text", [case[0] for case in NUMBERS])
def test_other_languages_stay(text: str) -> None:
    assert normalize(text, "sv").text == text


@given(st.lists(st.sampled_from(PLAIN), max_size=20))
def test_plain_words_stay(words: list[str]) -> None:
    text = " ".join(words)
    assert normalize(text, "en").text == text


@given(st.integers(1, 999_999), st.sampled_from([" ", " and "]))
def test_cardinals_are_read_as_the_reference_writes_them(value: int, joined: str) -> None:
    text = normalize(f"it is {cardinal(value, joined)} dollars", "en").text
    assert text.replace(",", "") == f"it is {value} dollars"


@st.composite
def read_out(draw: st.DrawFn) -> tuple[str, str]:
    """Digits and one way to read them out: one by one, doubled, "oh", in groups, with fillers."""
    groups = draw(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=4), min_size=1, max_size=4))
    separator = draw(st.sampled_from([", ", " ", " uh ", ", um, "]))
    zero = draw(st.sampled_from(["zero", "oh"]))
    spoken = [" ".join(zero if digit == 0 else DIGITS[digit] for digit in group) for group in groups]
    if draw(st.booleans()):
        groups.append([7, 7])
        spoken.append("double seven")
    return "".join(str(digit) for group in groups for digit in group), separator.join(spoken)


@given(read_out())
def test_a_number_read_out_maps_back_to_exactly_its_words(case: tuple[str, str]) -> None:
    digits, spoken = case
    assume("oh" not in spoken or len(digits) > 2)
    normalized = normalize(f"It is {spoken}, thank you", "en")
    start = normalized.text.find(digits)
    assert start == len("It is ")
    first, last = normalized.source_span(start, start + len(digits))
    assert normalized.source[first:last] == spoken


FORMS = """
    oh a A I B S double hundred thousand and dot at com gmail gmailcom underscore dash slash as in for capital bravo
    november March third of twenty-first x-ray no sorry uh 12 4.5 john www p m , . [DATE_1] 界 é
"""
TRICKY = st.sampled_from([*DIGITS, *TENS, *FORMS.split()])


@given(st.lists(st.tuples(TRICKY, st.sampled_from([" ", "", "-", ", ", ". "])), max_size=25))
def test_any_mix_of_forms_is_read_and_maps_back(pieces: list[tuple[str, str]]) -> None:
    source = "".join(word + gap for word, gap in pieces)
    normalized = normalize(source, "en")
    spans = [normalized.source_span(index, index + 1) for index in range(len(normalized.text))]
    assert spans == sorted(spans)
    assert all(0 <= start <= end <= len(source) for start, end in spans)
    assert "[DATE_1]" not in source or "[DATE_1]" in normalized.text


OPENING = (
    "I a, A, B, x ray as in apple capital double five oh twenty third March dot at com gmail slash J.P. 7 the and um "
    "sorry à y o e c comme Anatole zéro deux trois mars point arobase Ç É"
).split()


@given(st.lists(st.sampled_from([*PLAIN, *OPENING]), max_size=8).map(" ".join), st.sampled_from(["en", "fr", "de"]))
def test_turns_taken_for_written_have_nothing_that_is_spoken(text: str, language: str) -> None:
    made = normalize(text, language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spoken, "_is_written", lambda source, words: False)  # noqa: ARG005
        assert normalize(text, language) == made
