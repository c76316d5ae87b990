from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.privacy.recognizers import names

Values = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is John Smith.", ["John Smith"]),
        ("my name is john smith and i have a question", ["john smith"]),
        ("so my name is uh priya raman", ["priya raman"]),
        ("My name is Thrasyvoulos.", ["Thrasyvoulos"]),
        ("my name is thrasyvoulos", ["thrasyvoulos"]),
        ("The name on the account is Gwendolyn Achterberg.", ["Gwendolyn Achterberg"]),
        ("My wife's name is Anna.", ["Anna"]),
        ("last name is okonkwo", ["okonkwo"]),
        ("my maiden name is Price", ["Price"]),
        ("Name: Donald van der Linde", ["Donald van der Linde"]),
        ("name kiran password is on file", ["kiran"]),
        ("the booking is in the name of José Luis García", ["José Luis García"]),
        ("what's your name? Petra Lindqvist", ["Petra Lindqvist"]),
        ("Just call me Mike.", ["Mike"]),
        ("she goes by liz", ["liz"]),
        ("my name is will", ["will"]),
        ("My name is Will and I need help.", ["Will"]),
        ("my name is cris and i moved", ["cris"]),
    ],
)
def test_stated(text: str, names: list[str], values: Values) -> None:
    assert values("person_name", text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("This is Jennifer from the billing team.", ["Jennifer"]),
        ("this is mark calling about my bill", ["mark"]),
        ("hello this is kaelynn from billing", ["kaelynn"]),
        ("Sarah speaking, how can I help?", ["Sarah"]),
        ("sarah speaking how can i help", ["sarah"]),
        ("I'm Grace calling from upstairs", ["Grace"]),
        ("im dinesh", ["dinesh"]),
        ("am i speaking with mister young", ["young"]),
        ("Am I speaking with Ms. Okafor?", ["Okafor"]),
        ("Mr. Brown said so", ["Brown"]),
        ("dr patel will see you now", ["patel"]),
        ("Doctor Nguyen told me", ["Nguyen"]),
        ("Thank you, Jennifer. How are you?", ["Jennifer"]),
        ("thanks jennifer", ["jennifer"]),
        ("thank you so much grace", ["grace"]),
        ("Hi Jaylynn, thanks for waiting", ["Jaylynn"]),
        ("hi robert", ["robert"]),
        ("okay carlos i see it", ["carlos"]),
        ("I spoke with Rose yesterday", ["Rose"]),
        ("i spoke with grace yesterday", ["grace"]),
        ("ask for dave please", ["dave"]),
        ("It's under Scott Vandermeer", ["Scott Vandermeer"]),
        ("my husband bill is on the account", ["bill"]),
        ("My daughter Zuri uses it", ["Zuri"]),
        ("my wife rose she has the card", ["rose"]),
        ("on behalf of rajesh kumar", ["rajesh kumar"]),
        ("Kind regards, Anna-Lena Müller", ["Anna-Lena Müller"]),
        ("Vinka, can you hear me?", ["Vinka"]),
        ("please send it to Vinka's address", ["Vinka"]),
    ],
)
def test_told_by_what_stands_around(text: str, names: list[str], values: Values) -> None:
    assert values("person_name", text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Jennifer told me to wait", ["Jennifer"]),
        ("then jennifer told me to wait", ["jennifer"]),
        ("Mark Johnson already called twice", ["Mark Johnson"]),
        ("grace okafor already called twice", ["grace okafor"]),
        ("Rose Nekrasova signed it", ["Rose Nekrasova"]),
        ("maria del carmen rodriguez", ["maria del carmen rodriguez"]),
        ("I forwarded it to J. P. Castellanos", ["J. P. Castellanos"]),
        ("Sadhana Kumar has the file", ["Sadhana Kumar"]),
        ("jason o'donnell junior", ["jason o'donnell junior"]),
        ("it was William's idea", ["William"]),
        ("Olena Shevchenko and Haruki Tanaka called", ["Olena Shevchenko", "Haruki Tanaka"]),
        ("hannah 5857", ["hannah"]),
        ("I told Hope that I would wait", ["Hope"]),
        ("you can reach Smith in the office", ["Smith"]),
        ("ELIZABETH MARTINEZ", ["ELIZABETH MARTINEZ"]),
    ],
)  # fmt: skip
def test_listed(text: str, names: list[str], values: Values) -> None:
    assert values("person_name", text) == names


