"""Checklists, tags and categories by matching phrases and words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from engine.analysis.categories import with_those_above
from engine.analysis.checklists import grade
from engine.analysis.conversation import MAX_EVIDENCE, QUOTE_CHARS, Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis.phrases import Phrases, negated
from engine.analysis.tokens import Tokenizer
from engine.analysis_types import Category, Checklist, ChecklistQuestion, ChecklistResult, Value

QUESTION_SHARE = 2 / 3
"""A question without hints is answered by a sentence that holds this share of its content words."""
ASKING_WORDS = (
    "agent customer caller client operator representative call conversation ask mention offer say tell give explain "
    "confirm make inform provide use show"
)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,2})?(?![\w.,]*\d)(?!\w)")


@dataclass(frozen=True, slots=True)
class ChecklistPhrases:
    """What a checklist looks for: hints by question id, and choices by question id and choice."""

    hints: Phrases[str]
    choices: Phrases[tuple[str, str]]

    @property
    def stems(self) -> frozenset[str]:
        return self.hints.stems | self.choices.stems


def checklist_phrases(checklist: Checklist, lexicon: Lexicon) -> ChecklistPhrases:
    hints = ((question.id, hint) for question in checklist.questions for hint in question.hints)
    choices = (((question.id, choice), choice) for question in checklist.questions for choice in question.choices)
    return ChecklistPhrases(lexicon.phrases(hints), lexicon.phrases(choices))


@dataclass(slots=True)
class _Found:
    """The sentences that hold a question's hints, those that take one back, and those that name each choice."""

    affirmed: list[Sentence] = field(default_factory=list)
    denied: list[Sentence] = field(default_factory=list)
    chosen: dict[str, list[Sentence]] = field(default_factory=lambda: defaultdict(list))


def answer_checklist(conversation: Conversation, checklist: Checklist, phrases: ChecklistPhrases) -> ChecklistResult:
    """Answers with the utterances that prove them; only those who a question is about count.

    yes_no: yes where a hint is said, no where none is; partly: 0.5 where one is said and taken back as well. number:
    the only number in the sentences with a hint; choice: the one that is said most often; text: the first sentence with
    a hint. None where the call cannot tell: they say nothing; the question has no hints and nothing holds its words; or
    no question of the checklist matches in a language without a lexicon (its hints are in another one).
    """
    found = _found(conversation, checklist, phrases)
    comparable = conversation.lexicon.known or any(each.affirmed or each.chosen for each in found.values())
    values: dict[str, Value] = {}
    evidence: dict[str, tuple[int, ...]] = {}
    texts: dict[str, str] = {}
    for question in checklist.questions:
        value, proof = _ANSWERS[question.type](question, found[question.id])
        if value is False and not (comparable and conversation.said_by(question.about)):
            value = None
        values[question.id] = value
        evidence[question.id] = tuple(dict.fromkeys(sentence.utterance for sentence in proof))[:MAX_EVIDENCE]
        if question.type == "text" and proof:
            texts[question.id] = proof[0].quote(QUOTE_CHARS)
    return grade(checklist, values, evidence, texts)


def matched_tags(conversation: Conversation) -> tuple[str, ...]:
    """Tags by the number of sentences that call for them, the commonest first."""
    counts = Counter(
        cue.removeprefix("tag.")
        for sentence in conversation.sentences
        for cue in sentence.cues
        if cue.startswith("tag.")
    )
    return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))


def matched_categories(
    conversation: Conversation, categories: Sequence[Category], tags: Sequence[str]
) -> tuple[str, ...]:
    """The categories whose words the call says, or shares with one of its tags, each after those above it."""
    lexicon = conversation.lexicon
    tokenizer = Tokenizer(lexicon.inflection)
    said = frozenset(token.stem for sentence in conversation.sentences for token in sentence.tokens)
    tagged = {stem for tag in tags for stem in tokenizer.stems(tag)}
    fitting = (each.name for each in categories if _fits(telling_stems(each.name, tokenizer, lexicon), said, tagged))
    return with_those_above(fitting, categories)


def hinted(sentence: Sentence, hints: Phrases[str], lexicon: Lexicon) -> frozenset[str]:
    """Questions with a hint in the sentence. Negation takes a statement back, but not a question."""
    return _split_by_negation(sentence, hints, lexicon)[0]


def affirmed_stems(sentence: Sentence, lexicon: Lexicon) -> set[str]:
    """The words of a sentence that no negation takes back."""
    return {
        token.stem
        for position, token in enumerate(sentence.tokens)
        if not negated(sentence.tokens, position, lexicon.negators)
    }


