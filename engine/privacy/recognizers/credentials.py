"""User names, passwords, PINs, one-time codes, answers to security questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ELSE, Rule, recognizer
from engine.privacy.recognizers.cued import NOT_ENGLISH, by_language, cued, cues, one_of, words
from engine.privacy.recognizers.forms import START, either, run

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_NOT_SECRET = either(
    """
    not, no, wrong, incorrect, correct, expired, expiring, invalid, valid, the, a, an, my, your, his, her, our,
    that, this, it, its, been, being, locked, required, needed, working, work, too, very, now, still, also, just,
    something, anything, nothing, really, going, gone, same, different, new, old, reset, changed, saved, set, sent,
    right, there, here, for, to, in, on, at, what, which, where, protected, so, because, and, or, but, if, when,
    then, is, was, are, be, will, would, can, could, should, has, have, had, i, you, we, they, he, she, case, least,
    missing, weak, strong, safe, okay, ok, fine, good, up, about, with, by, of, like, only, always, never, yes,
    yeah, please, sure, um, uh, well, asking, getting, giving, doing, coming, supposed, able, ready, blocked,
    disabled, off, all, empty, optional, gonna, already, who
    """
)
"""What follows "my password is" when no password does."""

_VALUE = rf"(?P<value>(?!{_NOT_SECRET}\b)[^\s,.?!;:\[\]]{{3,40}})"
_SAID = r"(?: is|'s| was| would be| will be| should be|:| to| as|\?\n(?:it's |it is |yes |so )?)+(?: just)?"
_ANSWERED = r"(?: is| was| would be|'s|:|\?\n(?:it's |it is |it was |that's |that would be )?)+"


_USER_FORMS = (
    Rule(r"(?<![\w@.])@[A-Za-z_]\w{2,29}\b(?!\.\w)", 0.7),
    Rule(r"(?<![\w@.-])(?=\w*[^\W\d_])[^\W_]{1,20}(?:_[^\W_]{1,20})+(?![\w@])", 0.5),
    Rule(r"(?<![\w@.-])[a-z]{3,20}\d{2,6}(?![\w@.-])", 0.2),
)


def recognizers() -> list[EntityRecognizer]:
    """username, password."""
    return [_user_names(), _secret_words(), *_user_names_elsewhere(), *_secret_words_elsewhere(), *_secret_numbers()]


def _user_names() -> EntityRecognizer:
    asked = either("user ?name, user ?id, log ?in(?: name| id)?, screen name, gamer ?tag, handle")
    return recognizer(
        "username",
        Rule(rf"\b{asked}{_SAID} {_VALUE}", 0.75),
        Rule(rf"\b{asked} (?P<value>\w[\w-]*[\d._-][\w.-]*\w)", 0.7),
        *_USER_FORMS,
        context=cues("username", "en"),
        check=lambda value: not value.isdecimal() or len(value) > 5,
        needs=r"user|log ?in|screen name|gamer|handle|@|_|[a-z]\d",
    )


def _secret_words() -> EntityRecognizer:
    questions = either(
        """
        maiden name, pet'?s?(?: first)? name, name of (?:my|your|the) (?:first )?(?:pet|school|teacher),
        security (?:answer|word), memorable (?:word|answer), safe ?word, password hint
        """
    )
    return recognizer(
        "password",
        Rule(rf"\b(?:pass ?(?:word|code|phrase)|pin(?: number| code)?|otp){_SAID} {_VALUE}", 0.75),
        Rule(rf"\b{questions}{_ANSWERED} ?{_VALUE}", 0.78),
        Rule(rf"\bsecurity question\b[^\n]{{0,120}}\banswer{_ANSWERED} ?{_VALUE}", 0.75),
        needs="pass|pin|otp|maiden|pet|name of|security|memorable|safe",
    )


def _user_names_elsewhere() -> list[EntityRecognizer]:
    def rules(language: str) -> tuple[Rule, ...]:
        return *_USER_FORMS, Rule(_announced("username", language), 0.7)

    return by_language("username", rules, check=lambda value: not value.isdecimal() or len(value) > 5, needs=r"\w")


def _secret_words_elsewhere() -> list[EntityRecognizer]:
    return by_language("password", lambda language: (Rule(_announced("password", language), 0.75),), needs=r"\w")


def _announced(entity: str, language: str) -> str:
    """ "le mot de passe est soleil", "Passwort: Sommer": a cue, a word for "is" or a colon, and no everyday word.

    In scripts without spaces a value is Latin.
    """
    says = one_of(words(language, "secrets", "is"))
    everyday = one_of((*words(language, "addresses", "common"), *words(language, "secrets", "not")))
    unspaced = language in ("ja", "zh")
    value = (
        r"[A-Za-z][\w.!@#$%&*-]{2,39}" if unspaced else rf"(?!{everyday}(?!\w)|{_NOT_SECRET}\b)[^\s,.?!;:\[\]]{{3,40}}"
    )
    between = rf"(?: ?{says}|:)+ ?" if unspaced else rf"(?: {says}(?!\w)| ?:)+ "
    return rf"(?<!\w){one_of(cues(entity, language))}(?: ?\p{{L}}+)?{between}(?P<value>{value})"


def _secret_numbers() -> list[EntityRecognizer]:
    """Numbers and mixed words beside a cue; no year by the word before ("gesperrt seit 2021")."""
    barred = r"\s,?@.\u3040-\ud7af"
    mixed = Rule(
        rf"(?<![\p{{Latin}}\d@.-])(?=[^\d{barred}]{{0,30}}+\d)(?=[^\p{{L}}{barred}]{{0,30}}+[^\W\d_])"
        rf"[^{barred}]{{6,30}}(?![\p{{Latin}}\d@])",
        0.15,
    )
    dated = rf"(?<!(?<!\w){one_of(words(ELSE, 'dates', 'year_openers'))} )"
    number = run(4, 8, r"[ -]?")
    return [
        *cued("password", Rule(number, 0.2, digits=4), mixed, languages=("en",)),
        *cued("password", Rule(rf"{START}{dated}{number}", 0.2, digits=4), mixed, languages=NOT_ENGLISH),
    ]
