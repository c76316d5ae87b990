"""The part "llm" of bench_analysis: calls against a vLLM, beside vLLM's own benchmark client on the same prompts.

Without `--url` a vLLM of `--environment` is started: on a card where its build finds one, else on the CPU, with the
model of `--weights`, else with a tiny one of random weights, which obeys the grammar and nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dialogues import read_dialogues
from vllm_served import Request, Served, Work, replayed, served

from engine.analysis.checklists import load_checklist
from engine.analysis.client import LlmClient
from engine.analysis.llm import LlmAnalyzer
from engine.analysis.prompts import CLOSING
from engine.analysis.schemas import Asked
from engine.analysis_types import Analysis
from engine.config_types import LlmConfig
from engine.result_types import AnalysisOutcome
from engine.types import Language, RedactedTranscript

DAY_S = 86_400
SPARK_PARAMETERS, SPARK_IN_FLIGHT = 8e9, 32
SPARK_BYTES_S, SPARK_OPERATIONS_S = 273e9, 0.4 * 100e12
SPARK = "8e9 weights of a byte, 273 GB/s, 40 % of 100 TFLOP/s, 32 in flight"
"""What the estimate for a DGX Spark stands on: the maker's figures, and the share of the arithmetic that is got."""
Row = tuple[str, str, str, float, int]


def rows(options: argparse.Namespace) -> Iterator[Row]:
    with served(options) as server:
        outcomes, ours, requests = _analyzed(server, options)
        named = f"{server.model}, {len(outcomes)} calls, {options.in_flight} in flight"
        yield from _validity_rows(named, outcomes, options.utterances)
        yield from _cache_rows(named, ours, requests, server)
        theirs = replayed(server, requests, options)
        yield from _speed_rows(named, ours, theirs, len(outcomes), len(requests))


# --- our client -------------------------------------------------------------------------------------------------------


