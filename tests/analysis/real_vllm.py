"""A real vLLM on the CPU, in the `.venv-vllm` of `scripts/install-vllm`, that serves a model of random weights."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from engine.analysis.asking import Questions, questions
from engine.analysis.checklists import load_checklist
from engine.analysis.schemas import Asked
from engine.analysis_types import Category, PlannedStep, Script
from engine.config_types import LlmConfig, LlmServerConfig
from engine.errors import LlmUnavailableError
from engine.serve.llm_server import llm_command, llm_environment, started, wait_until_ready
from tests.analysis.faulty_server import TEXT, example

ENVIRONMENT = Path(__file__).parents[2] / ".venv-vllm"
PYTHON = ENVIRONMENT / "bin" / "python"
START_S = 600
CONTEXT_TOKENS = 8192  # of random_llm.py


@dataclass(frozen=True)
class RealServer:
    """A vLLM that serves "random-qwen3", a model of random weights whose tokenizer knows the keys of this ask."""

    url: str
    asked: Asked

    def metric(self, name: str) -> float:
        """A counter of the server, summed over its labels."""
        text = httpx.get(self.url.replace("/v1", "/metrics"), trust_env=False).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


@contextlib.contextmanager
def serving(folder: Path, arguments: Sequence[str] = ("--enforce-eager",)) -> Iterator[RealServer]:
    """Builds the model, serves it as `serve-llm` does, and ends the server whatever happens."""
    asked = Asked(
        (load_checklist("service-quality"), load_checklist("sales-call")),
        (Script("script", "Script", (PlannedStep("hello", "Say hello"), PlannedStep("bye", "Say goodbye"))),),
        (Category("billing"), Category("technical", "faults"), Category("other")),
    )
    _write_random_model(folder / "model", questions(asked))
    server = LlmServerConfig(
        weights=str(folder / "model"),
        environment=str(ENVIRONMENT),
        kv_cache_gib=1.0,
        start_timeout_s=START_S,
        arguments=tuple(arguments),
    )
    url = f"http://127.0.0.1:{_free_port()}/v1"
    config = LlmConfig(base_url=url, model="random-qwen3", context_tokens=CONTEXT_TOKENS, server=server)
    with (folder / "log.txt").open("wb") as log, started(llm_command(config), llm_environment(config), log) as process:
        try:
            wait_until_ready(process, config)
        except LlmUnavailableError as error:
            text = (folder / "log.txt").read_text(errors="replace")
            raise RuntimeError(f"{error}:\n{text[-3000:]}") from error
        yield RealServer(url, asked)


def _write_random_model(target: Path, asked: Questions) -> None:
    asks = [asked.summary, *(each for step in asked.ladder for each in step.asks())]
    keys = [json.dumps(example(ask.schema), indent=0, separators=(",", ":")).replace(TEXT, "") for ask in asks]
    corpus = "\n".join([asked.largest.system, *keys])
    script = Path(__file__).with_name("random_llm.py")
    subprocess.run([PYTHON, script, target], input=corpus.encode(), check=True, capture_output=True, timeout=START_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
