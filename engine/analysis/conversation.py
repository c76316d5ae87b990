"""A redacted call as sentences with stems and cues: what the parts of the extractive analysis read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis.lexicon import Lexicon
from engine.analysis.phrases import negated
from engine.analysis.tokens import Token, Tokenizer, Vocabulary
from engine.types import RedactedTranscript, RedactedUtterance, Role

_BOUNDARY = re.compile(r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)\s+|(?<=[。！？])|\n+")
_END = ".!?…。！？"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of one utterance. `cues`: kind of cue -> the token where it first stands, not negated."""

    utterance: int
    speaker: str
    role: Role
    text: str
    tokens: tuple[Token, ...]
    cues: Mapping[str, int]

    @property
    def is_question(self) -> bool:
        return self.text.endswith(("?", "？"))

    def quote(self, max_chars: int, cue: str | None = None) -> str:
        """The sentence with a capital and an end mark; where it is too long, from about the cue on."""
        text = self.text
        if cue and cue in self.cues and len(text) > max_chars:
            text = text[self._start_of(self.tokens[self.cues[cue]], max_chars) :]
        if len(text) > max_chars:
            kept = text[: max_chars - 1]
            text = f"{kept[: kept.rfind(' ')] if ' ' in kept else kept}…"
        text = text[:1].upper() + text[1:]
        return text if text[-1:] in _END else f"{text}."

    def _start_of(self, token: Token, max_chars: int) -> int:
        """Where the token's clause starts, or the token itself where the clause is a long one."""
        clause_start = next(other.start for other in self.tokens if other.clause == token.clause)
        return clause_start if token.start - clause_start < max_chars // 2 else token.start


@dataclass(frozen=True, slots=True)
class Conversation:
    """All sentences of a call, in its order."""

    lexicon: Lexicon
    utterances: tuple[RedactedUtterance, ...]
    sentences: tuple[Sentence, ...]

    def said_by(self, role: Role) -> tuple[Sentence, ...]:
        """What that role says; where nobody has the role, what those say whose role is unknown. "unknown" is all."""
        present = {sentence.role for sentence in self.sentences}
        if role == "unknown":
            return self.sentences
        wanted = role if role in present else "unknown"
        return tuple(sentence for sentence in self.sentences if sentence.role == wanted)

    def with_cue(self, cue: str, role: Role = "unknown") -> tuple[Sentence, ...]:
        return tuple(sentence for sentence in self.said_by(role) if cue in sentence.cues)


def read(transcript: RedactedTranscript, lexicon: Lexicon, vocabulary: Vocabulary | None = None) -> Conversation:
    """The call as sentences. Misheard words are taken for those of `vocabulary` (the lexicon's) that they resemble."""
    tokenizer = Tokenizer(lexicon.inflection, vocabulary or lexicon.vocabulary)
    sentences = tuple(
        sentence for utterance in transcript.utterances for sentence in _sentences(utterance, tokenizer, lexicon)
    )
    return Conversation(lexicon, transcript.utterances, sentences)


def _sentences(utterance: RedactedUtterance, tokenizer: Tokenizer, lexicon: Lexicon) -> Iterator[Sentence]:
    for piece in _BOUNDARY.split(utterance.text):
        text = " ".join(piece.split())
        tokens = tokenizer.tokens(text)
        if tokens:
            cues = _cues(tokens, lexicon)
            yield Sentence(utterance.index, utterance.speaker, utterance.role, text, tokens, cues)


def _cues(tokens: Sequence[Token], lexicon: Lexicon) -> dict[str, int]:
    cues: dict[str, int] = {}
    for match in lexicon.cues.find(tokens):
        if match.key not in cues and not negated(tokens, match.start, lexicon.negators):
            cues[match.key] = match.start
    return cues