@pytest.mark.parametrize(
    "text",
    [
        "may i put you on hold",
        "May I have your phone number?",
        "will you call me back",
        "Will you call me back?",
        "mark it as done",
        "Please mark it as resolved.",
        "bill me later",
        "my bill is too high",
        "there is a grace period of 5 days",
        "I hope so.",
        "the price rose in april",
        "In May we raised our prices.",
        "April is the end of your contract.",
        "nice to meet you",
        "hi how may i help you",
        "thank you for calling",
        "Thank You For Calling Customer Care",
        "Hello everyone",
        "one moment please",
        "this is ridiculous",
        "this is about my bill",
        "This is not what I ordered.",
        "i'm calling about my bill",
        "i'm frank with you this is too much",
        "I am pleased to hear that.",
        "it's not working",
        "the name is misspelled",
        "my name is on the account",
        "is your name on the list",
        "doctor appointment",
        "i missed my appointment with the doctor",
        "i was told to wait",
        "sue the company",
        "rob a bank",
        "a penny for your thoughts",
        "the summer sale ends on sunday",
        "chase bank declined it",
        "the main street in a small town",
        "the general manager will call you",
        "speaking to a manager would be great",
        "speaking with customer service again",
        "call me back tomorrow",
        "the account holder has to call",
        "my jack is broken",
        "S as in Sam",
        "the company name is Brightwater",
        "You can pay by card.",
        "Great, thanks!",
        "I got a new phone from the store",
        "my wife will pick it up",
        "my son may pay it",
        "Sorry about that.",
        "[PERSON_NAME_1] called",
    ],
)
def test_no_names(text: str, values: Values) -> None:
    assert values("person_name", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "redacted"),
    [
        ("May I have your name please?", "john smith", "[PERSON_NAME_1]"),
        ("may i have your name", "yes it's thrasyvoulos", "yes it's [PERSON_NAME_1]"),
        ("Can I get your first and last name?", "Sure, Rose Little.", "Sure, [PERSON_NAME_1]."),
        ("who am i speaking with", "mark", "[PERSON_NAME_1]"),
        ("And your surname?", "Price.", "[PERSON_NAME_1]."),
        ("What is the name on the card?", "uh amaranta", "uh [PERSON_NAME_1]"),
        ("may i have your name please", "one moment please", "one moment please"),
        ("may i have your name please", "what for", "what for"),
        ("And what is the company name?", "I do not remember.", "I do not remember."),
        ("Could you tell me the name of the street?", "no", "no"),
    ],
)
def test_answers(question: str, answer: str, redacted: str, answered: Callable[[str, str], str]) -> None:
    assert answered(question, answer) == redacted


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("my last name is achterberg spelled a c h t e r b e r g", "a c h t e r b e r g"),
        ("Last name is Smith, that is spelled S-M-I-T-H", "S-M-I-T-H"),
        (
            "the surname is spelled s as in sierra m as in mike i as in india",
            "s as in sierra m as in mike i as in india",
        ),
    ],
)
def test_spelled(text: str, spelling: str, values: Values) -> None:
    assert spelling in values("person_name", text)


def test_a_name_that_was_told_once_is_found_again(values: Values) -> None:
    text = "my name is thrasyvoulos price yes thrasyvoulos and the price is too high"
    assert values("person_name", text) == ["thrasyvoulos price", "thrasyvoulos"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We read Timothy Larkin's Cautionary tale.", ["Timothy Larkin"]),
        ("Ms. Holly Larkin Apt. 370", ["Holly Larkin"]),
        ("They flew to Sri Lanka.", []),
        ("She works for Merrill Lynch.", []),
        ("a song recorded for Onstar", []),
    ],
)
def test_where_a_name_ends(text: str, names: list[str], values: Values) -> None:
    assert values("person_name", text) == names


@pytest.mark.parametrize(("text", "sure"), [("Ask Ellis-Larkin.", False), ("Ask Jane Ellis-Larkin.", True)])
def test_surnames_with_a_hyphen_alone_may_be_a_firm(text: str, sure: bool) -> None:
    assert [name.score >= 0.7 for name in names._find(text)] == [sure]
