"""Analysis by a language model behind an OpenAI-compatible server, vLLM for one.

A call is one request where it fits the context window; a longer one is read in parts, and what they say is merged.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from engine.analysis.analyzer import require_redacted
from engine.analysis.asking import Asker, engine_name, questions
from engine.analysis.checklists import grade
from engine.analysis.chunking import line_tokens, split
from engine.analysis.client import LlmClient, Pause, PromptTooLongError
from engine.analysis.merging import Reading, merge
from engine.analysis.moods import with_courses
from engine.analysis.prompts import Ask, Line, speaker_labels, transcript_lines
from engine.analysis.schemas import Asked
from engine.analysis.scripts import align
from engine.analysis.sentiment import utterance_sentiments
from engine.analysis.serving import MIN_PART_TOKENS, Serving, check_schema, find_serving
from engine.analysis.translation import Translation, by_utterance, translated, translation_ask, translation_parts
from engine.analysis_types import Analysis, Scores, ScriptStep, SpeakerMood
from engine.config_types import LlmConfig
from engine.errors import AnalysisError, CallEngineError, ConfigurationError
from engine.result_types import AnalysisOutcome, ErrorRecord
from engine.types import RedactedTranscript

T = TypeVar("T")
P = TypeVar("P")

PARTS_IN_FLIGHT = 8
ESTIMATE_MARGIN = 0.95  # parts differ from the average that the estimate is corrected by

logger = logging.getLogger(__name__)


class LlmAnalyzer:
    """The analyzer "vllm:<model>". Shared by all calls and safe for many threads; it keeps nothing of a call."""

    def __init__(
        self,
        config: LlmConfig,
        asked: Asked | None = None,
        *,
        analysis_language: str = "",
        transcription_language: str = "",
        pause: Pause | None = None,
    ) -> None:
        """Nothing is sent before `check` or `analyze`.

        The languages: codes, that of the call and no translation where empty. `pause(seconds)` waits between the tries
        of a request.
        """
        self._config = config
        self._asked = asked or Asked()
        self._language = analysis_language
        separate = bool(config.summaries_model or config.questions_model)
        self._questions = questions(self._asked, analysis_language, separate)
        self._translation_language = transcription_language
        self._translation = translation_ask(transcription_language) if transcription_language else None
        self._client = LlmClient(config, pause)
        self._known: Serving | None = None

    @property
    def name(self) -> str:
        """Where the configuration names no model it is plain "vllm" until the server has been asked."""
        if self._known:
            return engine_name(self._known.model, self._known.questions_model)
        model = self._config.summaries_model or self._config.model
        return engine_name(model, self._config.questions_model or model) if model else "vllm"

    def check(self) -> None:
        """Ask the server what it serves, within `connect_timeout_s`, and each model for a word.

        Raises LlmUnavailableError if it cannot be reached, UnknownNameError if it does not serve the model, and
        ConfigurationError for a wrong key or URL, a context window without room for a transcript, or a server that does
        not take a JSON Schema.
        """
        serving = self._serving()
        if not serving.has_room:
            raise ConfigurationError(
                f"the context window of {serving.model} has no room for a transcript",
                received=f"{serving.context} tokens",
                expected=f"{serving.rules} for the rules, {serving.answer} for the answer, and some for the call",
                remedy="raise --max-model-len and analysis.llm.context_tokens, or lower analysis.llm.max_output_tokens",
            )
        for model in dict.fromkeys((serving.model, serving.questions_model)):
            check_schema(self._client, model)

    def analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        """One call. `analysis` is None if nothing of it could be analyzed; `errors` says what could not be, and why.

        Raises PrivacyError for anything but redacted text.
        """
        require_redacted(transcript)
        sentiments = utterance_sentiments(transcript)
        try:
            outcome = self._analyze(call_id, transcript)
        except (AnalysisError, ConfigurationError) as error:
            outcome = AnalysisOutcome(None, (), (_record(error),))
        for failure in outcome.errors:
            logger.warning("call %s: %s: %s", call_id, failure.type, failure.message)
        analysis = outcome.analysis and dataclasses.replace(
            outcome.analysis,
            language=self._language or _known_code(transcript),
            speakers=with_courses(_by_id(outcome.analysis.speakers, transcript), transcript, sentiments),
        )
        return dataclasses.replace(outcome, analysis=analysis, utterance_sentiments=sentiments)

    def close(self) -> None:
        """Send nothing more; calls still in `analyze` come back with an error recorded."""
        self._client.close()

    # --- one call -----------------------------------------------------------------------------------------------------

    def _analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        lines = transcript_lines(transcript)
        if not lines:
            return AnalysisOutcome(self._silent(), ())
        serving = self._serving()
        asker = Asker(
            self._client, self._config, self._questions, serving.model, serving.questions_model, serving.first,
            serving.answer,
        )  # fmt: skip
        parts = self._parts(serving, lines)
        if len(parts) > 1:
            logger.info("call %s: read in %d parts", call_id, len(parts))
        readings, failures = _side_by_side(lambda part: _read(asker, part, len(parts) == 1), parts)
        outcome = self._outcome(asker, readings, failures)
        if (
            self._translation is None
            or self._translation_language == transcript.language.code
            or outcome.analysis is None
        ):
            return outcome
        return self._with_translation(outcome, self._translation, asker, lines, len(transcript.utterances))

    def _outcome(
        self, asker: Asker, readings: Sequence[Reading], failures: Sequence[CallEngineError]
    ) -> AnalysisOutcome:
        errors = tuple(map(_record, failures))
        if not readings:
            return AnalysisOutcome(None, (), errors[:1])
        if len(readings) == 1 and not errors:
            return AnalysisOutcome(readings[0].analysis, ())
        analysis = merge(readings, self._asked, complete=not errors)
        if len(readings) == 1:
            return AnalysisOutcome(analysis, (), errors)
        try:
            summary = asker.summary([reading.analysis.summary for reading in readings])
        except AnalysisError as error:
            return AnalysisOutcome(analysis, (), (*errors, _record(error)))
        return AnalysisOutcome(dataclasses.replace(analysis, summary=summary), (), errors)

    def _with_translation(
        self,
        outcome: AnalysisOutcome,
        question: Ask[Translation],
        asker: Asker,
        lines: Sequence[Line],
        utterances: int,
    ) -> AnalysisOutcome:
        """The outcome with each utterance in the other language; one that could not be translated is None."""
        parts = translation_parts(lines, asker.answer_tokens)
        pieces, failures = _side_by_side(lambda part: translated(asker, question, part), parts)
        translations = by_utterance(pieces, utterances)
        untranslated = len({line.index for line in lines}) - sum(text is not None for text in translations)
        errors = (*outcome.errors, *map(_record, failures[:1]))
        if untranslated and not failures:
            errors = (*errors, _record(AnalysisError("utterances without a translation", received=str(untranslated))))
        return dataclasses.replace(outcome, translations=translations, errors=errors)

    def _silent(self) -> Analysis:
        """The analysis of a call in which nobody says anything: a model would invent one."""
        unanswered = tuple(grade(checklist, {}, {}) for checklist in self._asked.checklists)
        unjudged = tuple(
            align(script, [ScriptStep(step.id, step.title, None) for step in script.steps])
            for script in self._asked.scripts
        )
        return Analysis(self.name, "", None, Scores(), checklists=unanswered, scripts=unjudged)

    # --- the model and its window -------------------------------------------------------------------------------------

    def _serving(self) -> Serving:
        """What the server does for us, remembered once it has answered."""
        if self._known is None:
            self._known = find_serving(self._client, self._config, self._questions)
        return self._known

    def _parts(self, serving: Serving, lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], ...]:
        """The call in one part if it fits by the cautious estimate or by the server's own count, else in several."""
        talk = line_tokens(lines)
        if serving.rules + talk <= serving.room:
            return (lines,)
        largest = self._questions.ladder[serving.first].main
        counted = self._client.count_tokens(serving.model, largest.messages(lines))
        exact = counted or serving.rules + talk
        if exact <= serving.room:
            return (lines,)
        estimated_per_token = talk / max(exact - serving.rules, 1)
        budget = round((serving.room * ESTIMATE_MARGIN - serving.rules) * estimated_per_token)
        return split(lines, max(budget, MIN_PART_TOKENS))


