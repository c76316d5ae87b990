"""A redacted call as sentences with stems and cues: what the parts of the extractive analysis read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis.lexicon import Lexicon
from engine.analysis.phrases import Match, negated
from engine.analysis.tokens import TOKEN, Token, Tokenizer
from engine.analysis_types import Role
from engine.types import RedactedTranscript, RedactedUtterance

_BOUNDARY = re.compile(r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)\s+|(?<=[。！？])|\n+")
_END = ".!?…。！？"
QUOTE_CHARS = 160
MAX_EVIDENCE = 5
"""Utterances that are named as proof of one finding."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of one utterance. `cues`: kind of cue -> where it first stands, not negated."""

    utterance: int
    speaker: str
    role: Role
    text: str
    tokens: tuple[Token, ...]
    cues: Mapping[str, Match[str]]

    @property
    def is_question(self) -> bool:
        return self.text.endswith(("?", "？"))

    def quote(self, max_chars: int, cue: str | None = None) -> str:
        """The sentence with a capital and an end mark; where it is too long, from about the cue on."""
        text = self.text
        if cue and cue in self.cues and len(text) > max_chars:
            text = text[self._start_of(self.tokens[self.cues[cue].start], max_chars) :]
        if len(text) > max_chars:
            kept = text[: max_chars - 1]
            text = f"{kept[: kept.rfind(' ')] if ' ' in kept else kept}…"
        text = text[:1].upper() + text[1:]
        return text if text[-1:] in _END else f"{text}."

    def words(self, start: int, stop: int) -> str:
        """The text of tokens[start:stop], as it was said."""
        last = TOKEN.match(self.text, self.tokens[stop - 1].start)
        return self.text[self.tokens[start].start : last.end() if last else None]

    def _start_of(self, token: Token, max_chars: int) -> int:
        """Where the token's clause starts, or the token itself where the clause is a long one."""
        clause_start = next(other.start for other in self.tokens if other.clause == token.clause)
        return clause_start if token.start - clause_start < max_chars // 2 else token.start


@dataclass(frozen=True, slots=True)
class Conversation:
    """All sentences of a call, in its order; `by_role` has those that say something."""

    lexicon: Lexicon
    utterances: tuple[RedactedUtterance, ...]
    sentences: tuple[Sentence, ...]
    by_role: Mapping[Role, tuple[Sentence, ...]]

    def said_by(self, role: Role) -> tuple[Sentence, ...]:
        """What that role says; where nobody has the role, what those say whose role is unknown. "unknown" is all."""
        if role == "unknown":
            return self.sentences
        return self.by_role.get(role, self.by_role.get("unknown", ()))

    def with_cue(self, cue: str, role: Role = "unknown") -> tuple[Sentence, ...]:
        return tuple(sentence for sentence in self.said_by(role) if cue in sentence.cues)


def read(transcript: RedactedTranscript, lexicon: Lexicon, tokenizer: Tokenizer | None = None) -> Conversation:
    """The call as sentences, by the lexicon's tokenizer or one that knows more words."""
    tokenizer = tokenizer or lexicon.tokenizer
    sentences = tuple(
        sentence for utterance in transcript.utterances for sentence in _sentences(utterance, tokenizer, lexicon)
    )
    roles = dict.fromkeys(sentence.role for sentence in sentences)
    by_role = {role: tuple(sentence for sentence in sentences if sentence.role == role) for role in roles}
    return Conversation(lexicon, transcript.utterances, sentences, by_role)


def _sentences(utterance: RedactedUtterance, tokenizer: Tokenizer, lexicon: Lexicon) -> Iterator[Sentence]:
    for piece in _BOUNDARY.split(utterance.text):
        text = " ".join(piece.split())
        tokens = tokenizer.tokens(text)
        if tokens:
            cues = _cues(tokens, lexicon)
            yield Sentence(utterance.index, utterance.speaker, utterance.role, text, tokens, cues)


def _cues(tokens: Sequence[Token], lexicon: Lexicon) -> dict[str, Match[str]]:
    cues: dict[str, Match[str]] = {}
    for match in lexicon.cues.find(tokens):
        if match.key not in cues and not negated(tokens, match.start, lexicon.negators):
            cues[match.key] = match
    return cues
