"""Asking a language model until an answer is valid: each try asks for less, and no answer is ever repaired.

1  the whole analysis
2  the same with lower bounds
3  that without the checklists, and each checklist by itself
4  summary, sentiment, scores and categories alone, and each checklist by itself
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.analysis.chunking import Reading, cited_only
from engine.analysis.client import LlmClient, PromptTooLongError
from engine.analysis.prompts import PART, WHOLE, AnswerT, Ask, Line, ask, neutralised, one_line
from engine.analysis.schemas import BRIEF, FULL, Answer, Limits, answer_schema, to_analysis
from engine.config import LlmConfig
from engine.errors import AnalysisError
from engine.types import Analysis, Checklist

T = TypeVar("T")

TERSE = Limits(summary_chars=200, item_chars=0, label_chars=0, note_chars=0, items=0, evidence=0)
VERDICTS = Limits(summary_chars=80, item_chars=0, label_chars=0, note_chars=0, items=0, evidence=2)
RETRY_TEMPERATURE = 0.3  # a greedy model would repeat the answer that failed

logger = logging.getLogger(__name__)


class UnusableAnswerError(AnalysisError):
    """The answer was cut off, or does not follow the schema."""


class Summary(BaseModel):
    """One summary from those of the parts."""

    model_config = ConfigDict(extra="forbid")
    summary: Annotated[str, Field(max_length=FULL.summary_chars)]


@dataclass(frozen=True, slots=True)
class Step:
    """One size of the ask: a main request that answers the checklists in `together`, and one each for those `apart`."""

    main: Ask[Answer]
    together: tuple[Checklist, ...] = ()
    apart: tuple[tuple[Checklist, Ask[Answer]], ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """Everything that a configuration asks, built once: `ladder` from the largest ask to the smallest."""

    ladder: tuple[Step, ...]
    summary: Ask[Summary]

    @property
    def largest(self) -> Ask[Answer]:
        return self.ladder[0].main


def questions(checklists: tuple[Checklist, ...], categories: Sequence[str]) -> Questions:
    def main(asked: Sequence[Checklist], limits: Limits) -> Ask[Answer]:
        return ask("analysis", answer_schema(asked, categories, limits))

    apart = tuple((each, ask("analysis", answer_schema((each,), (), VERDICTS))) for each in checklists)
    ladder = (
        Step(main(checklists, FULL), together=checklists),
        Step(main(checklists, BRIEF), together=checklists),
        Step(main((), BRIEF), apart=apart),
        Step(main((), TERSE), apart=apart),
    )
    return Questions(ladder, ask("summary", Summary))


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts the questions to one model about one call of `utterances` utterances."""

    client: LlmClient
    config: LlmConfig
    questions: Questions
    model: str
    utterances: int

    def reading(self, lines: Sequence[Line], *, whole: bool) -> Reading:
        """What a run of lines says; `whole` if it is the entire call.

        Raises PromptTooLongError if it is too long, and AnalysisError after the last try.
        """
        ladder, closing = self.questions.ladder, WHOLE if whole else PART
        return self._insist(lambda attempt: self._take(ladder[min(attempt, len(ladder) - 1)], lines, closing, attempt))

    def summary(self, texts: Sequence[str]) -> str:
        """One summary from those of the parts of a call, by way of two halves where they are too long together.

        Raises as `reading` does.
        """
        try:
            return self._summary(texts)
        except PromptTooLongError:
            if len(texts) < 3:
                raise
        middle = len(texts) // 2
        return self._summary([self.summary(texts[:middle]), self.summary(texts[middle:])])

    def _summary(self, texts: Sequence[str]) -> str:
        lines = [Line(number, "summary", neutralised(text)) for number, text in enumerate(texts)]
        answer = self._insist(lambda attempt: self._answer(self.questions.summary, lines, WHOLE, attempt))
        return one_line(answer.summary)

    def _insist(self, answer: Callable[[int], T]) -> T:
        """What the first usable answer gives; `answer(attempt)` asks, attempts counting from 0."""
        attempt = 0
        while True:
            try:
                return answer(attempt)
            except UnusableAnswerError as error:
                logger.info("llm answer unusable, try %d of %d: %s", attempt + 1, self.config.max_retries + 1, error)
                if attempt == self.config.max_retries:
                    raise self._gave_up(error) from None
                attempt += 1

    def _take(self, step: Step, lines: Sequence[Line], closing: str, attempt: int) -> Reading:
        answer = self._answer(step.main, lines, closing, attempt)
        analysis, dropped = to_analysis(answer, f"vllm:{self.model}", step.together, self.utterances)
        for checklist, verdicts in step.apart:
            answer = self._answer(verdicts, lines, closing, attempt)
            graded, more = to_analysis(answer, analysis.engine, (checklist,), self.utterances)
            analysis = dataclasses.replace(analysis, checklists=analysis.checklists + graded.checklists)
            dropped += more
        return _reading(analysis, lines, dropped)

    def _answer(self, question: Ask[AnswerT], lines: Sequence[Line], closing: str, attempt: int) -> AnswerT:
        # No `seed`: with a temperature it ends the whole process of a vLLM 0.32 that runs on a CPU.
        retry_temperature = max(self.config.temperature, RETRY_TEMPERATURE)
        request = {
            "model": self.model,
            "messages": question.messages(lines, closing),
            "response_format": question.response_format(),
            "max_tokens": self.config.max_output_tokens,
            "temperature": retry_temperature if attempt else self.config.temperature,
        }
        completion = self.client.complete(request)
        if completion.finish_reason == "length":
            raise UnusableAnswerError("the answer was cut off", received=f"{self.config.max_output_tokens} tokens")
        return parse(completion.text, question.answer)

    def _gave_up(self, reason: UnusableAnswerError) -> AnalysisError:
        return AnalysisError(
            f"the language model gave no usable answer in {self.config.max_retries + 1} tries, at last: {reason}",
            remedy="raise analysis.llm.max_output_tokens, or serve a model that follows a JSON Schema",
        )


def parse(text: str, answer: type[AnswerT]) -> AnswerT:
    """The answer in `text`; raises UnusableAnswerError (without any of the text) unless it follows the schema.

    Raw control characters inside strings pass (`strict=False`), since a grammar lets a model write them; they are taken
    out on the way to the `Analysis`. Nothing else is forgiven.
    """
    try:
        return answer.model_validate(json.loads(text, strict=False), strict=True)
    except ValidationError as error:
        kinds = Counter(fault["type"] for fault in error.errors(include_input=False, include_url=False))
        faults = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
        raise UnusableAnswerError("the answer does not follow the schema", received=faults) from None
    except (ValueError, RecursionError):
        raise UnusableAnswerError("the answer is not JSON", received=f"{len(text)} characters") from None


def _reading(analysis: Analysis, lines: Sequence[Line], dropped: int) -> Reading:
    cited, unseen = cited_only(analysis, lines)
    return Reading(cited, sum(len(line.text) for line in lines), dropped + unseen)