def _by_id(moods: Sequence[SpeakerMood], transcript: RedactedTranscript) -> tuple[SpeakerMood, ...]:
    """The moods under the ids of the transcript instead of what the model calls the speakers."""
    ids = {label: speaker for speaker, label in speaker_labels(transcript).items()}
    return tuple(dataclasses.replace(mood, speaker=ids[mood.speaker]) for mood in moods)


def _known_code(transcript: RedactedTranscript) -> str | None:
    return None if transcript.language.code == "und" else transcript.language.code


def _side_by_side(work: Callable[[P], list[T]], parts: Sequence[P]) -> tuple[list[T], list[CallEngineError]]:
    """What comes of each part, in order, and why some came to nothing."""
    done: list[T] = []
    failures: list[CallEngineError] = []
    with ThreadPoolExecutor(min(len(parts), PARTS_IN_FLIGHT), "llm-part") as pool:
        futures: list[Future[list[T]]] = [pool.submit(work, part) for part in parts]
    for future in futures:
        try:
            done += future.result()
        except (AnalysisError, ConfigurationError) as error:
            failures.append(error)
    return done, failures


def _read(asker: Asker, part: tuple[Line, ...], whole: bool) -> list[Reading]:
    """What a part says, read in halves where the server finds it too long."""
    try:
        return [asker.reading(part, whole=whole)]
    except PromptTooLongError as error:
        tokens = line_tokens(part)
        if tokens < 2 * MIN_PART_TOKENS:
            raise _no_room(error) from None
    return [reading for half in split(part, tokens // 2 + 1) for reading in _read(asker, half, False)]


def _no_room(error: PromptTooLongError) -> AnalysisError:
    return AnalysisError(
        f"even a short part of the call is too long: {error}",
        remedy="raise --max-model-len of the server, or lower analysis.llm.max_output_tokens",
    )


def _record(error: CallEngineError) -> ErrorRecord:
    """The error under the name of its class in `engine.errors`."""
    public = next(kind for kind in type(error).__mro__ if kind.__module__ == CallEngineError.__module__)
    return ErrorRecord("analyze", public.__name__, str(error))
