"""Asking a language model until an answer is valid: each try asks for less, and no answer is ever repaired.

1  the whole analysis
2  the same with lower bounds
3  most of that, and each checklist and script by itself
4  the core of the analysis alone, and each checklist and script by itself

Where a model of its own is named for the questions, checklists and scripts are asked apart from the first. Checklist
answers whose evidence fails are asked once more, in a request that begins with the same rules and transcript.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.analysis.client import LlmClient, PromptTooLongError
from engine.analysis.evidence import Shown
from engine.analysis.judging import Judge, Settled
from engine.analysis.merging import Reading
from engine.analysis.prompts import AGAIN, PART, WHOLE, AnswerT, Ask, Line, ask, neutralised, one_line
from engine.analysis.schemas import BRIEF, CORE, FULL, LEAN, Answer, Asked, Limits, answer_schema, grid_schema
from engine.analysis_types import Checklist, ChecklistResult, ScriptAlignment
from engine.config_types import LlmConfig
from engine.errors import AnalysisError

T = TypeVar("T")

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
    """One size of the ask: a main request that answers what is `together`, and one each for what is `apart`."""

    main: Ask[Answer]
    together: Asked
    apart: tuple[tuple[Asked, Ask[Answer]], ...] = ()

    def asks(self) -> Iterator[Ask[Answer]]:
        yield self.main
        yield from (question for _, question in self.apart)


@dataclass(frozen=True, slots=True)
class Questions:
    """Everything that a configuration asks, built once: `ladder` from the largest ask to the smallest.

    `again`: by checklist id, what is asked where evidence failed.
    """

    asked: Asked
    ladder: tuple[Step, ...]
    again: Mapping[str, Ask[Answer]]
    summary: Ask[Summary]

    @property
    def largest(self) -> Ask[Answer]:
        return self.ladder[0].main


def questions(asked: Asked, language: str = "", separate: bool = False) -> Questions:
    """What to ask. `language`: code of that of the texts; `separate`: checklists and scripts are always apart."""
    grids = [Asked(checklists=(each,)) for each in asked.checklists] + [
        Asked(scripts=(each,)) for each in asked.scripts
    ]
    together = Asked(categories=asked.categories) if separate else asked

    def main(what: Asked, limits: Limits, only: Collection[str] = ()) -> Ask[Answer]:
        return ask("analysis", answer_schema(what, limits, only), language)

    def apart(limits: Limits) -> tuple[tuple[Asked, Ask[Answer]], ...]:
        return tuple((grid, ask("analysis", grid_schema(grid, limits), language)) for grid in grids)

    alone, last = Asked(categories=asked.categories), apart(BRIEF)
    ladder = (
        Step(main(together, FULL), together, apart(FULL) if separate else ()),
        Step(main(together, BRIEF), together, apart(BRIEF) if separate else ()),
        Step(main(alone, BRIEF, LEAN), alone, last),
        Step(main(alone, BRIEF, CORE), alone, last),
    )
    again = {grid.checklists[0].id: question for grid, question in last if grid.checklists}
    return Questions(asked, ladder, again, ask("summary", Summary, language))


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts the questions to the models: `model` for the analysis, `questions_model` for what is asked apart.

    `first`: the largest ask that the context window has room for; `answer_tokens`: the longest answer.
    """

    client: LlmClient
    config: LlmConfig
    questions: Questions
    model: str
    questions_model: str
    first: int
    answer_tokens: int

    def reading(self, lines: Sequence[Line], *, whole: bool) -> Reading:
        """What a run of lines says; `whole` if it is the entire call.

        Raises PromptTooLongError if it is too long, and AnalysisError after the last try.
        """
        ladder, closing = self.questions.ladder[self.first :], WHOLE if whole else PART
        return self.insist(lambda attempt: self._take(ladder[min(attempt, len(ladder) - 1)], lines, closing, attempt))

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

    def insist(self, answer: Callable[[int], T]) -> T:
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

    def answer(
        self, question: Ask[AnswerT], lines: Sequence[Line], closing: str, attempt: int, model: str = ""
    ) -> AnswerT:
        """One request; raises UnusableAnswerError where the answer is none, and what the client raises."""
        # No `seed`: with a temperature it ends the whole process of a vLLM 0.32 that runs on a CPU.
        retry_temperature = max(self.config.temperature, RETRY_TEMPERATURE)
        request = {
            "model": model or self.model,
            "messages": question.messages(lines, closing),
            "response_format": question.response_format(),
            "max_tokens": self.answer_tokens,
            "temperature": retry_temperature if attempt else self.config.temperature,
        }
        completion = self.client.complete(request)
        if completion.finish_reason == "length":
            raise UnusableAnswerError("the answer was cut off", received=f"{self.answer_tokens} tokens")
        return parse(completion.text, question.answer)

    # --- one answer ---------------------------------------------------------------------------------------------------

    def _summary(self, texts: Sequence[str]) -> str:
        lines = [Line(number, "summary", neutralised(text)) for number, text in enumerate(texts)]
        answer = self.insist(lambda attempt: self.answer(self.questions.summary, lines, WHOLE, attempt))
        return one_line(answer.summary)

    def _take(self, step: Step, lines: Sequence[Line], closing: str, attempt: int) -> Reading:
        judge = Judge(Shown.of(lines))
        answer = self.answer(step.main, lines, closing, attempt)
        analysis = judge.analysis(answer, self._engine(), self.questions.asked)
        checklists: list[ChecklistResult] = []
        scripts: list[ScriptAlignment] = []
        answers = [(step.together, step.main, answer), *self._apart(step, lines, closing, attempt)]
        for asked, question, answer in answers:
            checklists += [self._settled(each, question, answer, judge, lines).graded() for each in asked.checklists]
            scripts += [judge.alignment(each, answer) for each in asked.scripts]
        analysis = dataclasses.replace(
            analysis, checklists=tuple(checklists), scripts=tuple(scripts), dropped_evidence=judge.dropped
        )
        return Reading(analysis, sum(len(line.text) for line in lines))

    def _apart(
        self, step: Step, lines: Sequence[Line], closing: str, attempt: int
    ) -> list[tuple[Asked, Ask[Answer], Answer]]:
        """What is asked apart, side by side: the server has the transcript in its cache from the main request."""
        if not step.apart:
            return []

        def given(apart: tuple[Asked, Ask[Answer]]) -> tuple[Asked, Ask[Answer], Answer]:
            return (*apart, self.answer(apart[1], lines, closing, attempt, self.questions_model))

        with ThreadPoolExecutor(len(step.apart), "llm-apart") as pool:
            return list(pool.map(given, step.apart))

    def _settled(
        self, checklist: Checklist, question: Ask[Answer], answer: Answer, judge: Judge, lines: Sequence[Line]
    ) -> Settled:
        """The answers to a checklist; those whose evidence fails are asked once more, behind the same prefix."""
        settled = judge.settled(checklist, answer)
        if settled.unproven:
            logger.info("checklist %s: %d answers without evidence, asked again", checklist.id, len(settled.unproven))
            again = dataclasses.replace(self.questions.again[checklist.id], system=question.system)
            try:
                second = self.answer(again, lines, AGAIN, 0, self.questions_model)
            except AnalysisError as error:  # what the first answer did prove is worth keeping
                logger.info("checklist %s: no second answer: %s", checklist.id, type(error).__name__)
                return settled
            settled.complete(judge.settled(checklist, second))
        return settled

    def _engine(self) -> str:
        return engine_name(self.model, self.questions_model)

    def _gave_up(self, reason: UnusableAnswerError) -> AnalysisError:
        return AnalysisError(
            f"the language model gave no usable answer in {self.config.max_retries + 1} tries, at last: {reason}",
            remedy="raise analysis.llm.max_output_tokens, or serve a model that follows a JSON Schema",
        )


def engine_name(model: str, questions_model: str) -> str:
    """What an analysis says of who wrote it."""
    return f"vllm:{model}" if questions_model == model else f"vllm:{model} + {questions_model}"


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
