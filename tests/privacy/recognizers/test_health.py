from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("I have diabetes.", ["diabetes"]),
        ("she has diabetes and high blood pressure", ["diabetes", "high blood pressure"]),
        ("i was diagnosed with arthritis", ["arthritis"]),
        ("my father died of lung cancer", ["lung cancer"]),
        ("he has type two diabetes", ["type two diabetes"]),
        ("I'm pregnant.", ["pregnant"]),
        ("i have a cold", ["cold"]),
        ("she suffers from depression", ["depression"]),
        ("my anxiety is worse", ["anxiety"]),
        ("he had a stroke", ["stroke"]),
        ("i'm disabled", ["disabled"]),
        ("she is legally blind", ["legally blind"]),
        ("I am allergic to nuts", ["allergic"]),
        ("because of my Parkinson's disease", ["Parkinson's disease"]),
        ("a case of mastoiditis", ["mastoiditis"]),
        ("i tested positive for covid", ["covid"]),
        ("his chronic back pain", ["chronic back pain"]),
        ("it is stage four breast cancer", ["breast cancer"]),
        ("recovering from pneumonia", ["pneumonia"]),
        ("i get migraines", ["migraines"]),
    ],
)
def test_conditions(text: str, conditions: list[str], values: Values) -> None:
    found = values("medical_condition", text)
    assert [any(condition in value for value in found) for condition in conditions] == [True] * len(conditions)
    assert len(found) == len(conditions)


@pytest.mark.parametrize(
    "text",
    [
        "there is a virus on my computer",
        "i have a virus on my laptop",
        "this gave me a headache",
        "cold calling is forbidden",
        "the cold water is off",
        "my diagnosis of the problem",
        "the account is disabled",
        "a stroke of luck",
        "sick of waiting",
        "a blind spot",
        "infected with malware",
        "the great depression",
        "my transfer is still pending",
        "the pain of paperwork",
        "a temperature sensor",
        "a bug in the app",
        "the withdrawal failed",
        "my back order",
        "a diploma from school",
        "i lost my patience",
        "disabled parking",
        "is it contagious",
    ],
)
def test_no_conditions(text: str, values: Values) -> None:
    assert values("medical_condition", text) == []


@pytest.mark.parametrize(
    ("text", "processes"),
    [
        ("I had knee surgery in March.", ["knee surgery"]),
        ("i had an appendectomy", ["appendectomy"]),
        ("he is scheduled for a colonoscopy", ["colonoscopy"]),
        ("she is on chemotherapy", ["chemotherapy"]),
        ("i need a root canal", ["root canal"]),
        ("the MRI scan was not covered", ["MRI scan"]),
        ("my blood test", ["blood test"]),
        ("i have an operation on tuesday", ["operation"]),
        ("she needs physical therapy", ["physical therapy"]),
        ("my husband is in rehab", ["rehab"]),
        ("a kidney transplant", ["kidney transplant"]),
        ("i got my flu shot", ["flu shot"]),
        ("she went through ivf", ["ivf"]),
        ("dialysis three times a week", ["dialysis"]),
        ("he's having a hip replacement", ["hip replacement"]),
        ("two x-rays", ["x-rays"]),
        ("a tympanoplasty", ["tympanoplasty"]),
    ],
)
def test_processes(text: str, processes: list[str], values: Values) -> None:
    assert values("medical_process", text) == processes


@pytest.mark.parametrize(
    "text",
    [
        "scan the barcode please",
        "i need a scan of the document",
        "your operations team",
        "the procedure is simple",
        "the treatment i got from your staff",
        "an exam in school",
        "the screening of a film",
        "a cast of characters",
        "a physical card",
        "filling out the form",
        "crown plaza",
        "extraction of the data",
        "a checkup of the line",
        "the injection molding firm",
        "the best treatment for loyal customers",
        "brace yourself",
        "a dichotomy",
    ],
)
def test_no_processes(text: str, values: Values) -> None:
    assert values("medical_process", text) == []


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("I take lisinopril every day.", ["lisinopril"]),
        ("i take lisinopril ten milligrams", ["lisinopril"]),
        ("500 mg of amoxicillin", ["amoxicillin"]),
        ("a refill on my zoloft", ["zoloft"]),
        ("she's allergic to penicillin", ["penicillin"]),
        ("he is on insulin", ["insulin"]),
        ("my blood pressure pills", ["blood pressure pills"]),
        ("ibuprofen and tylenol", ["ibuprofen", "tylenol"]),
        ("he smokes weed", ["weed"]),
        ("my inhaler", ["inhaler"]),
        ("she takes lithium for it", ["lithium"]),
        ("vitamin b twelve tablets", ["vitamin b twelve"]),
        ("the doctor prescribed steroids", ["steroids"]),
        ("pitavastatin twenty milligrams", ["pitavastatin"]),
        ("my sleeping pills", ["sleeping pills"]),
        ("he died of heroin", []),
        ("addicted to heroin", ["heroin"]),
        ("Ozempic is not covered", ["Ozempic"]),
    ],
)
def test_drugs(text: str, drugs: list[str], values: Values) -> None:
    assert values("drug", text) == drugs