def telling_stems(text: str, tokenizer: Tokenizer, lexicon: Lexicon) -> frozenset[str]:
    return frozenset(stem for stem in tokenizer.stems(text) if stem not in lexicon.function_words and len(stem) > 2)


# --- what is found of the questions -----------------------------------------------------------------------------------


def _found(conversation: Conversation, checklist: Checklist, phrases: ChecklistPhrases) -> dict[str, _Found]:
    found = {question.id: _Found() for question in checklist.questions}
    spoken = {question.id: set(map(id, conversation.said_by(question.about))) for question in checklist.questions}
    for sentence in conversation.sentences:
        affirmed, denied = _split_by_negation(sentence, phrases.hints, conversation.lexicon)
        for question_id in affirmed:
            if id(sentence) in spoken[question_id]:
                found[question_id].affirmed.append(sentence)
        for question_id in denied:
            if id(sentence) in spoken[question_id]:
                found[question_id].denied.append(sentence)
        for match in phrases.choices.find(sentence.tokens):
            question_id, choice = match.key
            negative = negated(sentence.tokens, match.start, conversation.lexicon.negators)
            if id(sentence) in spoken[question_id] and not negative:
                found[question_id].chosen[choice].append(sentence)
    for question in checklist.questions:
        if not question.hints and question.type in ("yes_no", "partly"):
            found[question.id].affirmed += _worded(conversation, question)
    return found


def _split_by_negation(
    sentence: Sentence, hints: Phrases[str], lexicon: Lexicon
) -> tuple[frozenset[str], frozenset[str]]:
    """Ids with a hint that stands, and those with hints that are all taken back."""
    affirmed: set[str] = set()
    denied: set[str] = set()
    for match in hints.find(sentence.tokens):
        taken_back = not sentence.is_question and negated(sentence.tokens, match.start, lexicon.negators)
        (denied if taken_back else affirmed).add(match.key)
    return frozenset(affirmed), frozenset(denied - affirmed)


def _worded(conversation: Conversation, question: ChecklistQuestion) -> list[Sentence]:
    """Sentences that hold most content words of a question without hints, and do not negate them."""
    lexicon = conversation.lexicon
    tokenizer = Tokenizer(lexicon.inflection)
    wanted = telling_stems(question.text, tokenizer, lexicon) - set(tokenizer.stems(ASKING_WORDS))
    if not wanted:
        return []
    return [
        sentence
        for sentence in conversation.said_by(question.about)
        if len(wanted & affirmed_stems(sentence, lexicon)) >= max(QUESTION_SHARE * len(wanted), min(len(wanted), 2))
    ]


# --- the answer to each type of question ------------------------------------------------------------------------------

_Answer = tuple[Value, Sequence[Sentence]]


def _yes_no(question: ChecklistQuestion, found: _Found) -> _Answer:
    if found.affirmed:
        return True, found.affirmed
    return (False if question.hints else None), ()


def _partly(question: ChecklistQuestion, found: _Found) -> _Answer:
    if found.affirmed and found.denied:
        return 0.5, [*found.affirmed, *found.denied]
    return _yes_no(question, found)


def _number(question: ChecklistQuestion, found: _Found) -> _Answer:  # noqa: ARG001
    said = [(number, sentence) for sentence in found.affirmed for number in _NUMBER.findall(sentence.text)]
    numbers = {float(number.replace(",", ".")) for number, _ in said}
    return (numbers.pop(), [sentence for _, sentence in said]) if len(numbers) == 1 else (None, ())


def _choice(question: ChecklistQuestion, found: _Found) -> _Answer:
    ranked = sorted(question.choices, key=lambda choice: -len(found.chosen.get(choice, ())))
    best, second = (len(found.chosen.get(choice, ())) for choice in ranked[:2])
    return (ranked[0], found.chosen[ranked[0]]) if best > second else (None, ())


def _text(question: ChecklistQuestion, found: _Found) -> _Answer:  # noqa: ARG001
    return None, found.affirmed


_ANSWERS = {"yes_no": _yes_no, "partly": _partly, "number": _number, "choice": _choice, "text": _text}


def _fits(stems: frozenset[str], said: Collection[str], tagged: Collection[str]) -> bool:
    """All words of the category are said, or one of them is that of a tag and half of them are said or tagged."""
    if not stems:
        return False
    present = stems.intersection(said)
    shared = stems.intersection(tagged)
    return present == stems or bool(shared and 2 * len(present | shared) >= len(stems))
