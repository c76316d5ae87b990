"""User names, passwords, PINs, one-time codes, answers to security questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, phrases, recognizer
from engine.privacy.recognizers.forms import either, run

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_PASSWORD_CUES = phrases(
    """
    password, passcode, passphrase, pass code, pin, pin number, pin code, access code, one time code,
    one-time code, one time password, otp, verification code, security pin, login code, authentication code,
    code we sent, code i sent, code you received, contraseña, clave, mot de passe, passwort, senha,
    wachtwoord, hasło, пароль, 暗証番号, 비밀번호, 密码
    """
)
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


def recognizers() -> list[EntityRecognizer]:
    """username, password."""
    return [_user_names(), _secret_words(), _secret_numbers()]


def _user_names() -> EntityRecognizer:
    asked = either("user ?name, user ?id, log ?in(?: name| id)?, screen name, gamer ?tag, handle")
    return recognizer(
        "username",
        Rule(rf"\b{asked}{_SAID} {_VALUE}", 0.75),
        Rule(rf"\b{asked} (?P<value>\w[\w-]*[\d._-][\w.-]*\w)", 0.7),
        Rule(r"(?<![\w@.])@[A-Za-z_]\w{2,29}\b(?!\.\w)", 0.7),
        Rule(r"(?<![\w@.-])(?=\w*[^\W\d_])[^\W_]{1,20}(?:_[^\W_]{1,20})+(?![\w@])", 0.5),
        Rule(r"(?<![\w@.-])[a-z]{3,20}\d{2,6}(?![\w@.-])", 0.2),
        context=phrases("username, user name, user id, userid, login, log in, handle, screen name, instagram"),
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


def _secret_numbers() -> EntityRecognizer:
    return recognizer(
        "password",
        Rule(run(4, 8, r"[ -]?"), 0.2),
        Rule(r"(?<![\w@.-])(?=\S{0,30}\d)(?=\S{0,30}[^\W\d_])[^\s,?@.]{6,30}(?![\w@])", 0.15),
        context=_PASSWORD_CUES,
        needs=r"\d",
        language=ANY,
    )
