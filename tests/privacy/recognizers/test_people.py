from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[[str, str], list[str]]
Answered = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("I work as a nurse.", ["nurse"]),
        ("i work as a nurse", ["nurse"]),
        ("I am a teacher at a primary school", ["teacher"]),
        ("i'm a plumber", ["plumber"]),
        ("she is a retired police officer", ["police officer"]),
        ("he's a self-employed electrician", ["electrician"]),
        ("my husband is a truck driver", ["truck driver"]),
        ("my occupation is accountant", ["accountant"]),
        ("Occupation: architect", ["architect"]),
        ("she used to be a lawyer", ["lawyer"]),
        ("I was hired as a cashier", ["cashier"]),
        ("as a pharmacist, I know this", ["pharmacist"]),
        ("he is a carpenter by trade", ["carpenter"]),
        ("i work as a dog food taster", ["dog food taster"]),
        ("both of them are software engineers", ["software engineers"]),
        ("we are a family of firefighters and he was a paramedic", ["paramedic"]),
        ("Jo, a social worker with the county, told me", ["social worker"]),
    ],
)
def test_occupations(text: str, jobs: list[str], values: Values) -> None:
    assert values("occupation", text) == jobs


@pytest.mark.parametrize(
    "text",
    [
        "the general manager will call you",
        "let me speak to your manager",
        "my manager approved it",
        "the driver left it at the door",
        "is there a doctor nearby",
        "my doctor said so",
        "the technician comes on friday",
        "are you a real agent",
        "an agent will be with you shortly",
        "the delivery driver was rude",
        "i want to talk to a supervisor",
        "the mechanic could not fix it",
        "press zero for the operator",
        "the cook book",
        "call the police",
        "the printer does not work",
        "it worked as a charm",
        "the model number",
        "i am a customer",
        "i am calling as a courtesy",
        "set it as a reminder",
    ],
)
def test_no_occupations(text: str, values: Values) -> None:
    assert values("occupation", text) == []


@pytest.mark.parametrize(
    ("text", "nationalities"),
    [
        ("I am German.", ["German"]),
        ("i'm american", ["american"]),
        ("as a french citizen i want", ["french"]),
        ("she is originally nigerian", ["nigerian"]),
        ("my wife is Brazilian", ["Brazilian"]),
        ("my nationality is dutch", ["dutch"]),
        ("Nationality: Swiss", ["Swiss"]),
        ("I have a British passport", ["British"]),
        ("he's half japanese", ["japanese"]),
        ("an italian woman called", ["italian"]),
        ("people of Irish descent", ["Irish"]),
        ("a Hispanic family", ["Hispanic"]),
        ("i identify as african american", ["african american"]),
        ("he is a black man", ["black"]),
        ("i am black", ["black"]),
        ("filipino nurses helped", ["filipino"]),
        ("they are native american", ["native american"]),
        ("my ethnicity is mixed race", ["mixed race"]),
    ],
)
def test_nationalities(text: str, nationalities: list[str], values: Values) -> None:
    assert values("nationality", text) == nationalities


@pytest.mark.parametrize(
    "text",
    [
        "my american express card",
        "swiss cheese",
        "french fries with that",
        "a greek salad",
        "the chinese restaurant",
        "do you speak spanish",
        "i am english speaking",
        "polish the table",
        "a danish and a coffee",
        "american airlines lost it",
        "the black phone",
        "white noise on the line",
        "the brown box",
        "an indian meal",
        "the turkish bath",
        "i paid in canadian dollars",
        "the italian job",
        "a mexican standoff",
        "it is a british company",
    ],
)
def test_no_nationalities(text: str, values: Values) -> None:
    assert values("nationality", text) == []


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Do you speak Spanish?", ["Spanish"]),
        ("i speak spanish and english", ["spanish", "english"]),
        ("can we continue in german please", ["german"]),
        ("My native language is Turkish.", ["Turkish"]),
        ("for spanish press 2", ["spanish"]),
        ("i need a polish interpreter", ["polish"]),
        ("an agent who speaks mandarin", ["mandarin"]),
        ("she understands only french", ["french"]),
        ("Is the letter available in Russian?", ["Russian"]),
        ("Italian please", ["Italian"]),
        ("he is fluent in portuguese", ["portuguese"]),
        ("the swahili version", ["swahili"]),
        ("translate it to arabic", ["arabic"]),
        ("my english is bad i speak hindi", ["hindi"]),
        ("french speaking customers", ["french"]),
        ("please write in English.", ["English"]),
    ],
)
def test_languages(text: str, languages: list[str], values: Values) -> None:
    assert values("language", text) == languages


@pytest.mark.parametrize(
    "text",
    [
        "i am spanish",
        "a spanish citizen",
        "the french bank",
        "swiss cheese",
        "a german car",
        "my english breakfast",
        "a russian doll",
        "the portuguese restaurant",
        "turkish airlines",
        "i paid for german cheese",
        "polish the table",
        "in english bay there is a shop",
        "my thai food order",
        "the dutch customer",
        "two greek salads",
        "the latin dance class is cancelled",
    ],
)
def test_no_languages(text: str, values: Values) -> None:
    assert values("language", text) == []


