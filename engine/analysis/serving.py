"""Which models a server offers for the analysis, and how much of a call their context windows hold."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from engine.analysis.asking import Questions, Step, UnusableAnswerError, parse
from engine.analysis.chunking import estimate_tokens
from engine.analysis.client import LlmClient, ServedModel
from engine.config_types import LlmConfig
from engine.errors import AnalysisError, ConfigurationError, LlmUnavailableError, UnknownNameError

FRAME_TOKENS = 96  # what the chat template, the delimiters and the closing sentence add
HELLO_TOKENS = 64
MIN_PART_TOKENS = 128  # a part below this holds too little talk to be judged

logger = logging.getLogger(__name__)


class Hello(BaseModel):
    """What `check_schema` asks for."""

    model_config = ConfigDict(extra="forbid")
    word: Literal["aubergine", "artichoke"]


@dataclass(frozen=True, slots=True)
class Serving:
    """What the server does for us.

    `model` writes the analysis, `questions_model` what is asked apart; `context`: the smaller window of the two, in
    tokens; `answer`: those kept for the answer; `first`: the largest step of the ladder that leaves room for talk, and
    `rules`: the tokens that each of its prompts spends on rules.
    """

    model: str
    questions_model: str
    context: int
    answer: int
    first: int
    rules: int

    @property
    def room(self) -> int:
        """Tokens for the prompt once the answer has its share."""
        return self.context - self.answer

    @property
    def has_room(self) -> bool:
        """Whether there is room for some talk."""
        return self.room - self.rules >= MIN_PART_TOKENS


def find_serving(client: LlmClient, config: LlmConfig, questions: Questions) -> Serving:
    """The configured models, or else the only one served, with the largest ask that leaves room for talk.

    Raises LlmUnavailableError if the server cannot be reached, UnknownNameError if it does not serve the model, and
    ConfigurationError for a wrong key or URL, or where there is no model to choose.
    """
    served = client.served_models()
    model = _chosen(served, config.summaries_model or config.model, config.base_url)
    asked_of = _chosen(served, config.questions_model or config.model or model.name, config.base_url)
    windows = (model.context_tokens, asked_of.context_tokens, config.context_tokens)
    context = min(window for window in windows if window)
    serving = Serving(model.name, asked_of.name, context, min(config.max_output_tokens, context // 2), 0, 0)
    for first, step in enumerate(questions.ladder):
        serving = dataclasses.replace(serving, first=first, rules=_rules(client, serving.model, step))
        if serving.has_room:
            break
    if serving.first:
        logger.warning("context of %d tokens: the analysis is cut down to step %d", context, serving.first)
    return serving


def check_schema(client: LlmClient, model: str) -> None:
    """Ask for a word that a model says only where the server holds it to a schema.

    Raises ConfigurationError where it does not, LlmUnavailableError where it does not answer; a server that is busy, or
    a model that thinks for too long, proves nothing.
    """
    shape = {"name": Hello.__name__, "schema": Hello.model_json_schema(), "strict": True}
    request = {
        "model": model,
        "messages": [{"role": "user", "content": "Say hello."}],
        "response_format": {"type": "json_schema", "json_schema": shape},
        "max_tokens": HELLO_TOKENS,
        "temperature": 0.0,
    }
    try:
        completion = client.complete_once(request)
        if completion and completion.finish_reason != "length":
            parse(completion.text, Hello)
    except UnusableAnswerError:
        raise client.no_schema("an answer that does not follow it") from None
    except LlmUnavailableError:
        raise
    except AnalysisError as error:  # there is nothing else in so small a request to refuse
        raise client.no_schema(str(error)) from None


def _rules(client: LlmClient, model: str, step: Step) -> int:
    """Tokens of the longest rules among the requests of a step."""
    counts = (
        client.count_tokens(model, each.messages(())) or estimate_tokens(each.system) + FRAME_TOKENS
        for each in step.asks()
    )
    return max(counts)


def _chosen(served: Sequence[ServedModel], name: str, url: str) -> ServedModel:
    by_name = {model.name: model for model in served}
    if not by_name:
        raise ConfigurationError(f"the LLM server at {url} serves no model")
    if not name and len(by_name) > 1:
        raise ConfigurationError(
            f"the LLM server at {url} serves several models",
            received=", ".join(by_name),
            remedy="name one in analysis.llm.model",
        )
    name = name or next(iter(by_name))
    if name not in by_name:
        raise UnknownNameError(f"model on the LLM server at {url} (analysis.llm.model)", name, by_name)
    return by_name[name]
