"""Checklists, tags and categories by matching phrases and words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from engine.analysis.checklists import grade
from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis.phrases import Phrases, negated
from engine.analysis.tokens import Tokenizer
from engine.types import Checklist, ChecklistQuestion, ChecklistResult

MAX_EVIDENCE = 5
QUESTION_SHARE = 2 / 3
"""A question without hints is answered by a sentence that holds this share of its content words."""
ASKING_WORDS = (
    "agent customer caller client operator representative call conversation ask mention offer say tell give explain "
    "confirm make inform provide use show"
)


def hint_phrases(checklist: Checklist, lexicon: Lexicon) -> Phrases[str]:
    """The hints of all questions, by question id."""
    return lexicon.phrases((question.id, hint) for question in checklist.questions for hint in question.hints)


def answer_checklist(conversation: Conversation, checklist: Checklist, hints: Phrases[str]) -> ChecklistResult:
    """Yes with the utterances that prove it, no where nothing does, None where the call cannot tell.

    Only those who the question is about count. None: they say nothing; or nothing matches and the question has no
    hints, or no question of the checklist matches in a language without a lexicon (its hints are in another one).
    """
    evidence = _evidence(conversation, checklist, hints)
    comparable = conversation.lexicon.known or bool(evidence)
    values: dict[str, bool | None] = {}
    for question in checklist.questions:
        asked = bool(question.hints) and comparable and bool(conversation.said_by(question.about))
        values[question.id] = True if question.id in evidence else (False if asked else None)
    return grade(checklist, values, evidence)


def matched_tags(conversation: Conversation) -> tuple[str, ...]:
    """Tags by the number of sentences that call for them, the commonest first."""
    counts = _tag_counts(conversation)
    return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))


def matched_categories(conversation: Conversation, categories: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
    """The categories whose words the call says, or shares with one of its tags, in their configured order."""
    lexicon = conversation.lexicon
    tokenizer = Tokenizer(lexicon.inflection)
    said = Counter(token.stem for sentence in conversation.sentences for token in sentence.tokens)
    tagged = {stem for tag in tags for stem in tokenizer.stems(tag)}
    return tuple(
        category for category in categories if _fits(_telling_stems(category, tokenizer, lexicon), said, tagged)
    )


def _evidence(conversation: Conversation, checklist: Checklist, hints: Phrases[str]) -> dict[str, tuple[int, ...]]:
    """Utterance indexes by the id of the questions that have any."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    speaking = {question.id: set(map(id, conversation.said_by(question.about))) for question in checklist.questions}
    for sentence in conversation.sentences:
        for question_id in _hinted(sentence, hints, conversation.lexicon):
            if id(sentence) in speaking[question_id]:
                found[question_id][sentence.utterance] = None
    for question in checklist.questions:
        if not question.hints:
            found[question.id].update(dict.fromkeys(_worded(conversation, question)))
    return {question_id: tuple(indexes)[:MAX_EVIDENCE] for question_id, indexes in found.items() if indexes}


def _hinted(sentence: Sentence, hints: Phrases[str], lexicon: Lexicon) -> set[str]:
    """Questions with a hint in the sentence. Negation takes a statement back, but not a question."""
    return {
        match.key
        for match in hints.find(sentence.tokens)
        if sentence.is_question or not negated(sentence.tokens, match.start, lexicon.negators)
    }


def _worded(conversation: Conversation, question: ChecklistQuestion) -> list[int]:
    """Utterances that hold most content words of a question without hints, and do not negate them."""
    lexicon = conversation.lexicon
    tokenizer = Tokenizer(lexicon.inflection)
    wanted = _telling_stems(question.text, tokenizer, lexicon) - set(tokenizer.stems(ASKING_WORDS))
    if not wanted:
        return []
    return [
        sentence.utterance
        for sentence in conversation.said_by(question.about)
        if len(wanted & _affirmed(sentence, lexicon)) >= max(QUESTION_SHARE * len(wanted), min(len(wanted), 2))
    ]


def _affirmed(sentence: Sentence, lexicon: Lexicon) -> set[str]:
    return {
        token.stem
        for position, token in enumerate(sentence.tokens)
        if not negated(sentence.tokens, position, lexicon.negators)
    }


def _tag_counts(conversation: Conversation) -> Counter[str]:
    lexicon = conversation.lexicon
    return Counter(
        tag
        for sentence in conversation.sentences
        for tag in {
            match.key
            for match in lexicon.tags.find(sentence.tokens)
            if not negated(sentence.tokens, match.start, lexicon.negators)
        }
    )


def _telling_stems(text: str, tokenizer: Tokenizer, lexicon: Lexicon) -> frozenset[str]:
    return frozenset(stem for stem in tokenizer.stems(text) if stem not in lexicon.function_words and len(stem) > 2)


def _fits(stems: frozenset[str], said: Counter[str], tagged: set[str]) -> bool:
    """All words of the category are said, or one of them is that of a tag and half of them are said or tagged."""
    if not stems:
        return False
    present = {stem for stem in stems if said[stem]}
    return present == stems or bool(stems & tagged and 2 * len(present | (stems & tagged)) >= len(stems))
