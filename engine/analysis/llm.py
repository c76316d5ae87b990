"""Analysis by a language model behind an OpenAI-compatible server, vLLM for one.

A call is one request where it fits the context window; a longer one is read in parts, and what they say is merged.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from engine.analysis.analyzer import require_redacted
from engine.analysis.asking import Asker, questions
from engine.analysis.checklists import grade
from engine.analysis.chunking import Reading, estimate_tokens, line_tokens, merge, split
from engine.analysis.client import LlmClient, Pause, PromptTooLongError, ServedModel
from engine.analysis.prompts import Line, transcript_lines
from engine.analysis.sentiment import utterance_sentiments
from engine.config import LlmConfig
from engine.errors import AnalysisError, CallEngineError, ConfigurationError, UnknownNameError
from engine.types import Analysis, AnalysisOutcome, Checklist, ErrorRecord, RedactedTranscript, Scores

FRAME_TOKENS = 96  # what the chat template, the delimiters and the closing sentence add
MIN_PART_TOKENS = 128  # a part below this holds too little talk to be judged
PARTS_IN_FLIGHT = 8
ESTIMATE_MARGIN = 0.95  # parts differ from the average that the estimate is corrected by

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """What the server does for us: the model, its context window, and the tokens that each prompt spends on rules."""

    model: str
    context: int
    rules: int


class LlmAnalyzer:
    """The analyzer "vllm:<model>". Shared by all calls and safe for many threads; it keeps nothing of a call."""

    def __init__(
        self,
        config: LlmConfig,
        checklists: Sequence[Checklist] = (),
        categories: Sequence[str] = (),
        *,
        pause: Pause | None = None,
    ) -> None:
        """Nothing is sent before `check` or `analyze`. `pause(seconds)` waits between the tries of a request."""
        self._config = config
        self._checklists = tuple(checklists)
        self._questions = questions(self._checklists, categories)
        self._client = LlmClient(config, pause)
        self._known: Serving | None = None

    @property
    def name(self) -> str:
        """Where the configuration names no model it is plain "vllm" until the server has been asked."""
        model = self._known.model if self._known else self._config.model
        return f"vllm:{model}" if model else "vllm"

    def check(self) -> None:
        """Ask the server what it serves, within `connect_timeout_s`.

        Raises LlmUnavailableError if it cannot be reached, UnknownNameError if it does not serve the model, and
        ConfigurationError for a wrong key or URL or a context window without room for a transcript.
        """
        serving = self._serving()
        if self._room(serving) - serving.rules < MIN_PART_TOKENS:
            answer = self._config.max_output_tokens
            raise ConfigurationError(
                f"the context window of {serving.model} has no room for a transcript",
                received=f"{serving.context} tokens",
                expected=f"{serving.rules} for the rules, {answer} for the answer, and some for the call",
                remedy="raise --max-model-len and analysis.llm.context_tokens, or lower analysis.llm.max_output_tokens",
            )

    def analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        """One call. `analysis` is None if nothing of it could be analyzed; `errors` says what could not be, and why.

        Raises PrivacyError for anything but redacted text.
        """
        require_redacted(transcript)
        try:
            outcome = self._analyze(call_id, transcript)
        except (AnalysisError, ConfigurationError) as error:
            outcome = AnalysisOutcome(None, (), (_record(error),))
        for failure in outcome.errors:
            logger.warning("call %s: %s: %s", call_id, failure.type, failure.message)
        return dataclasses.replace(outcome, utterance_sentiments=utterance_sentiments(transcript))

    def close(self) -> None:
        """Send nothing more; calls still in `analyze` come back with an error recorded."""
        self._client.close()

    # --- one call -----------------------------------------------------------------------------------------------------

    def _analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        lines = transcript_lines(transcript)
        if not lines:
            return AnalysisOutcome(self._silent(), ())
        serving = self._serving()
        asker = Asker(self._client, self._config, self._questions, serving.model, len(transcript.utterances))
        parts = self._parts(serving, lines)
        if len(parts) > 1:
            logger.info("call %s: read in %d parts", call_id, len(parts))
        readings, failures = _read_all(asker, parts)
        return self._outcome(asker, readings, failures)

    def _outcome(
        self, asker: Asker, readings: Sequence[Reading], failures: Sequence[CallEngineError]
    ) -> AnalysisOutcome:
        errors = tuple(map(_record, failures))
        dropped = sum(reading.dropped_evidence for reading in readings)
        if not readings:
            return AnalysisOutcome(None, (), errors[:1])
        if len(readings) == 1 and not errors:
            return AnalysisOutcome(readings[0].analysis, (), (), dropped)
        analysis = merge(readings, self._checklists, complete=not errors)
        if len(readings) == 1:
            return AnalysisOutcome(analysis, (), errors, dropped)
        try:
            summary = asker.summary([reading.analysis.summary for reading in readings])
        except AnalysisError as error:
            return AnalysisOutcome(analysis, (), (*errors, _record(error)), dropped)
        return AnalysisOutcome(dataclasses.replace(analysis, summary=summary), (), errors, dropped)

    def _silent(self) -> Analysis:
        """The analysis of a call in which nobody says anything: a model would invent one."""
        unanswered = tuple(grade(checklist, {}, {}) for checklist in self._checklists)
        return Analysis(self.name, "", "neutral", Scores(), checklists=unanswered)

    # --- the model and its window -------------------------------------------------------------------------------------

    def _serving(self) -> Serving:
        """The configured model, or else the only one served; remembered once the server has answered."""
        if self._known is None:
            model = _chosen(self._client.served_models(), self._config)
            rules = self._questions.largest
            counted = self._client.count_tokens(model.name, rules.messages(()))
            context = min(self._config.context_tokens, model.context_tokens or self._config.context_tokens)
            self._known = Serving(model.name, context, counted or estimate_tokens(rules.system) + FRAME_TOKENS)
        return self._known

    def _room(self, serving: Serving) -> int:
        """Tokens for the prompt once the answer has its share."""
        return serving.context - self._config.max_output_tokens

    def _parts(self, serving: Serving, lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], ...]:
        """The call in one part if it fits by the cautious estimate or by the server's own count, else in several."""
        room, talk = self._room(serving), line_tokens(lines)
        if serving.rules + talk <= room:
            return (lines,)
        counted = self._client.count_tokens(serving.model, self._questions.largest.messages(lines))
        exact = counted or serving.rules + talk
        if exact <= room:
            return (lines,)
        estimated_per_token = talk / max(exact - serving.rules, 1)
        budget = round((room * ESTIMATE_MARGIN - serving.rules) * estimated_per_token)
        return split(lines, max(budget, MIN_PART_TOKENS))


