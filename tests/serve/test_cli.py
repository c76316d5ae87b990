"""The commands as a user types them: output, exit codes, errors before any work."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from engine.serve.cli import main
from tests.conftest import CALLS

COMMAND = [sys.executable, "-m", "engine"]


@pytest.fixture(scope="module")
def processed(tmp_path_factory):
    """One run over the bundled calls: (output directory, finished process)."""
    out = tmp_path_factory.mktemp("out")
    command = [*COMMAND, "process", str(CALLS), "--out", str(out), "--profile", "demo"]
    return out, subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


def test_process_a_directory(processed):
    out, done = processed
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.glob("*.json")) == [
        "card-replacement.json", "delivery-complaint.json", "telecom-billing.json",
    ]  # fmt: skip
    for expected in ("telecom-billing", "completed", "agent", "phone_number", "checklist", "100%", "RTFx", str(out)):
        assert expected in done.stdout
    assert "demonstration" in done.stderr
    assert re.search(r"3/3 calls, 3\.\d audio-minutes, RTFx", done.stderr)


def test_a_second_run_skips_everything(processed):
    out, _ = processed
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.json")}
    command = [*COMMAND, "process", str(CALLS), "--out", str(out), "--profile", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0
    assert "3 done before" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in out.glob("*.json")} == before


def test_search(processed, capsys):
    out, _ = processed
    assert main(["search", "invoice", "--out", str(out)]) == 0
    assert "telecom-billing" in capsys.readouterr().out
    assert main(["search", "zeppelin", "--out", str(out)]) == 0
    assert "nothing found" in capsys.readouterr().out
    assert main(["search", "x", "--out", str(out / "nowhere")]) == 2


def test_some_failures_are_exit_code_one_and_the_rest_is_done(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.wav").write_text("no audio here")
    (tmp_path / "in" / "good.flac").write_bytes((CALLS / "telecom-billing.flac").read_bytes())
    command = [*COMMAND, "--verbose", "process", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, "--profile", "demo"], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 1
    assert "device thread at work" in done.stderr
    assert "1 failed" in done.stdout
    assert "bad" in done.stdout
    assert json.loads((tmp_path / "out" / "good.json").read_text())["status"] == "completed"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--profile", "gpuu"], "did you mean 'gpu'"),
        (["--profile", "demo", "--anonymize", "person_nam"], "did you mean 'person_name'"),
        (["--profile", "demo", "--language", "klingon"], "language"),
        (["--profile", "demo", "--formats", "jsn"], "did you mean 'json'"),
        (["--profile", "demo", "--checklist", "service-qualty"], "service-quality"),
        (["--config", "absent.toml"], "absent.toml"),
        (["--profile", "cpu"], "models pull"),
    ],
)
def test_bad_usage_is_exit_code_two_before_any_work(tmp_path, monkeypatch, capsys, arguments, expected):
    monkeypatch.setenv("CALL_ENGINE_MODELS", str(tmp_path / "models"))
    assert main(["process", str(CALLS), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert expected in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.json"))


@pytest.mark.parametrize("paths", [["absent"], ["empty"]])
def test_nothing_to_process(tmp_path, monkeypatch, capsys, paths):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(["process", *paths, "--out", "out", "--profile", "demo"]) == 2
    assert paths[0] in capsys.readouterr().err


def test_analyze_a_chat(tmp_path, capsys):
    chat = tmp_path / "chat.txt"
    chat.write_text(
        "Agent: Hello, how can I help you?\nCustomer: My name is John Smith, I want to cancel my contract.\n"
    )
    assert main(["analyze", str(chat), "--out", str(tmp_path / "out"), "--profile", "demo"]) == 0
    document = json.loads((tmp_path / "out" / "chat.json").read_text())
    assert "John Smith" not in json.dumps(document)
    assert document["analysis"]["summary"]


def test_redact_jsonl():
    lines = [
        {"id": 1, "text": "my name is John Smith and my number is 415-555-2671", "language": "en"},
        {"id": 2, "text": "nothing to see here"},
    ]
    given = "\n".join(map(json.dumps, lines)) + "\nnot json\n"
    done = subprocess.run([*COMMAND, "redact", "--jsonl"], input=given, capture_output=True, text=True, check=False)
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert "line 3" in done.stderr
    assert set(first) == {"id", "text", "spans"}
    assert {span["entity"] for span in first["spans"]} == {"person_name", "phone_number"}
    for span in first["spans"]:
        assert set(span) == {"entity", "start", "end", "score", "marker"}
        assert lines[0]["text"][span["start"] : span["end"]] not in first["text"]
        assert span["marker"] in first["text"]
    assert second == {"id": 2, "text": "nothing to see here", "spans": []}


def test_models_list_and_verify(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CALL_ENGINE_MODELS", str(tmp_path))
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert "demonstration" in listed
    assert "whisper-large-v3-turbo" in listed
    assert main(["models", "verify"]) == 0
    assert main(["models", "pull"]) == 2


def test_doctor(capsys):
    assert main(["doctor", "--profile", "demo"]) == 0
    printed = capsys.readouterr().out
    assert "speech recognition works" in printed
    assert "ctranslate2 4.8.5" in printed


def test_doctor_calls_a_silent_model_broken(tmp_path, monkeypatch, capsys, bundled_model):
    """Random weights stand for the driver that computes nonsense without an error."""
    from tests.asr.random_whisper import build

    monkeypatch.setenv("CALL_ENGINE_MODELS", str(tmp_path))
    build(tmp_path / "broken", bundled_model / "tokenizer.json", chunk_length=10)
    config = tmp_path / "broken.toml"
    config.write_text(
        'extends = "demo"\n[asr]\nmodel = "broken"\nlanguage = "en"\ntemperatures = [0]\nwindow_buckets_s = []\n'
    )
    assert main(["doctor", "--config", str(config)]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_bench_prints_the_stages(capsys):
    assert main(["bench", "--profile", "demo", "--calls", "3"]) == 0
    printed = capsys.readouterr().out
    assert "3 calls" in printed
    for stage in ("decode", "detect", "transcribe", "diarize", "redact", "analyze"):
        assert stage in printed
    assert "device thread at work" in printed


@pytest.mark.parametrize("command", ["process", "analyze", "redact", "search", "models", "doctor", "bench", "serve"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert "usage: call-engine" in capsys.readouterr().out


def test_ctrl_c_finishes_the_calls_in_flight_and_says_how_to_resume(tmp_path):
    recordings = tmp_path / "in"
    recordings.mkdir()
    content = (CALLS / "telecom-billing.flac").read_bytes()
    for i in range(30):
        (recordings / f"call-{i:02}.flac").write_bytes(content)
    command = [*COMMAND, "process", str(recordings), "--out", str(tmp_path / "out"), "--profile", "demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    for line in process.stderr:
        if "1/30 calls" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "run the same command again to resume" in err
    done = list((tmp_path / "out").glob("*.json"))
    assert 1 <= len(done) < 30
    assert all(json.loads(path.read_text())["status"] == "completed" for path in done)
    assert f"{len(done)} calls, 0 failed" in out


def test_a_second_ctrl_c_stops_at_once_and_leaves_only_whole_files(tmp_path):
    recordings = tmp_path / "in"
    recordings.mkdir()
    for i in range(30):
        (recordings / f"call-{i:02}.flac").write_bytes((CALLS / "telecom-billing.flac").read_bytes())
    command = [*COMMAND, "process", str(recordings), "--out", str(tmp_path / "out"), "--profile", "demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    for expected in ("1/30 calls", "finishing the calls in flight"):
        assert any(expected in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "results:" not in out  # the summary is the end of a run that was let finish
    assert all(json.loads(path.read_text())["status"] == "completed" for path in (tmp_path / "out").glob("*.json"))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
