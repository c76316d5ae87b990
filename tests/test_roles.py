"""Who is the agent and who the customer, from what they say."""

from __future__ import annotations

import pytest

from engine.roles import _CUES, CONFIDENCE, _compiled, decide_roles, plain

AGENT = {
    "en": "Good morning, thank you for calling Northwind Energy, my name is Tom. How can I help you today?",
    "fr": "Bonjour, bienvenue chez Énergie du Nord. En quoi puis-je vous aider ?",
    "es": "Buenos días, gracias por llamar a Energía Norte. ¿En qué puedo ayudarle?",
    "de": "Guten Tag, vielen Dank für Ihren Anruf bei Nordstrom. Wie kann ich Ihnen helfen?",
    "it": "Buongiorno, grazie per averci chiamato. Come posso aiutarla?",
    "pt": "Bom dia, obrigada por ligar para a Energia Norte. Como posso ajudar?",
}
CUSTOMER = {
    "en": "Hi, I'm calling about my gas bill. I was charged twice.",
    "fr": "Bonjour, je vous appelle parce que j'ai un problème avec ma facture.",
    "es": "Hola, llamo porque tengo un problema con mi factura.",
    "de": "Guten Tag, ich rufe an, weil meine Rechnung nicht stimmt. Ich habe ein Problem damit.",
    "it": "Salve, chiamo perché ho un problema con la mia bolletta.",
    "pt": "Olá, estou ligando porque minha fatura veio errada.",
}
LANGUAGES = sorted(AGENT)


def roles(speech, language="en", known=None):
    return {speaker: guess.role for speaker, guess in decide_roles(speech, language, known).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_side_tells(language):
    both = {"S1": [CUSTOMER[language]], "S2": [AGENT[language]]}
    assert roles(both, language) == {"S1": "customer", "S2": "agent"}
    assert roles({"S1": [AGENT[language]]}, language) == {"S1": "agent"}
    assert roles({"S1": [CUSTOMER[language]]}, language) == {"S1": "customer"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_side_decides_the_other(language):
    assert roles({"S1": ["Hm."], "S2": [AGENT[language]]}, language) == {"S1": "customer", "S2": "agent"}
    assert roles({"S1": ["Hm."], "S2": [CUSTOMER[language]]}, language) == {"S1": "agent", "S2": "customer"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Is there anything else I can help you with?",
        "Could you please confirm your date of birth?",
        "May I have your account number, please?",
        "I am so sorry to hear that.",
        "We apologise for the inconvenience.",
        "I apologize on behalf of the company.",
        "Please hold while I transfer you.",
        "I'm going to place you on a brief hold.",
        "This call may be recorded for quality purposes.",
        "Thanks for your patience.",
        "What can I do for you?",
        "You're speaking with Maria.",
        "I've just refunded the second payment.",
    ],
)
def test_what_an_agent_says(sentence):
    assert roles({"S1": [sentence]}) == {"S1": "agent"}


@pytest.mark.parametrize(
    "sentence",
    [
        "I am calling about my invoice.",
        "I was calling because the heating is off.",
        "My internet keeps dropping.",
        "My new card still hasn't arrived.",
        "I'd like to cancel my subscription.",
        "I want to speak to your manager.",
        "I've been waiting for three weeks.",
        "I never received the parcel.",
        "I've lost my card.",
        "You have charged me twice.",
        "I've got a question.",
    ],
)
def test_what_a_customer_says(sentence):
    assert roles({"S1": [sentence]}) == {"S1": "customer"}


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "Yes, that is right.",
        "One moment.",
        "My name is John Smith.",
        "It is four two seven one.",
        "Have a nice day.",
        "Thank you very much, bye.",
        "I am calling about your offer.",
        "The weather is lovely in Aberdeen.",
    ],
)
def test_what_anybody_says(sentence):
    assert roles({"S1": [sentence], "S2": ["Okay."]}) == {"S1": "unknown", "S2": "unknown"}


def test_a_name_and_a_company_count_in_the_opening_only():
    opening = ["Hello, this is Dana from Northwind Energy.", "I can see your order.", "One moment please."]
    later = ["Hello.", "Yes.", "No.", "And then this is Dana from Northwind Energy.", "Have a nice day."]
    assert roles({"S1": opening}) == {"S1": "agent"}
    assert roles({"S1": later}) == {"S1": "unknown"}


def test_repeating_a_cue_adds_nothing():
    once = decide_roles({"S1": ["One moment please."]}, "en")["S1"]
    often = decide_roles({"S1": ["One moment please."] * 20}, "en")["S1"]
    assert once == often
    assert often.role == "unknown"


def test_confidence():
    guesses = decide_roles({"S1": [AGENT["en"]], "S2": ["Okay."], "S3": ["Okay."]}, "en")
    assert guesses["S1"].confidence > 0.95
    assert 0.5 <= guesses["S2"].confidence < CONFIDENCE


# --- more than two ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        pytest.param([AGENT["en"], CUSTOMER["en"], "Yes."], ["agent", "customer", "unknown"], id="who is clear"),
        pytest.param([AGENT["en"], AGENT["en"], CUSTOMER["en"]], ["unknown", "unknown", "customer"], id="two alike"),
        pytest.param(["Yes.", "No.", "Hm."], ["unknown"] * 3, id="nobody"),
        pytest.param([CUSTOMER["en"], "Yes.", CUSTOMER["en"]], ["customer", "unknown", "customer"], id="no agent"),
    ],
)
def test_three_speakers(speech, expected):
    assert list(roles({f"S{i}": [text] for i, text in enumerate(speech)}).values()) == expected


# --- what is known ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"S1": "agent", "S2": "customer"}, {"S1": "agent", "S2": "customer"}),
        ({"S1": "agent"}, {"S1": "agent", "S2": "customer"}),
        ({"S2": "customer"}, {"S1": "agent", "S2": "customer"}),
        ({"S1": "agent", "S2": "agent"}, {"S1": "agent", "S2": "agent"}),
        ({"S1": "unknown", "S2": "unknown"}, {"S1": "customer", "S2": "agent"}),
        ({"S9": "agent"}, {"S1": "customer", "S2": "agent"}),
    ],
)
def test_known_roles_stand_and_decide_the_other(known, expected):
    assert roles({"S1": [CUSTOMER["en"]], "S2": [AGENT["en"]]}, known=known) == expected


def test_a_known_agent_leaves_no_second_one_among_three():
    speech = {"S1": ["Hm."], "S2": [AGENT["en"]], "S3": [CUSTOMER["en"]]}
    assert roles(speech, known={"S1": "agent"}) == {"S1": "agent", "S2": "unknown", "S3": "customer"}


# --- language ---------------------------------------------------------------------------------------------------------


def test_a_language_without_cues_is_unknown():
    assert roles({"S1": [AGENT["en"]], "S2": [CUSTOMER["en"]]}, "fi") == {"S1": "unknown", "S2": "unknown"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Où est-ce ?", "ou est ce"), ("I’m  HERE, ok", "i m here ok"), ("Größe_x", "grosse x"), ("", "")],
)
def test_plain(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_cues_are_written_in_plain_text(language):
    table = _compiled(language)
    assert len(table) >= 12
    assert {odds > 0 for odds, _, _ in table} == {True, False}
    assert _CUES[language] == _CUES[language].replace("'", "").replace("’", "")
    assert _CUES[language].isascii()