def _analyzed(server: Served, options: argparse.Namespace) -> tuple[list[AnalysisOutcome], Work, list[Request]]:
    """The calls through the analyzer; what the server did for them; and the requests that were sent."""
    config = LlmConfig(
        base_url=server.url,
        model=server.model,
        max_in_flight=options.in_flight,
        max_output_tokens=options.output_tokens,
        temperature=options.temperature,
        timeout_s=600.0,
    )
    analyzer = LlmAnalyzer(config, Asked((load_checklist("service-quality"),)))
    analyzer.check()
    requests: list[Request] = []
    complete = LlmClient.complete

    def recorded(client: LlmClient, request: Request) -> Any:
        requests.append(request)
        return complete(client, request)

    LlmClient.complete = recorded  # type: ignore[method-assign]  # the analyzer makes its client itself
    try:
        before, start = server.counters(), time.perf_counter()
        with ThreadPoolExecutor(options.in_flight * 5 // 4) as pool:  # as `Engine.analyze_many` has
            outcomes = list(pool.map(lambda call: analyzer.analyze("call", call), _calls(options)))
        seconds = time.perf_counter() - start
    finally:
        LlmClient.complete = complete  # type: ignore[method-assign]
        analyzer.close()
    return outcomes, Work(seconds, server.counters() - before), requests


def _calls(options: argparse.Namespace) -> list[RedactedTranscript]:
    """Calls of English utterances in an order of their own, so that only the rules are shared."""
    dialogues = [each for name in ("development", "blind") for each in read_dialogues(name)]
    spoken = [u for each in dialogues if each.transcript.language.code == "en" for u in each.transcript.utterances]
    calls = []
    for number in range(options.calls):
        picked = random.Random(number).choices(spoken, k=options.utterances)
        said = tuple(dataclasses.replace(each, index=index) for index, each in enumerate(picked))
        calls.append(RedactedTranscript(Language("en", 1.0), dialogues[0].transcript.speakers, said))
    return calls


# --- figures ----------------------------------------------------------------------------------------------------------


def _validity_rows(name: str, outcomes: Sequence[AnalysisOutcome], utterances: int) -> Iterator[Row]:
    analyses = [outcome.analysis for outcome in outcomes if outcome.analysis]
    recorded = [outcome for outcome in outcomes if outcome.analysis is None and outcome.errors]
    wrong = sum(index not in range(utterances) for analysis in analyses for index in _cited(analysis))
    yield ("llm", name, "valid analyses", len(analyses), len(outcomes))
    yield ("llm", name, "recorded errors", len(recorded), len(outcomes))
    yield ("llm", name, "neither", len(outcomes) - len(analyses) - len(recorded), len(outcomes))
    yield ("llm", name, "cited utterances that do not exist", wrong, len(analyses))
    yield ("llm", name, "citations dropped", sum(each.dropped_evidence for each in analyses), len(analyses))


def _cited(analysis: Analysis) -> Iterator[int]:
    """Every utterance index that stands anywhere in an analysis."""
    for found in (
        *(answer for checklist in analysis.checklists for answer in checklist.answers),
        *(analysis.action_items + analysis.questions + analysis.risks + analysis.sales),  # type: ignore[operator]
        *(analysis.operator_errors + analysis.actionable_phrases + analysis.recommendations),  # type: ignore[operator]
    ):
        yield from found.evidence
    for topic in analysis.topic_spans:
        for span in topic.spans:
            yield from span


def _cache_rows(name: str, ours: Work, requests: Sequence[Request], server: Served) -> Iterator[Row]:
    """Of the tokens that an earlier request had brought too, those that the server took from its cache."""
    shared = _shared_tokens(requests, server)
    yield ("llm", name, "prefix-cache hits, share of the shared prompt", ours["prefix_cache_hits"] / shared, shared)
    share = ours["prefix_cache_hits"] / max(ours["prefix_cache_queries"], 1)
    yield ("llm", name, "prefix-cache hits, share of all read tokens", share, round(ours["prefix_cache_queries"]))


def _shared_tokens(requests: Sequence[Request], server: Served) -> int:
    """Tokens of the requests' prompts that stand at the start of an earlier one: the rules, or these and the transcript
    where a call is asked about again."""
    client = LlmClient(LlmConfig(base_url=server.url, connect_timeout_s=60.0))
    seen: dict[tuple[str, ...], int] = {}
    shared = 0
    for request in requests:
        system, user = (message["content"] for message in request["messages"])
        talk = user.rpartition(CLOSING)[0]
        known = [seen[start] for start in ((system, talk), (system,)) if start in seen]
        shared += max(known, default=0)
        for start in ((system,), (system, talk)):
            if start not in seen:
                parts = zip(("system", "user"), start, strict=False)
                messages = [{"role": role, "content": content} for role, content in parts]
                seen[start] = client.count_tokens(server.model, messages) or 0
    client.close()
    return shared


def _speed_rows(name: str, ours: Work, theirs: Work, calls: int, requests: int) -> Iterator[Row]:
    tokens = ours["prompt_tokens"] + ours["generation_tokens"]
    yield ("llm", name, "tokens/s, analyzer", ours.tokens_per_second, requests)
    yield ("llm", name, "tokens/s, vLLM's benchmark client", theirs.tokens_per_second, requests)
    yield ("llm", name, "share of the client's tokens/s", ours.tokens_per_second / theirs.tokens_per_second, requests)
    written = ours["generation_tokens"] / ours.seconds / (theirs["generation_tokens"] / theirs.seconds)
    yield ("llm", name, "share of the client's written tokens/s", written, requests)
    yield ("llm", name, "requests a call", requests / calls, calls)
    yield ("llm", name, "tokens a call", tokens / calls, calls)
    yield ("llm", name, "calls/s", calls / ours.seconds, calls)
    yield ("llm", name, "calls a day at this rate, an estimate", DAY_S * calls / ours.seconds, calls)
    yield from _spark_rows(name, ours, calls)


def _spark_rows(name: str, ours: Work, calls: int) -> Iterator[Row]:
    """Chats a day on one DGX Spark, by arithmetic from the tokens that were measured: an estimate, not a measurement.

    Reading costs two operations a parameter and token; writing, all weights from memory for each step of the requests
    in flight. Attention, the server's own work and idle moments cost nothing here.
    """
    read = (ours["prompt_tokens"] - ours["prefix_cache_hits"]) / calls
    written = ours["generation_tokens"] / calls
    read_s = read * 2 * SPARK_PARAMETERS / SPARK_OPERATIONS_S
    written_s = written * SPARK_PARAMETERS / SPARK_BYTES_S / SPARK_IN_FLIGHT
    yield ("llm", name, "tokens a call that are read and in no cache", read, calls)
    yield ("llm", name, "tokens a call that are written", written, calls)
    yield ("llm", name, f"seconds of reading a call, an estimate: {SPARK}", read_s, calls)
    yield ("llm", name, f"seconds of writing a call, an estimate: {SPARK}", written_s, calls)
    yield (
        "llm",
        name,
        "chats a day on one DGX Spark, an estimate: a day by these seconds",
        DAY_S / (read_s + written_s),
        calls,
    )
