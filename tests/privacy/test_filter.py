from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

import pytest

from engine.config_types import PrivacyConfig
from engine.errors import ConfigurationError, PrivacyError, UnknownNameError
from engine.privacy import PrivacyFilter, load_privacy_filter
from engine.types import Language, RedactedTranscript, Transcript, Utterance, Word


def call(*lines: str, language: str = "en", words: bool = True) -> Transcript:
    """A call of lines "A: text"; every word lasts 0.4 s, every utterance starts ten seconds after the one before."""
    utterances = []
    for index, line in enumerate(lines):
        speaker, text = line.split(": ", 1)
        timed = tuple(
            Word(word, index * 10 + i / 2, index * 10 + i / 2 + 0.4, 0.9) for i, word in enumerate(text.split())
        )
        utterances.append(
            Utterance(index, speaker, "unknown", index * 10.0, index * 10.0 + 9, text, timed if words else ())
        )
    return Transcript(Language(language, 1.0), (), tuple(utterances))


def texts(redacted: RedactedTranscript) -> list[str]:
    return [utterance.text for utterance in redacted.utterances]


def test_a_spoken_call_is_redacted_word_by_word(privacy_filter: PrivacyFilter) -> None:
    redacted = privacy_filter.redact(
        call(
            "A: And the last four digits of the card?",
            "C: it's four four two one, thanks.",
            "A: What is your email address?",
            "C: jane dot doe at example dot com",
        )
    )
    assert texts(redacted)[1::2] == ["it's [CREDIT_CARD_NUMBER_1], thanks.", "[EMAIL_ADDRESS_1]"]
    card, email = redacted.redactions
    assert (card.utterance, card.start_s, card.end_s) == (1, 10.5, 12.4)
    assert (email.utterance, email.start_s, email.end_s) == (3, 30.0, 33.4)
    assert [word.text for word in redacted.utterances[1].words] == ["it's", "[CREDIT_CARD_NUMBER_1],", "thanks."]


QUESTIONS = [
    ("what's your date of birth?", "three four eighty-five", "DATE_OF_BIRTH"),
    ("What is the security code on the back?", "seven eight nine", "CREDIT_CARD_CVV"),
    ("And the expiry date?", "oh five twenty-seven", "CREDIT_CARD_EXPIRATION"),
    ("Can you tell me the last four of your social?", "one two three four", "US_SOCIAL_SECURITY_NUMBER"),
    ("I sent you a verification code, please read it.", "eight eight four one", "PASSWORD"),
    ("How old are you?", "thirty-five", "PERSON_AGE"),
    ("May I have your policy number?", "five five one two three", "ACCOUNT_NUMBER"),
    ("And your passport number?", "X one two three four five six seven", "PASSPORT_NUMBER"),
    ("What number can I reach you on, your mobile?", "five five five two six seven one", "PHONE_NUMBER"),
]


@pytest.mark.parametrize(("question", "answer", "marker"), QUESTIONS)
def test_the_question_before_tells_what_the_answer_is(
    question: str, answer: str, marker: str, privacy_filter: PrivacyFilter
) -> None:
    assert texts(privacy_filter.redact(call(f"A: {question}", f"C: {answer}")))[1] == f"[{marker}_1]"


def test_a_number_broken_over_turns_is_one_value(privacy_filter: PrivacyFilter) -> None:
    redacted = privacy_filter.redact(
        call("A: Your phone number?", "C: It's four one five.", "A: Okay.", "C: five five five, two six seven one")
    )
    assert texts(redacted)[1:] == ["It's [PHONE_NUMBER_1].", "Okay.", "[PHONE_NUMBER_1]"]


def test_values_come_back_under_their_marker(privacy_filter: PrivacyFilter) -> None:
    redacted = privacy_filter.redact(
        call(
            "C: my phone number is four one five, five five five, two six seven one",
            "A: so that is 415-555-2671",
            "C: yes, ending in two six seven one",
            "C: and the cvv is seven eight nine",
            "A: seven eight nine it is then",
        )
    )
    assert texts(redacted)[1:3] == ["so that is [PHONE_NUMBER_1]", "yes, ending in [PHONE_NUMBER_1]"]
    assert texts(redacted)[4] == "[CREDIT_CARD_CVV_1] it is then"


