"""What was redacted from a call, encrypted with a key that the user holds: the only way back.

A vault is a Fernet token (AES-128-CBC and HMAC-SHA-256, https://github.com/fernet/spec) over the originals of one
result, in the order of its redactions. Without the key it says no more than its length; the engine keeps no key.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.config_types import VaultConfig
from engine.errors import InputError
from engine.free_text import rewritten
from engine.keys import fernet
from engine.result_types import CallResult, ResultUtterance
from engine.types import Redaction, Word

_VERSION = 1


def new_key() -> str:
    """A fresh key, 256 random bits as 44 characters; good for the vault and as a site key."""
    from cryptography.fernet import Fernet

    return str(Fernet.generate_key().decode("ascii"))


class Vault:
    """Locks and opens vaults with one key. Shared by threads.

    Raises ConfigurationError where there is no key, or one that is none.
    """

    def __init__(self, config: VaultConfig) -> None:
        self._fernet = fernet("the vault", config.key_file, config.key_env)

    def lock(self, call_id: str, originals: Sequence[str]) -> bytes:
        """The vault of a call whose redactions took `originals` away."""
        document = {"version": _VERSION, "call_id": call_id, "originals": list(originals)}
        return self._fernet.encrypt(json.dumps(document).encode())

    def open(self, token: bytes, call_id: str) -> list[str]:
        """The originals of the call; raises InputError where the key is another one, or the vault another call's."""
        from cryptography.fernet import InvalidToken

        try:
            document: dict[str, Any] = json.loads(self._fernet.decrypt(token.strip()))
        except InvalidToken:
            raise InputError(
                "the vault does not open with this key", remedy="give the key that it was made with"
            ) from None
        if document["call_id"] != call_id:
            raise InputError("the vault belongs to another call", received=document["call_id"], expected=call_id)
        return list(document["originals"])


def restored(result: CallResult, originals: Sequence[str]) -> CallResult:
    """The result with its originals back in utterances, words and analysis, and no redactions.

    Raises InputError where the two do not belong together.
    """
    if len(originals) != len(result.redactions):
        raise InputError(
            "the vault does not fit the result",
            received=f"{len(originals)} originals",
            expected=f"{len(result.redactions)}, as many as it has redactions",
            remedy="take the vault that was written with the result",
        )
    by_utterance: dict[int, list[tuple[Redaction, str]]] = defaultdict(list)
    for redaction, original in zip(result.redactions, originals, strict=True):
        by_utterance[redaction.utterance].append((redaction, original))
    values: dict[str, str] = {}
    for redaction, original in zip(result.redactions, originals, strict=True):
        if redaction.marker:
            values.setdefault(redaction.marker, original)
    back = functools.partial(_back, values)
    utterances = tuple(
        dataclasses.replace(
            _utterance(utterance, by_utterance[utterance.index]),
            translation=utterance.translation and back(utterance.translation),
        )
        for utterance in result.utterances
    )
    analysis = result.analysis and rewritten(result.analysis, back)
    return dataclasses.replace(result, utterances=utterances, redactions=(), analysis=analysis)


def _utterance(utterance: ResultUtterance, made: Sequence[tuple[Redaction, str]]) -> ResultUtterance:
    parts: list[str] = []
    position = 0
    for redaction, original in made:
        parts += utterance.text[position : redaction.start_char], original
        position = redaction.end_char
    text = "".join(parts) + utterance.text[position:]
    return dataclasses.replace(utterance, text=text, words=tuple(_words(utterance.words, made)))


def _words(words: Iterable[Word], made: Sequence[tuple[Redaction, str]]) -> Iterator[Word]:
    """A redacted run stays one word, with its original text; words that were removed do not come back."""
    waiting = [(redaction, original) for redaction, original in made if redaction.marker]
    for word in words:
        if waiting and waiting[0][0].marker in word.text and waiting[0][0].start_s == word.start_s:
            redaction, original = waiting.pop(0)
            word = dataclasses.replace(word, text=word.text.replace(redaction.marker, original, 1))
        yield word


def _back(values: Mapping[str, str], text: str) -> str:
    """The text with markers that stand for one value replaced by it."""
    for marker in sorted(values, key=len, reverse=True):
        text = text.replace(marker, values[marker])
    return text