def _read_all(asker: Asker, parts: Sequence[tuple[Line, ...]]) -> tuple[list[Reading], list[CallEngineError]]:
    """What each part says, in order, and why some could not be read; parts are read side by side."""
    readings: list[Reading] = []
    failures: list[CallEngineError] = []
    with ThreadPoolExecutor(min(len(parts), PARTS_IN_FLIGHT), "llm-part") as pool:
        futures: list[Future[list[Reading]]] = [pool.submit(_read, asker, part, len(parts) == 1) for part in parts]
    for future in futures:
        try:
            readings += future.result()
        except (AnalysisError, ConfigurationError) as error:
            failures.append(error)
    return readings, failures


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


def _chosen(served: Sequence[ServedModel], config: LlmConfig) -> ServedModel:
    by_name = {model.name: model for model in served}
    if not by_name:
        raise ConfigurationError(f"the LLM server at {config.base_url} serves no model")
    if not config.model and len(by_name) > 1:
        raise ConfigurationError(
            f"the LLM server at {config.base_url} serves several models",
            received=", ".join(by_name),
            remedy="name one in analysis.llm.model",
        )
    name = config.model or next(iter(by_name))
    if name not in by_name:
        raise UnknownNameError(f"model on the LLM server at {config.base_url} (analysis.llm.model)", name, by_name)
    return by_name[name]


def _record(error: CallEngineError) -> ErrorRecord:
    """The error under the name of its class in `engine.errors`."""
    public = next(kind for kind in type(error).__mro__ if kind.__module__ == CallEngineError.__module__)
    return ErrorRecord("analyze", public.__name__, str(error))
