"""What the other speaker asks tells what the answer is, in every language; numbers broken over turns are one value."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config_types import PrivacyConfig
from engine.privacy import PrivacyFilter, load_privacy_filter
from engine.privacy.languages import LANGUAGES, section, vocabulary
from engine.types import Language, Transcript, Utterance

ENTITIES = (
    "account_number", "banking_information", "credit_card_cvv", "credit_card_expiration", "credit_card_number", "date",
    "date_of_birth", "drivers_license", "email_address", "healthcare_number", "ip_address", "money_amount",
    "number_sequence", "passport_number", "password", "person_age", "phone_number", "url", "us_social_security_number",
    "username", "vehicle_id",
)  # fmt: skip
ASKED = [
    ("fr", "quelle est votre date de naissance", "le trois mars quatre-vingt-cinq", "le [DATE_OF_BIRTH_1]"),
    ("fr", "vous êtes né quand", "en mille neuf cent quatre-vingt-cinq", "en [DATE_OF_BIRTH_1]"),
    ("fr", "quel est votre âge", "trente-cinq", "[PERSON_AGE_1]"),
    ("fr", "Les quatre derniers chiffres de votre carte ?", "quatre deux sept huit", "[CREDIT_CARD_NUMBER_1]"),
    ("fr", "les trois chiffres au dos", "sept huit neuf", "[CREDIT_CARD_CVV_1]"),
    ("fr", "date d'expiration de la carte", "zéro cinq vingt-sept", "[CREDIT_CARD_EXPIRATION_1]"),
    ("fr", "votre permis de conduire", "quatorze AB deux trois quatre cinq", "[DRIVERS_LICENSE_1]"),
    ("fr", "Votre numéro de passeport ?", "un deux A B trois quatre cinq six sept", "[PASSPORT_NUMBER_1]"),
    ("fr", "le mot de passe ?", "mon mot de passe est soleil", "mon mot de passe est [PASSWORD_1]"),
    ("de", "wann sind Sie geboren", "dritter dritter fünfundachtzig", "[DATE_OF_BIRTH_1]"),
    ("de", "Ihr Kennzeichen", "B AB 1234", "[VEHICLE_ID_1]"),
    ("de", "Gültig bis", "null fünf siebenundzwanzig", "[CREDIT_CARD_EXPIRATION_1]"),
    ("de", "Versichertennummer bitte", "A eins zwei drei vier fünf sechs sieben acht neun", "[HEALTHCARE_NUMBER_1]"),
    ("de", "wie lautet Ihr Passwort", "mein Passwort ist Sonnenschein", "mein Passwort ist [PASSWORD_1]"),
    ("de", "was kostet das", "neunundvierzig Euro neunzig", "[MONEY_AMOUNT_1]"),
    ("es", "cuántos años tiene", "treinta y cinco", "[PERSON_AGE_1]"),
    ("es", "dni por favor", "uno dos tres cuatro cinco seis siete ocho", "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("es", "el código de seguridad", "siete ocho nueve", "[CREDIT_CARD_CVV_1]"),
    ("es", "y su clave", "uno dos tres cuatro", "[PASSWORD_1]"),
    ("it", "targa dell'auto", "AB 123 CD", "[VEHICLE_ID_1]"),
    ("it", "il codice cliente?", "uno due tre quattro cinque sei", "[ACCOUNT_NUMBER_1]"),
    ("pt", "sua senha por favor", "um dois três quatro", "[PASSWORD_1]"),
    (
        "pt",
        "qual é o seu cpf",
        "um dois três quatro cinco meia sete oito nove um dois",
        "[US_SOCIAL_SECURITY_NUMBER_1]",
    ),
    ("nl", "hoe oud bent u", "vijfendertig", "[PERSON_AGE_1]"),
    ("nl", "wat is uw bsn", "een twee drie vier vijf zes zeven acht twee", "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("pl", "hasło", "moje hasło to słonecznik", "moje hasło to [PASSWORD_1]"),
    ("pl", "ile ma pan lat", "trzydzieści pięć", "[PERSON_AGE_1]"),
    ("ru", "дата рождения", "третье марта восемьдесят пятого", "[DATE_OF_BIRTH_1]"),
    ("ru", "какой номер паспорта", "четыре пять один два три четыре пять шесть семь восемь", "[PASSPORT_NUMBER_1]"),
    ("uk", "скільки вам років", "тридцять п'ять", "[PERSON_AGE_1]"),
    ("uk", "який у вас пін-код", "один два три чотири", "[PASSWORD_1]"),
    ("tr", "doğum tarihiniz", "üç mart seksen beş", "[DATE_OF_BIRTH_1]"),
    ("tr", "şifreniz nedir", "bir iki üç dört", "[PASSWORD_1]"),
    ("fi", "syntymäaikasi", "kolmas kolmatta kahdeksankymmentäviisi", "[DATE_OF_BIRTH_1]"),
    ("fi", "mikä on asiakasnumerosi", "yksi kaksi kolme neljä viisi kuusi", "[ACCOUNT_NUMBER_1]"),
    ("vi", "ngày sinh của anh", "ngày ba tháng ba năm tám mươi lăm", "ngày [DATE_OF_BIRTH_1]"),
    ("vi", "mã pin của chị là gì", "một hai ba bốn", "[PASSWORD_1]"),
    ("hi", "आपके कार्ड के आखिरी चार अंक", "चार दो सात आठ", "[CREDIT_CARD_NUMBER_1]"),
    ("hi", "आधार नंबर बताइए", "एक दो तीन चार पांच छह सात आठ नौ एक दो तीन", "[US_SOCIAL_SECURITY_NUMBER_1]"),
    ("ja", "おいくつですか", "三十五です", "[PERSON_AGE_1]です"),
    ("ja", "カードの下四桁は", "四二七八です", "[CREDIT_CARD_NUMBER_1]です"),
    ("ja", "暗証番号をお願いします", "一二三四です", "[PASSWORD_1]です"),
    ("zh", "请问您的密码", "一二三四五六", "[PASSWORD_1]"),
    ("zh", "您的生日是几号", "一九八五年三月三号", "[DATE_OF_BIRTH_1]"),
    ("ko", "나이가 어떻게 되세요", "서른다섯이에요", "[PERSON_AGE_1]이에요"),
    ("ko", "비밀번호가 뭐예요", "일이삼사입니다", "[PASSWORD_1]입니다"),
]
OVER_TURNS = [
    (
        "fr",
        ["Votre téléphone ?", "zéro six douze", "oui", "trente-quatre cinquante-six", "d'accord", "soixante-dix-huit"],
    ),
    ("de", ["Ihre Telefonnummer", "null eins sieben sechs", "ja", "zwei drei vier", "genau", "fünf sechs sieben"]),
    ("es", ["¿Me da su teléfono?", "seis uno dos", "sí", "tres cuatro cinco", "vale", "seis siete ocho"]),
    ("it", ["il suo telefono?", "tre quattro sette", "sì", "uno due tre", "ok", "quattro cinque sei sette"]),
    ("pt", ["seu telefone", "nove um dois", "certo", "três quatro cinco", "tá bom", "seis sete oito"]),
    ("nl", ["uw telefoonnummer", "nul zes een twee", "ja", "drie vier vijf", "prima", "zes zeven acht"]),
    ("pl", ["numer telefonu", "pięć jeden dwa", "tak", "trzy cztery pięć", "dobrze", "sześć siedem osiem"]),
    ("ru", ["ваш телефон", "восемь девятьсот двенадцать", "да", "триста сорок пять", "угу", "шестьдесят семь"]),
    ("uk", ["ваш телефон", "нуль шість сім", "так", "один два три", "добре", "сорок п'ять шістдесят сім"]),
    ("tr", ["telefon numaranız", "sıfır beş üç iki", "evet", "iki üç dört", "tamam", "beş altı yedi sekiz"]),
    ("fi", ["puhelinnumerosi", "nolla neljä nolla", "joo", "yksi kaksi kolme", "selvä", "neljä viisi kuusi"]),
    ("vi", ["số điện thoại", "không chín một", "vâng", "hai ba bốn", "dạ", "năm sáu bảy tám"]),
    ("hi", ["मोबाइल नंबर", "नौ आठ सात छह", "जी", "पांच चार तीन", "ठीक है", "दो एक शून्य"]),
    ("ja", ["お電話番号をお願いします", "ゼロ九ゼロ", "はい", "一二三四", "はい", "五六七八"]),
    ("zh", ["请问您的电话号码", "幺三八零零", "嗯", "一三八", "好的", "零零零"]),
    ("ko", ["전화번호가 어떻게 되세요", "공일공", "네", "일이삼사", "네", "오육칠팔"]),
]


@pytest.fixture(scope="session")
def numbers() -> PrivacyFilter:
    return load_privacy_filter(PrivacyConfig(ENTITIES, model="none"))


def redacted(numbers: PrivacyFilter, code: str, *said: str) -> list[str]:
    turns = tuple(Utterance(i, "AB"[i % 2], "unknown", None, None, text) for i, text in enumerate(said))
    return [turn.text for turn in numbers.redact(Transcript(Language(code, 1.0), (), turns)).utterances]


@pytest.mark.parametrize(("code", "question", "answer", "expected"), ASKED)
def test_the_question_tells_what_the_answer_is(
    code: str, question: str, answer: str, expected: str, numbers: PrivacyFilter
) -> None:
    assert redacted(numbers, code, question, answer) == [question, expected]


@pytest.mark.parametrize(("code", "said"), OVER_TURNS)
def test_a_number_read_out_over_turns_is_one_value(code: str, said: list[str], numbers: PrivacyFilter) -> None:
    question, _, yes, _, fine, _ = said
    number = "[PHONE_NUMBER_1]"
    assert redacted(numbers, code, *said) == [question, number, yes, number, fine, number]


NO_PERSONAL_DATA = [
    ("fr", "je suis client depuis 2019 et j'ai payé 2 factures en 2020, en 24 mois"),
    ("fr", "mon mot de passe est incorrect"),
    ("de", "ich bin seit 2019 Kunde und habe 2 Verträge seit 24 Monaten"),
    ("de", "mein Passwort ist falsch und mein Konto gesperrt seit 2021"),
    ("es", "en el año 2019 compré 3 productos y esperé 1500 minutos"),
    ("it", "nel 2019 ho comprato 3 prodotti, ho 20 anni di esperienza"),
    ("ru", "в 2019 году я купил 3 товара и жду 20 минут"),
    ("ja", "二〇一九年に三つ買いました。二十分待ちました"),
    ("zh", "我在二零一九年买了三个，等了二十分钟"),
]


@pytest.mark.parametrize(("code", "text"), NO_PERSONAL_DATA)
def test_years_counts_and_phrases_stay(code: str, text: str, numbers: PrivacyFilter) -> None:
    assert redacted(numbers, code, text) == [text]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_all_that_the_recognizers_ask_for(code: str) -> None:
    asked = set(ENTITIES) - {"date", "email_address"}
    assert asked <= {entity for entity, cues in section(code, "cues").items() if cues}
    words = vocabulary(code)
    assert {number.value for entries in words.numbers.by_first.values() for _, number in entries} >= set(range(11))
    assert {sign for entries in words.signs.by_first.values() for _, sign in entries} >= {"dot", "at", "dash", "slash"}
    assert words.fillers.by_first and section(code, "turns")["acknowledgements"]


KEYS = {
    "numbers": "count tens hundreds more wide factors bare tens_and hundred_and unit_and_tens only_before_factor oh "
    "ambiguous repeats repeat_links repeated not_after never_alone openers pieces kept counters",
    "runs": "fillers corrections before_one after_one counted",
    "turns": "acknowledgements asks trails said_of_it",
    "letters": "explains explains_any alphabet case words",
    "dates": "months unsure_months ordinals ordinal_tens ordinal_endings ordinal_years day_suffixes of the "
    "subjects year_openers",
    "addresses": "at dot underscore dash plus slash point says common email_cues",
    "ages": "after",
    "money": "currency",
    "secrets": "is not",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_file_has_a_key_that_nothing_reads(code: str) -> None:
    unread: dict[str, Any] = {part: set(section(code, part)) - set(keys.split()) for part, keys in KEYS.items()}
    assert not any(unread.values()), unread
    assert set(section(code, "cues")) <= set(ENTITIES)


@pytest.mark.parametrize("code", ["fr", "ja", "zh", "ko"])
@pytest.mark.parametrize(
    "text", ["A " * 9_000, "AB12" + "X" * 30_000, "好的" * 9_000, "一" * 9_000, "は" * 9_000, "1-" * 9_000]
)
def test_monstrous_texts_are_read_in_one_go(code: str, text: str, numbers: PrivacyFilter) -> None:
    assert numbers.redact_text(text, code).text