@pytest.mark.parametrize(
    ("text", "religions"),
    [
        ("I'm Jewish.", ["Jewish"]),
        ("i am a practicing christian", ["christian"]),
        ("she was raised catholic", ["catholic"]),
        ("we are muslims", ["muslims"]),
        ("my religion is hinduism", ["hinduism"]),
        ("he converted to islam", ["islam"]),
        ("as a devout Buddhist I do not", ["Buddhist"]),
        ("they are jehovah's witnesses", ["jehovah's witnesses"]),
        ("a Methodist wedding", ["Methodist"]),
        ("i am an atheist", ["atheist"]),
        ("the sikh community", ["sikh"]),
        ("she is a quaker", ["quaker"]),
        ("my family is mormon", ["mormon"]),
        ("i belong to the greek orthodox church", ["greek orthodox"]),
        ("we keep the Shia calendar", ["Shia"]),
        ("I believe in Wicca", ["Wicca"]),
    ],
)
def test_religions(text: str, religions: list[str], values: Values) -> None:
    assert values("religion", text) == religions


@pytest.mark.parametrize(
    "text",
    [
        "my name is christian",
        "Christian will call you back",
        "quaker oats",
        "the reform of the tariff",
        "oh my god",
        "the baptist hospital",
        "good faith estimate",
        "the pagan parking rule",
        "an islamic art museum",
        "the new rule is holy",
        "a christian dior bag",
        "church street",
        "pray for me",
        "an orthodox approach",
        "a protestant hero of the novel",
        "i believe in good service",
    ],
)
def test_no_religions(text: str, values: Values) -> None:
    assert values("religion", text) == []


@pytest.mark.parametrize(
    ("text", "affiliations"),
    [
        ("I voted Republican.", ["Republican"]),
        ("i'm a lifelong democrat", ["democrat"]),
        ("she is a member of the green party", ["green party"]),
        ("he votes labour", ["labour"]),
        ("my son is a communist", ["communist"]),
        ("we support the liberal democrats", ["liberal democrats"]),
        ("a conservative voter", ["conservative"]),
        ("are you a socialist", ["socialist"]),
        ("the tory candidate", ["tory"]),
        ("I am registered as an independent", ["independent"]),
        ("they lean liberal", ["liberal"]),
        ("a libertarian neighbor", ["libertarian"]),
        ("i donate to the democratic party", ["democratic party"]),
        ("he is a marxist", ["marxist"]),
        ("I am politically left-wing", ["left-wing"]),
        ("a trump supporter", ["trump supporter"]),
    ],
)
def test_political_affiliations(text: str, affiliations: list[str], values: Values) -> None:
    assert values("political_affiliation", text) == affiliations


@pytest.mark.parametrize(
    "text",
    [
        "green energy plan",
        "the labour costs are too high",
        "labor day sale",
        "a conservative estimate",
        "he is an independent contractor",
        "a liberal amount of sauce",
        "progressive insurance",
        "the third party vendor",
        "the party of four",
        "a moderate price",
        "the left wing of the building",
        "a reform of our prices",
        "the alliance of two firms",
        "register for the portal",
        "the birthday party",
        "i support your decision",
        "traffic light is green",
    ],
)
def test_no_political_affiliations(text: str, values: Values) -> None:
    assert values("political_affiliation", text) == []


@pytest.mark.parametrize(
    ("text", "identities"),
    [
        ("I am gay.", ["gay"]),
        ("i'm a lesbian", ["lesbian"]),
        ("my son is bisexual", ["bisexual"]),
        ("she is transgender", ["transgender"]),
        ("they identify as non-binary", ["non-binary"]),
        ("i identify as a woman", ["woman"]),
        ("Gender: female", ["female"]),
        ("my gender is male", ["male"]),
        ("a 45 year old male", ["male"]),
        ("the patient is female", ["female"]),
        ("I'm asexual", ["asexual"]),
        ("trans people deserve respect", ["trans"]),
        ("he is a trans man", ["trans man"]),
        ("my pronouns are they/them", ["they/them"]),
        ("we are a same-sex couple", ["same-sex couple"]),
        ("i'm straight.", ["straight"]),
    ],
)
def test_gender_and_sexuality(text: str, identities: list[str], values: Values) -> None:
    assert values("gender_sexuality", text) == identities


@pytest.mark.parametrize(
    "text",
    [
        "a male connector",
        "the female plug",
        "give me a straight answer",
        "go straight to the counter",
        "i was straight with you",
        "trans atlantic flight",
        "the man at the desk",
        "a woman answered",
        "other options",
        "the boy delivered it",
        "same day delivery",
        "a drag on my time",
        "the girl on the phone",
        "my man",
        "i identify the problem as a fault",
        "sex education class",
    ],
)
def test_no_gender_or_sexuality(text: str, values: Values) -> None:
    assert values("gender_sexuality", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "redacted"),
    [
        ("What do you do for a living?", "plumber", "[OCCUPATION_1]"),
        ("and your occupation", "I'm a nurse.", "I'm a [OCCUPATION_1]."),
        ("What is your nationality?", "Swiss", "[NATIONALITY_1]"),
        ("What language do you prefer?", "spanish", "[LANGUAGE_1]"),
        ("May I ask your religion?", "uh jain", "uh [RELIGION_1]"),
        ("And your gender?", "male", "[GENDER_SEXUALITY_1]"),
        ("What do you do for a living?", "nothing right now", "nothing right now"),
        ("What is your nationality?", "why do you ask", "why do you ask"),
    ],
)
def test_answers(question: str, answer: str, redacted: str, answered: Answered) -> None:
    assert answered(question, answer) == redacted
