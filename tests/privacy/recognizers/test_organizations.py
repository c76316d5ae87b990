from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("This is Sarah from Miller Bank.", ["Miller Bank"]),
        ("this is sarah calling from miller bank", ["miller bank"]),
        ("Thank you for calling Horizon Telecom, my name is Anna.", ["Horizon Telecom"]),
        ("thank you for calling horizon telecom my name is anna how may i help you", ["horizon telecom"]),
        ("welcome to brightwater energy", ["brightwater energy"]),
        ("I work for Acme Solutions Ltd.", ["Acme Solutions Ltd"]),
        ("calling from acme regarding your order", ["acme"]),
        ("my bank is wells fargo", ["wells fargo"]),
        ("I bought it at Target", ["Target"]),
        ("i work for apple", ["apple"]),
        ("an account with barclays", ["barclays"]),
        ("the University of Alabama", ["University of Alabama"]),
        ("springfield high school called", ["springfield high school"]),
        ("St. Mary's Hospital", ["St. Mary's Hospital"]),
        ("we are insured with Kowalski Insurance", ["Kowalski Insurance"]),
        ("I saw it on Netflix", ["Netflix"]),
        ("shipped via ups", ["ups"]),
        ("the charge is from Amazon", ["Amazon"]),
        ("my at&t bill", ["at&t"]),
        ("Kowalski Brothers GmbH sent it", ["Kowalski Brothers GmbH"]),
        ("an offer from First National Bank", ["First National Bank"]),
        ("the company name is brightwater", ["brightwater"]),
        ("i work at mercy general hospital", ["mercy general hospital"]),
    ],
)
def test_organizations(text: str, names: list[str], values: Values) -> None:
    assert values("organization", text) == names


@pytest.mark.parametrize(
    "text",
    [
        "i called the bank",
        "The bank declined it.",
        "my insurance said no",
        "my car insurance is too expensive",
        "Online Banking is down.",
        "Your Bank Account",
        "mobile banking does not work",
        "i went to community college",
        "which bank are you with",
        "the hospital sent a bill",
        "a blood bank",
        "thank you for calling customer support",
        "thank you for calling back",
        "calling from my mobile",
        "i'm calling from work",
        "i'm calling from london",
        "transfer me to technical support",
        "please hold for the pharmacy",
        "the target date is friday",
        "ups and downs",
        "an apple a day",
        "look at t shirts",
        "this is jane from accounting",
        "Human Resources will call you.",
        "i work at night",
        "I work for my father.",
        "the electric bill went up",
        "Green energy is cheaper.",
        "let me chase that up",
        "discover the new plan",
        "a wire transfer to another bank",
        "the united front",
    ],
)
def test_no_organizations(text: str, values: Values) -> None:
    assert values("organization", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "redacted"),
    [
        ("What is the company name?", "it's brightwater", "it's [ORGANIZATION_1]"),
        ("and the business name", "Kowalski Plumbing", "[ORGANIZATION_1]"),
        ("What is the company name?", "i am not sure", "i am not sure"),
    ],
)
def test_answers(question: str, answer: str, redacted: str, answered: Callable[[str, str], str]) -> None:
    assert answered(question, answer) == redacted