def test_a_word_spelled_after_it_was_said_has_its_marker() -> None:
    secret = load_privacy_filter(PrivacyConfig(("password",)))
    redacted = secret.redact(
        call("C: the security word is Mango, that's M. A. N. G. O.", "A: so M as in mike, A N G O")
    )
    assert texts(redacted) == ["the security word is [PASSWORD_1], that's [PASSWORD_1].", "so [PASSWORD_1]"]


HARMLESS = [
    "Delivery takes five to seven business days, in twenty nineteen it took three months.",
    "It's open twenty-four seven, at ten thirty or at 1030, one moment please.",
    "You are a ten out of ten, one hundred percent, number one.",
    "We have 50,000 customers and 1500 people, windows 11, version 2.1.3.",
    "For the first time, no one is second to none. Oh, two more things.",
    "I waited twenty minutes, then an hour and a half, about 2000 times.",
    "Press one, then press two. My password is not working.",
    "",
    "   ",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_years_times_counts_and_phrases_stay(text: str, privacy_filter: PrivacyFilter) -> None:
    numbers = {
        "number_sequence",
        "account_number",
        "phone_number",
        "date",
        "password",
        "credit_card_number",
        "money_amount",
    }
    assert [span for span in privacy_filter.redact_text(text, "en").spans if span.entity in numbers] == []


def test_spans_of_a_text_count_in_the_input(privacy_filter: PrivacyFilter) -> None:
    text = "My pin is 4421 and 4 4 2 1, mail jo@example.com"
    redacted = privacy_filter.redact_text(text, "en")
    assert redacted.text == "My pin is [PASSWORD_1] and [PASSWORD_1], mail [EMAIL_ADDRESS_1]"
    assert [text[span.start : span.end] for span in redacted.spans] == ["4421", "4 4 2 1", "jo@example.com"]
    assert all(0.4 <= span.score <= 1 for span in redacted.spans)


def test_a_password_that_looks_like_an_address_is_a_password(privacy_filter: PrivacyFilter) -> None:
    text = "username: johndoe99, password: P@ssw0rd!"
    assert privacy_filter.redact_text(text, "en").text == "username: [USERNAME_1], password: [PASSWORD_1]!"


def test_markers_in_the_input_are_neither_confused_nor_doubled(privacy_filter: PrivacyFilter) -> None:
    text = "[PHONE_NUMBER_1] or 415-555-2671, [EMAIL_ADDRESS_3] or jo@example.com"
    redacted = privacy_filter.redact_text(text, "en")
    assert redacted.text == "[PHONE_NUMBER_1] or [PHONE_NUMBER_2], [EMAIL_ADDRESS_3] or [EMAIL_ADDRESS_4]"
    assert privacy_filter.redact_text(redacted.text, "en").text == redacted.text


def test_a_chat_with_line_breaks_keeps_them(privacy_filter: PrivacyFilter) -> None:
    chat = call("C: my card\n4111 1111 1111 1111\nthanks", words=False)
    assert texts(privacy_filter.redact(chat)) == ["my card\n[CREDIT_CARD_NUMBER_1]\nthanks"]


LANGUAGES = [
    ("de", ["Ihre Telefonnummer bitte?", "0151 23456789"], "[PHONE_NUMBER_1]"),
    ("de-DE", ["IBAN", "DE89370400440532013000"], "[BANKING_INFORMATION_1]"),
    ("de", ["Und das Geburtsdatum?", "12.03.1985"], "[DATE_OF_BIRTH_1]"),
    ("fr", ["Votre numéro de téléphone ?", "06 12 34 56 78"], "[PHONE_NUMBER_1]"),
    ("fr", ["Le montant ?", "49,99 euros"], "[MONEY_AMOUNT_1]"),
    ("es", ["¿Su NIF?", "12345678Z"], "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("it", ["codice fiscale", "RSSMRA85T10A562S"], "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("pl", ["PESEL", "44051401359"], "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("ja", ["電話番号は?", "電話番号は03-1234-5678です"], "電話番号は[PHONE_NUMBER_1]です"),
    ("zh", ["身份证", "11010519491231002X"], "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("uk", ["Пошта", "jo@example.com"], "[EMAIL_ADDRESS_1]"),
    ("xx", ["?", "4111 1111 1111 1111"], "[CREDIT_CARD_NUMBER_1]"),
]


@pytest.mark.parametrize(("language", "said", "expected"), LANGUAGES)
def test_other_languages_have_the_neutral_patterns_and_their_countries_numbers(
    language: str, said: Sequence[str], expected: str, privacy_filter: PrivacyFilter
) -> None:
    transcript = call(*(f"A: {text}" for text in said), language=language, words=False)
    assert texts(privacy_filter.redact(transcript))[1] == expected


def test_only_the_entities_asked_for_are_redacted() -> None:
    text = "mail jo@example.com, 415-555-2671"
    assert load_privacy_filter(PrivacyConfig(("phone_number",))).redact_text(text, "en").text == (
        "mail jo@example.com, [PHONE_NUMBER_1]"
    )
    nothing = load_privacy_filter(PrivacyConfig(("none",)))
    assert nothing.redact_text(text, "en").text == text
    assert nothing.name == "none"


def test_the_name_says_what_it_is(privacy_filter: PrivacyFilter) -> None:
    assert privacy_filter.name == "presidio 2.2.366 with patterns, 36 of 36 entities"


def test_wrong_settings_are_refused_before_any_work() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'email_address'"):
        load_privacy_filter(PrivacyConfig(("email_adress",)))
    with pytest.raises(ConfigurationError, match="score_threshold"):
        load_privacy_filter(PrivacyConfig(score_threshold=1.5))


def test_it_fails_closed_and_without_text(privacy_filter: PrivacyFilter) -> None:
    broken = Utterance(0, "A", "agent", 0.0, 1.0, "secret 4421", (Word(None, 0.0, 1.0, 1.0),))  # type: ignore[arg-type]
    with pytest.raises(PrivacyError) as caught:
        privacy_filter.redact(Transcript(Language("en", 1.0), (), (broken,)))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nothing_touches_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = "mail jo@example.co.uk or see https://example.museum/x and shop.example.org"
    redacted = load_privacy_filter(PrivacyConfig(("email_address", "url"))).redact_text(text, "en")
    assert redacted.text == "mail [EMAIL_ADDRESS_1] or see [URL_1] and [URL_2]"


def test_threads_share_a_filter(privacy_filter: PrivacyFilter) -> None:
    transcripts = [
        call(f"C: my phone number is 415-555-26{number}", f"A: thanks, my email is a{number}@example.com")
        for number in range(10, 30)
    ]
    alone = [texts(privacy_filter.redact(transcript)) for transcript in transcripts]
    together: dict[int, list[list[str]]] = {}

    def work(thread: int) -> None:
        together[thread] = [texts(privacy_filter.redact(transcript)) for transcript in transcripts]

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(together.values()) == [alone] * 4


def test_a_long_call_keeps_its_context_over_passages(privacy_filter: PrivacyFilter) -> None:
    filler = [
        f"{'AC'[index % 2]}: we talked about the weather and the garden for quite a while today" for index in range(99)
    ]
    question, answer = "A: what is your pin please", "C: four four two one"
    for place in (57, 58, 59, 60, 61, 62):
        lines = [*filler[:place], question, answer, *filler[place:]]
        assert texts(privacy_filter.redact(call(*lines)))[place + 1] == "[PASSWORD_1]"


@pytest.mark.parametrize("text", ["a" * 50_000, "1" * 50_000, "a_" * 9_000, "1 " * 5_000, "a.b@" * 5_000, "'%" * 9_000])
def test_monstrous_texts_are_read_in_one_go(text: str) -> None:
    numbers = load_privacy_filter(PrivacyConfig(("email_address", "username", "password", "url", "phone_number")))
    assert len(numbers.redact_text(text, "en").text) > 0
