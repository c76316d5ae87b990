"""The questions of a call, and whether the next to speak answers them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.conversation import QUOTE_CHARS, Conversation, Sentence
from engine.analysis_types import AskedQuestion

MAX_QUESTIONS = 12
LEAST_WORDS = 3
"""A shorter question ("Really?") asks for nothing."""


def asked_questions(conversation: Conversation) -> tuple[AskedQuestion, ...]:
    """What was asked, in order, but for formulas ("How can I help you?"); the customer's where there are too many.

    Empty in a language without a lexicon.
    """
    if not conversation.lexicon.known:
        return ()
    asked = [position for position, sentence in enumerate(conversation.sentences) if _asks(sentence)]
    if len(asked) > MAX_QUESTIONS:
        first = sorted(asked, key=lambda position: conversation.sentences[position].role != "customer")
        asked = sorted(first[:MAX_QUESTIONS])
    return tuple(_question(conversation.sentences, position) for position in asked)


def _asks(sentence: Sentence) -> bool:
    return sentence.is_question and "formula" not in sentence.cues and len(sentence.tokens) >= LEAST_WORDS


def _question(sentences: Sequence[Sentence], position: int) -> AskedQuestion:
    question = sentences[position]
    reply = _reply(sentences, position)
    answered = _is_answer(reply) if reply else False
    evidence = (question.utterance, *((reply[0].utterance,) if reply and answered is not None else ()))
    return AskedQuestion(question.quote(QUOTE_CHARS), question.role, answered, evidence)


def _reply(sentences: Sequence[Sentence], position: int) -> Sequence[Sentence]:
    """What the next other speaker says until somebody else speaks; nothing if nobody does."""
    asker = sentences[position].speaker
    start = next((at for at in range(position + 1, len(sentences)) if sentences[at].speaker != asker), None)
    if start is None:
        return ()
    replier = sentences[start].speaker
    stop = next((at for at in range(start, len(sentences)) if sentences[at].speaker != replier), len(sentences))
    return sentences[start:stop]


def _is_answer(reply: Sequence[Sentence]) -> bool | None:
    """No: evasions, or nothing but questions back. None: "One moment", after which the answer may come at any time."""
    statements = [sentence for sentence in reply if not sentence.is_question]
    if all(sentence.cues.keys() & {"evasion", "blame", "rude"} for sentence in statements):
        return False
    return None if all("hold" in sentence.cues for sentence in statements) else True
