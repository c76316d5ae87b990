"""The redaction of one call: its transcript, and afterwards every text that was made from it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from engine.analysis_types import Analysis
from engine.errors import PrivacyError
from engine.free_text import rewritten
from engine.privacy.anonymizer import Cut, cut_utterance, cuts, replaced, spoken_text, utterance_cuts
from engine.privacy.hits import Hit, resolve
from engine.privacy.known import KnownValues, name_hits
from engine.privacy.languages import check_code
from engine.privacy.search import Search
from engine.privacy.substitution import Substitutes, SubstitutionPlan
from engine.privacy.visible import visible
from engine.types import RedactedTranscript, Redaction, Transcript

T = TypeVar("T")
NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A text without personal data. The `spans` count in the INPUT text, unlike those of a transcript."""

    text: str
    spans: tuple[Cut, ...]


@dataclass(slots=True)
class CallRedaction:
    """Per call, not shared by threads: it remembers the values of the call, and what stands in their place.

    `names`: words of the names of those who speak, where they are known (in a chat), each with the name. `originals`:
    what each redaction of the transcript, in order, took away; it goes nowhere but into the vault. Every method raises
    PrivacyError, which holds no text.
    """

    search: Search | None
    plan: SubstitutionPlan
    explain: bool
    names: Mapping[str, str]
    originals: list[str] = field(default_factory=list, repr=False)
    _known: KnownValues = field(default_factory=KnownValues, repr=False)
    _substitutes: Substitutes | None = field(default=None, repr=False)
    _language: str = "en"
    _shown: list[str] = field(default_factory=list, repr=False)

    def redact(self, transcript: Transcript) -> RedactedTranscript:
        """The transcript with replacements for personal data."""
        return closed(lambda: self._redact(transcript))

    def redact_text(self, text: str, language: str) -> RedactedText:
        """One text on its own, `language` as ISO 639-1; raises ConfigurationError for what is no code of
        a language."""
        check_code(language)
        return closed(lambda: self._redact_text(text, language))

    def redact_texts(self, texts: Sequence[str], language: str) -> list[RedactedText]:
        """Texts that belong together, each the context of those after it."""
        check_code(language)
        return closed(lambda: self._redact_texts(texts, language))

    def redact_derived(self, text: str) -> str:
        """A text made from the redacted call. A value of the call that turns up in it gets the replacement it has in
        the transcript, other personal data gets one of its own; replacements, and what the redacted transcript says
        in the same words, stay as they are."""
        return closed(lambda: self._redact_derived(text))

    def redact_analysis(self, analysis: Analysis) -> Analysis:
        """The analysis with every free text redacted: a language model can repeat or complete a name."""
        return rewritten(analysis, functools.cache(self.redact_derived))

    def _redact(self, transcript: Transcript) -> RedactedTranscript:
        texts = [spoken_text(utterance) for utterance in transcript.utterances]
        substitutes = self._begin(texts, transcript.language.code)
        utterances = []
        redactions: list[Redaction] = []
        for utterance, text, hits in zip(transcript.utterances, texts, self._find(texts), strict=True):
            made = self._noted(text, utterance_cuts(utterance, text, hits, substitutes))
            redacted, replacements = cut_utterance(utterance, text, made)
            utterances.append(redacted)
            redactions += replacements
        self._shown = [utterance.text for utterance in utterances]
        return RedactedTranscript(transcript.language, transcript.speakers, tuple(utterances), tuple(redactions))

    def _redact_text(self, text: str, language: str) -> RedactedText:
        return self._redact_texts([text], language)[0]

    def _redact_texts(self, texts: Sequence[str], language: str) -> list[RedactedText]:
        substitutes = self._begin(texts, language)
        found = self._find(texts)
        redacted = []
        for text, hits in zip(texts, found, strict=True):
            made = self._noted(text, cuts(text, hits, substitutes))
            redacted.append(RedactedText(replaced(text, made)[0], tuple(made)))
        return redacted

    def _redact_derived(self, text: str) -> str:
        substitutes = self._substitutes or self._begin([text], self._language)
        settled = self._known.replacements_in(text)
        news = (hit for hit in self._find([text])[0] if not self._shows(text[hit.start : hit.end]))
        found = [*self._known.hits(text), *news]
        made = cuts(text, resolve(text, found, settled), substitutes)
        self._known.learn(text, made)
        return replaced(text, made)[0]

    def _shows(self, words: str) -> bool:
        """Whether the redacted transcript has the words, in the same letter case."""
        return any(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) for text in self._shown if words in text)

    def _begin(self, texts: Sequence[str], language: str) -> Substitutes:
        self._language = language
        self._substitutes = Substitutes(self.plan, texts, language)
        return self._substitutes

    def _find(self, texts: Sequence[str]) -> list[list[Hit]]:
        """The hits that are to be replaced."""
        found = _searched(self.search, texts, self._language) if self.search else [[] for _ in texts]
        if self.names:
            whole = self.plan.rule("person_name").method != "surrogate"
            named = (name_hits(text, self.names, whole) for text in texts)
            found = [resolve(text, [*hits, *more]) for text, hits, more in zip(texts, found, named, strict=True)]
        return [[hit for hit in hits if not self.plan.keeps(hit.entity)] for hits in found]

    def _noted(self, text: str, made: list[Cut]) -> list[Cut]:
        """The cuts, remembered; without their reasons unless these are asked for."""
        self.originals += [text[cut.start : cut.end] for cut in made]
        self._known.learn(text, made)
        return made if self.explain else [cut._replace(recognizer="", why="") for cut in made]


def _searched(search: Search, texts: Sequence[str], language: str) -> list[list[Hit]]:
    """The hits of every text, found in what is seen of it."""
    seen = [visible(text) for text in texts]
    found = search.find([text for text, _ in seen], language)
    return [
        [hit._replace(start=places[hit.start], end=places[hit.end - 1] + 1) for hit in hits]
        for (_, places), hits in zip(seen, found, strict=True)
    ]


def closed(work: Callable[[], T]) -> T:
    """The work done, or a PrivacyError that carries neither the message nor the traceback of what went wrong."""
    try:
        return work()
    except Exception as error:
        failure = type(error).__name__
    raise PrivacyError(
        "redaction failed", received=failure, remedy="nothing of this call is passed on; report it with the call's id"
    )