@pytest.mark.parametrize(
    "text",
    [
        "a lithium battery",
        "my speed is slow",
        "the internet speed",
        "a crack in the screen",
        "a diet coke",
        "grass on the lawn",
        "the acid test",
        "zinc roof",
        "weed the garden",
        "iron the shirt",
        "on the iron table",
        "my hash tag",
        "calcium buildup in the pipe",
        "except on sundays",
        "a price drop",
        "i take the bus",
        "the cream colored one",
        "april is fine",
    ],
)
def test_no_drugs(text: str, values: Values) -> None:
    assert values("drug", text) == []


@pytest.mark.parametrize(
    ("text", "injuries"),
    [
        ("I broke my leg.", ["broke my leg"]),
        ("i broke my left arm", ["broke my left arm"]),
        ("she has a broken wrist", ["broken wrist"]),
        ("he sprained his ankle", ["sprained his ankle"]),
        ("a concussion and whiplash", ["concussion", "whiplash"]),
        ("i hurt my back at work", ["hurt my back"]),
        ("second degree burns on his hands", ["second degree burns"]),
        ("my ankle is swollen", ["my ankle is swollen"]),
        ("a fractured rib", ["fractured rib"]),
        ("he tore a ligament", ["tore a ligament"]),
        ("a gunshot wound", ["gunshot wound"]),
        ("a dog bite", ["dog bite"]),
        ("i cut my finger", ["cut my finger"]),
        ("her shoulder injury", ["shoulder injury"]),
        ("i was badly injured", ["badly injured"]),
        ("the torn meniscus", ["torn meniscus"]),
    ],
)
def test_injuries(text: str, injuries: list[str], values: Values) -> None:
    found = values("injury", text)
    assert [any(injury in value for value in found) for injury in injuries] == [True] * len(injuries)
    assert len(found) == len(injuries)


@pytest.mark.parametrize(
    "text",
    [
        "it hurt my feelings",
        "the phone is broken",
        "a broken promise",
        "can you cut my service",
        "cut back on spending",
        "they pulled back the offer",
        "i lost my phone",
        "hand it over",
        "a cracked screen",
        "the burning question",
        "break the contract",
        "on the other hand",
        "head office",
        "a burn rate",
        "face to face",
        "the back of the card",
        "i popped into the store",
    ],
)
def test_no_injuries(text: str, values: Values) -> None:
    assert values("injury", text) == []


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("My blood type is O negative.", ["O negative"]),
        ("my blood type is o negative", ["o negative"]),
        ("blood type A+", ["A+"]),
        ("blood group ab", ["ab"]),
        ("I'm AB positive", ["AB positive"]),
        ("the blood type is a b positive", ["a b positive"]),
        ("type o blood", ["o"]),
        ("an o negative donor", ["o negative"]),
        ("she is rh negative", ["rh negative"]),
        ("my blood group is b", ["b"]),
        ("blood type: B-", ["B-"]),
        ("it's o positive", ["o positive"]),
        ("is the blood type a positive", ["a positive"]),
        ("he needs ab negative blood", ["ab negative"]),
        ("blood type is oh positive", ["oh positive"]),
    ],
)
def test_blood_types(text: str, types: list[str], values: Values) -> None:
    assert values("blood_type", text) == types


@pytest.mark.parametrize(
    "text",
    [
        "a positive experience",
        "give me a positive answer",
        "be positive",
        "an A+ rating",
        "plan B",
        "a negative balance",
        "option a or option b",
        "the test was positive",
        "i need a blood test",
        "high blood pressure",
        "an a plus student",
        "negative feedback",
        "type a letter",
        "type o to opt out",
        "the account is negative",
        "vitamin b plus zinc",
    ],
)
def test_no_blood_types(text: str, values: Values) -> None:
    assert values("blood_type", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "redacted"),
    [
        ("What is your blood type?", "O positive", "[BLOOD_TYPE_1]"),
        ("do you have any medical conditions", "yes asthma", "yes [MEDICAL_CONDITION_1]"),
        ("Do you have any allergies?", "Penicillin.", "[DRUG_1]."),
        ("What is your blood type?", "a positive attitude", "a positive attitude"),
    ],
)
def test_answers(question: str, answer: str, redacted: str, answered: Callable[[str, str], str]) -> None:
    assert answered(question, answer) == redacted
