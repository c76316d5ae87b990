"""What a call is about: words and word pairs that it uses more than everyday language does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis.tokens import TOKEN
from engine.analysis_types import TopicSpan

DOMAIN_WEIGHT = 2.0
MIN_LETTERS = 3
MIN_LETTERS_UNKNOWN = 6
"""In a language without a list of function words: most of those are shorter."""
LIFTED = 1.5
"""A pair tells more than its two words apart."""
MAX_LEFT = 2
"""Utterances without a word of the topic that its stretch may run over: a question, an "I see"."""

Term = tuple[str, ...]


def topics(conversation: Conversation, limit: int = 6) -> tuple[TopicSpan, ...]:
    """The words and pairs with the highest log-likelihood against the background, as the call spells them, and where
    they are said.

    Terms that calls are usually about weigh double; any other must come twice.
    """
    lexicon = conversation.lexicon
    counts = term_counts(conversation)
    words = sum(len(sentence.tokens) for sentence in conversation.sentences)
    accepted = {term: count for term, count in counts.items() if _accepted(term, count, lexicon)}
    residual = Counter(accepted)
    for term, count in accepted.items():
        for part in term if len(term) == 2 else ():
            residual[(part,)] -= count
    keyness = {term: _keyness(term, residual[term], words, lexicon) for term in accepted if residual[term] > 0}
    ranked = sorted(keyness, key=lambda term: (-keyness[term], term))[:limit]
    spelled = _spelled(ranked, conversation)
    return tuple(TopicSpan(name, _spans(term, conversation)) for name, term in zip(spelled, ranked, strict=True))


def _spans(term: Term, conversation: Conversation) -> tuple[tuple[int, int], ...]:
    """First and last utterance of each stretch in which the term is never left for more than `MAX_LEFT` utterances."""
    wanted = set(term)
    spans: list[tuple[int, int]] = []
    for sentence in conversation.sentences:
        if not wanted <= {token.stem for token in sentence.tokens}:
            continue
        if spans and sentence.utterance - spans[-1][1] <= MAX_LEFT + 1:
            spans[-1] = (spans[-1][0], sentence.utterance)
        else:
            spans.append((sentence.utterance, sentence.utterance))
    return tuple(spans)


def products(conversation: Conversation, limit: int = 2) -> tuple[str, ...]:
    """The products or services named most often."""
    named = {
        term: count
        for term, count in term_counts(conversation).items()
        if len(term) == 1 and term[0] in conversation.lexicon.product_words
    }
    return _spelled(sorted(named, key=lambda term: (-named[term], term))[:limit], conversation)


def content_stems(sentence: Sentence, lexicon: Lexicon) -> list[str]:
    """The stems that carry meaning: no function words, no talk that every call has, no markers, no numbers."""
    return [token.stem for token in sentence.tokens if _carries_meaning(token.stem, lexicon)]


def term_counts(conversation: Conversation) -> Counter[Term]:
    """How often each content word and each pair of neighboring ones is said."""
    return Counter(term for sentence in conversation.sentences for term in _terms(sentence, conversation.lexicon))


def _terms(sentence: Sentence, lexicon: Lexicon) -> Iterator[Term]:
    previous = ""
    clause = -1
    for token in sentence.tokens:
        meaningful = _carries_meaning(token.stem, lexicon)
        if meaningful:
            yield (token.stem,)
            if previous and token.clause == clause and previous != token.stem:
                yield (previous, token.stem)
        previous, clause = token.stem if meaningful else "", token.clause


def _carries_meaning(stem: str, lexicon: Lexicon) -> bool:
    return (
        (len(stem) >= MIN_LETTERS or "\u3400" <= stem <= "\u9fff")  # a Han character is a word by itself
        and stem not in lexicon.empty_words
        and stem[0].isalpha()
    )


def _accepted(term: Term, count: int, lexicon: Lexicon) -> bool:
    if min(map(len, term)) < (MIN_LETTERS if lexicon.known else MIN_LETTERS_UNKNOWN):
        return False
    domain = [stem in lexicon.domain_words for stem in term]
    if any(stem in lexicon.sentiments for stem in term) and not all(domain):
        return False
    return all(domain) if len(term) == 1 and count == 1 else all(domain) or count >= 2


def _keyness(term: Term, count: int, words: int, lexicon: Lexicon) -> float:
    """Log-likelihood of `count` in `words` where the background frequency says how many to expect."""
    frequency = min(lexicon.frequency(stem) for stem in term)
    expected = words * 10 ** (frequency - 9.0)
    likelihood = 2.0 * count * math.log(max(count / expected, 1.0))
    lifted = likelihood * LIFTED if len(term) == 2 else likelihood
    return lifted * DOMAIN_WEIGHT if all(stem in lexicon.domain_words for stem in term) else lifted


def _spelled(terms: Sequence[Term], conversation: Conversation) -> tuple[str, ...]:
    spellings: Mapping[str, Counter[str]] = {stem: Counter() for term in terms for stem in term}
    for sentence in conversation.sentences:
        for token in sentence.tokens:
            match = TOKEN.match(sentence.text, token.start) if token.stem in spellings else None
            if match:
                spellings[token.stem][match.group().casefold()] += 1
    return tuple(" ".join(_commonest(spellings[stem]) for stem in term) for term in terms)


def _commonest(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda word: (-spellings[word], len(word), word))
