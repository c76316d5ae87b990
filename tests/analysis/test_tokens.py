"""Words and their normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.lexicon import load_lexicon
from engine.analysis.tokens import Tokenizer, Vocabulary, normalized

ENGLISH = Tokenizer(load_lexicon("en").inflection)


@pytest.mark.parametrize(
    "forms",
    [
        "charge charges charged charging",
        "cancel cancels cancelled canceled cancelling",
        "apologise apologize apologised apologizing",
        "organisation organization",
        "bill bills billed billing",
        "take takes taking",
        "note notes noted",
        "company companies",
        "apply applies applied applying",
        "box boxes",
        "switch switches switching",
        "delay delays delayed",
    ],
)
def test_all_forms_of_an_english_word_meet(forms: str) -> None:
    assert len({ENGLISH.stems(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("note", "not"), ("care", "car"), ("hope", "hop"), ("pleased", "please"), ("evening", "even"), ("used", "us")],
)
def test_words_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert ENGLISH.stems(one) != ENGLISH.stems(other)


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("fr", "facture factures"),
        ("fr", "annuler annulé annulée annulation"),
        ("fr", "rembourser remboursé remboursement"),
        ("es", "cancelar cancelado cancelación"),
        ("es", "tarjeta tarjetas"),
        ("de", "rechnung rechnungen"),
        ("it", "bloccare bloccato bloccata"),
        ("pt", "cancelar cancelado cancelamento"),
    ],
)
def test_forms_meet_in_other_languages(language: str, forms: str) -> None:
    tokenizer = Tokenizer(load_lexicon(language).inflection)
    assert len({tokenizer.stems(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("I'm", "I am"),
        ("we’ll", "we will"),
        ("can't", "can not"),
        ("cannot", "can not"),
        ("dont", "do not"),
        ("won't", "will not"),
        ("customer's", "customer"),
        ("uh, yes", "yes"),
    ],
)
def test_contractions_are_spelled_out_and_fillers_dropped(short: str, full: str) -> None:
    assert ENGLISH.stems(short) == ENGLISH.stems(full)


def test_french_elisions_are_spelled_out() -> None:
    french = Tokenizer(load_lexicon("fr").inflection)
    assert french.stems("j'ai l'adresse") == french.stems("je ai le adresse")


def test_a_marker_is_one_token_without_its_number() -> None:
    assert ENGLISH.stems("[PERSON_NAME_12] and [US_SOCIAL_SECURITY_NUMBER_1]") == (
        "[PERSON_NAME]",
        "and",
        "[US_SOCIAL_SECURITY_NUMBER]",
    )


def test_tokens_know_where_they_stand() -> None:
    tokens = ENGLISH.tokens("Yes, I'm here.")
    assert [(token.start, token.clause) for token in tokens] == [(0, 0), (5, 1), (5, 1), (9, 1)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("料金が高い", 5), ("मेरा इंटरनेट", 2), ("моя карта", 2), ("내 카드", 2), ("…!?", 0), ("_ * #", 0)],
)
def test_any_script_has_tokens(text: str, tokens: int) -> None:
    assert len(ENGLISH.tokens(text)) == tokens


@pytest.mark.parametrize(
    ("text", "plain"),
    [("DÉBIT", "debit"), ("Straße", "strasse"), ("naïve’s", "naive's"), ("हूँ", "हूँ"), ("카드", "카드"), ("ガス", "ガス")],
)
def test_accents_go_from_latin_letters_only(text: str, plain: str) -> None:
    assert normalized(text) == plain


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("frustated", "frustrated"),
        ("refundd", "refund"),
        ("apologice", "apologize"),
        ("sorri", "sorri"),  # too short to tell
        ("amount", "amount"),  # a word of its own
        ("brefund", "brefund"),  # starts otherwise
        ("account", "account"),
    ],
)
def test_a_long_misheard_word_is_taken_for_the_one_looked_for(heard: str, meant: str) -> None:
    sought = ENGLISH.stems("frustrated refund apologize sorry account")
    listening = Tokenizer(load_lexicon("en").inflection, Vocabulary(sought, ENGLISH.stems("amount")))
    assert listening.stems(heard) == ENGLISH.stems(meant)


@given(st.text())
def test_any_text_has_tokens_in_its_order(text: str) -> None:
    tokens = ENGLISH.tokens(text)
    starts = [token.start for token in tokens]
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)
    assert [token.clause for token in tokens] == sorted(token.clause for token in tokens)
