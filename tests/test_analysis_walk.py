"""Analysis by a language model on the way through the engine: scripts, translations, and what privacy makes of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import load_profile, replace
from engine.config_types import EngineConfig
from engine.engine import Engine
from engine.serve.cli import main
from tests.analysis.faulty_server import FaultyServer, Reply, Request, answer, schema_of, transcript_of

CHAT = "Agent: Good morning, how can I help you?\nCustomer: My parcel is missing.\nAgent: I will look into it today."
SCRIPT = "Greet the customer\nSay goodbye\n"


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """A model that proves one step of the script, and that puts a name into every translation."""
    made = FaultyServer()

    def reply(request: Request) -> Reply:
        if "lines" in schema_of(request)["properties"]:
            numbers = range(len(transcript_of(request)))
            text = "Guten Morgen, hier ist Anna Schmidt, 415-555-2671."
            return answer(request, lines=[{"number": number, "text": text} for number in numbers])
        met = {"evidence": [0], "quote": "good morning", "value": True}
        missed = {"evidence": [], "quote": "", "value": False}
        return answer(request, scripts={"script": {"step-1": met, "step-2": missed}})

    made.script = reply
    yield made
    made.stop()


@pytest.fixture
def config(server: FaultyServer, tmp_path: Path) -> EngineConfig:
    (tmp_path / "script.txt").write_text(SCRIPT)
    analysis = {
        "backend": "vllm",
        "scripts": (str(tmp_path / "script.txt"),),
        "transcription_language": "de",
        "llm": {"base_url": server.url, "model": "tiny"},
    }
    return replace(load_profile("demo"), {"analysis": analysis, "asr": {"language": "en"}})


def test_scripts_and_translations_come_out_of_the_engine(
    config: EngineConfig, server: FaultyServer, tmp_path: Path
) -> None:
    with Engine(config, out=tmp_path / "out") as engine:
        result = engine.analyze_text(CHAT)
        assert result.errors == ()
        assert result.analysis is not None
        (alignment,) = result.analysis.scripts
        assert (alignment.script_id, alignment.score) == ("script", 50.0)
        assert [step.met for step in alignment.steps] == [True, False]
        for utterance in result.utterances:
            assert utterance.translation is not None
            assert utterance.translation.startswith("Guten Morgen")
            assert "555" not in utterance.translation
        asked = len(server.requests)
        assert engine.analyze_text(CHAT) == result
        assert len(server.requests) == asked  # done already
    document = json.loads(next((tmp_path / "out").glob("*.json")).read_text("utf-8"))
    assert [list(each)[-1] for each in document["utterances"]] == ["translation"] * 3
    (tmp_path / "script.txt").write_text(SCRIPT.replace("goodbye", "thank you"))
    with Engine(config, out=tmp_path / "out") as engine:
        engine.analyze_text(CHAT)
        assert len(server.requests) > asked  # another script is another question


def test_chats_keep_as_many_requests_in_flight_as_the_server_takes(config: EngineConfig, server: FaultyServer) -> None:
    meeting, reply = threading.Barrier(4), server.script

    def together(request: Request) -> Reply:
        if "word" not in schema_of(request)["properties"]:  # that of the check at the start
            meeting.wait(30)
        return reply(request)

    server.script = together
    analysis = {"transcription_language": "", "llm": {"max_in_flight": 4}}
    with Engine(replace(config, {"calls_in_flight": 1, "analysis": analysis})) as engine:
        results = list(engine.analyze_many([f"{CHAT} {number}" for number in range(8)]))
    assert [result.errors for result in results] == [()] * 8
    assert server.peak == 4


def test_without_a_translation_the_json_is_as_it_was(config: EngineConfig, tmp_path: Path) -> None:
    with Engine(replace(config, {"analysis": {"transcription_language": ""}}), out=tmp_path / "out") as engine:
        engine.analyze_text(CHAT)
    document = json.loads(next((tmp_path / "out").glob("*.json")).read_text("utf-8"))
    assert all("translation" not in utterance for utterance in document["utterances"])


def test_a_script_is_named_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat, script, out = tmp_path / "chat.txt", tmp_path / "script.txt", tmp_path / "out"
    chat.write_text(CHAT)
    script.write_text(SCRIPT)
    arguments = ["analyze", str(chat), "--out", str(out), "--profile", "demo", "--formats", "json"]
    assert main([*arguments, "--script", str(script), "--checklist", "sales-call"]) == 0
    analysis = json.loads((out / "chat.json").read_text("utf-8"))["analysis"]
    assert [each["script_id"] for each in analysis["scripts"]] == ["script"]
    assert [each["checklist_id"] for each in analysis["checklists"]] == ["sales-call"]
    assert main([*arguments, "--script", str(tmp_path / "none.txt")]) == 2
    assert "script" in capsys.readouterr().err
