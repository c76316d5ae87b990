"""The eight hops on real calls, and what becomes of bad input."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile

from engine import ChatTurn, Engine, Hints, load_profile, to_dict
from engine.config import replace
from engine.config_types import EngineConfig
from engine.errors import (
    AudioLimitError,
    CallEngineError,
    ConfigurationError,
    InputError,
    InvalidSamplesError,
    LlmUnavailableError,
    ModelError,
    NotAudioError,
    StorageError,
    UnknownNameError,
)
from engine.result_json import from_json
from engine.results import DATABASE
from tests.conftest import DEMO_CALLS, PACKAGE, plain_words

RATE = 16_000
TOP_KEYS = [
    "schema_version", "call_id", "source", "status", "language", "speakers", "utterances", "redactions", "analysis",
    "metrics", "models", "timings", "errors",
]  # fmt: skip


def demo_config(**changes: object) -> EngineConfig:
    return replace(load_profile("demo"), changes)


@pytest.fixture(scope="module")
def engine():
    with Engine(demo_config()) as engine:
        yield engine


@pytest.fixture(scope="module")
def results(tmp_path_factory, demo_paths):
    """The three demo calls through the whole engine with all formats: (directory, results by name)."""
    out = tmp_path_factory.mktemp("results")
    with Engine(demo_config(output={"formats": ("json", "txt", "srt", "vtt", "html")}), out=out) as engine:
        done = {Path(result.source.path).stem: result for result in engine.process_many(demo_paths.values())}
    return out, done


# --- the demo calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DEMO_CALLS)
def test_a_demo_call_comes_out_complete(results, references, name):
    result = results[1][name]
    reference = references[name]
    assert result.status == "completed", result.errors
    assert result.errors == ()
    assert result.language.code == "en"
    assert len(result.speakers) == 2
    assert {speaker.role for speaker in result.speakers} == {"agent", "customer"}
    assert result.source.duration_s == pytest.approx(reference["duration_s"], abs=0.1)
    assert result.analysis.engine == "extractive"
    assert result.analysis.summary
    assert result.analysis.checklists[0].checklist_id == "service-quality"
    assert all(word.start_s <= word.end_s for utterance in result.utterances for word in utterance.words)
    assert sum(result.metrics.talk_ratio.values()) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "most_wrong"), [("telecom-billing", 0.05), ("card-replacement", 0.08), ("delivery-complaint", 0.12)]
)
def test_the_words_of_the_demo_calls(demo_paths, references, name, most_wrong):
    with Engine(demo_config(privacy={"entities": ("none",)}, analysis={"backend": "none"})) as engine:
        result = engine.process(demo_paths[name])
    said = sorted((w["start_s"], w["text"]) for u in references[name]["utterances"] for w in u["words"])
    heard = sorted((w.start_s, w.text) for u in result.utterances for w in u.words)
    error = jiwer.wer(
        " ".join(plain_words(" ".join(text for _, text in said))),
        " ".join(plain_words(" ".join(text for _, text in heard))),
    )
    assert error <= most_wrong


def test_roles_of_the_demo_calls(results, references):
    for name in ("telecom-billing", "delivery-complaint"):
        expected = {speaker["channel"]: speaker["role"] for speaker in references[name]["speakers"]}
        found = {speaker.channel: speaker.role for speaker in results[1][name].speakers}
        if results[1][name].source.channels == 2:
            assert found == expected


def test_personal_data_of_the_demo_calls_is_gone(results, references):
    """Of the values that the recogniser can have heard, spoken numbers must not survive anywhere in the results."""
    out, _ = results
    written = "".join(
        path.read_text("utf-8", errors="ignore") for path in sorted(out.iterdir()) if path.suffix != ".sqlite"
    )
    for name in DEMO_CALLS:
        for utterance in references[name]["utterances"]:
            for item in utterance["personal_data"]:
                if item["entity"] in ("credit_card_number", "phone_number", "email_address"):
                    assert " ".join(plain_words(item["text"])) not in " ".join(plain_words(written))


def test_the_json_has_the_documented_keys_in_order(results):
    out, done = results
    for name in DEMO_CALLS:
        document = json.loads((out / f"{name}.json").read_text("utf-8"))
        assert list(document) == TOP_KEYS
        assert from_json((out / f"{name}.json").read_text("utf-8")) == done[name]
        for redaction in document["redactions"]:
            text = document["utterances"][redaction["utterance"]]["text"]
            assert text[redaction["start_char"] : redaction["end_char"]] == redaction["marker"]


def test_every_format_is_written(results):
    out, _ = results
    assert {path.suffix for path in out.iterdir() if path.stem in DEMO_CALLS} == {
        ".json",
        ".txt",
        ".srt",
        ".vtt",
        ".html",
    }
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_the_original_is_kept_only_when_asked_for(demo_paths):
    settings = {"keep_original": True, "entities": ("person_name",)}
    with Engine(demo_config(privacy=settings, analysis={"backend": "none"})) as engine:
        kept = engine.process(demo_paths["telecom-billing"])
    assert "Jennifer" in " ".join(utterance.text for utterance in kept.original.utterances)
    assert "Jennifer" not in " ".join(utterance.text for utterance in kept.utterances)
    assert list(to_dict(kept)) == [*TOP_KEYS, "original"]


def test_no_text_of_a_call_reaches_a_log(demo_paths, caplog):
    with caplog.at_level(logging.DEBUG), Engine(demo_config()) as engine:
        engine.process(demo_paths["telecom-billing"])
    logged = " ".join(record.getMessage() for record in caplog.records).lower()
    assert not [word for word in ("jennifer", "telecom,", "invoice", "one eight six") if word in logged]


def test_batches_of_many_calls_give_what_one_call_gives(results, engine, demo_paths):
    for name, path in demo_paths.items():
        alone = engine.process(path)
        assert [u.text for u in alone.utterances] == [u.text for u in results[1][name].utterances]


# --- other ways in ----------------------------------------------------------------------------------------------------


def test_bytes_files_and_arrays_give_the_same_words(engine, demo_paths):
    path = demo_paths["telecom-billing"]
    expected = [utterance.text for utterance in engine.process(path).utterances]
    with path.open("rb") as file:
        assert [utterance.text for utterance in engine.process(file).utterances] == expected
    assert [utterance.text for utterance in engine.process(path.read_bytes()).utterances] == expected
    samples, rate = soundfile.read(path)
    assert [utterance.text for utterance in engine.process((samples, rate)).utterances] == expected


def test_a_chat_is_redacted_and_analyzed(engine):
    turns = [
        ChatTurn("agent", "Hello, thank you for contacting Miller Bank. How can I help you today?"),
        ChatTurn("customer", "My name is John Smith and my e-mail is john.smith@example.com. My card was stolen."),
        ChatTurn("agent", "I am sorry to hear that. I will block the card today. Is there anything else?"),
    ]
    result = engine.analyze_text(turns)
    text = " ".join(utterance.text for utterance in result.utterances)
    assert result.status == "completed"
    assert "Smith" not in text
    assert "john.smith@example.com" not in text
    assert result.analysis.summary
    assert result.source.container == "chat"
    assert [utterance.start_s for utterance in result.utterances] == [None] * 3


def test_names_of_chat_partners_stay_where_nothing_is_to_be_redacted():
    turns = [ChatTurn("Mary Jones", "Hello John."), ChatTurn("John Smith", "Hello Mary, it is me, John.")]
    with Engine(demo_config(privacy={"entities": ("none",)})) as engine:
        assert [u.text for u in engine.analyze_text(turns).utterances] == [turn.text for turn in turns]
    with Engine(demo_config(privacy={"entities": ("person_name",)})) as engine:
        assert "John" not in " ".join(u.text for u in engine.analyze_text(turns).utterances)


def test_a_chat_file_and_its_text_are_the_same(engine, tmp_path):
    text = "Agent: Hello, how can I help?\nCustomer: I want to cancel my contract.\n"
    path = tmp_path / "chat.txt"
    path.write_text(text)
    assert [u.text for u in engine.analyze_text(path).utterances] == [
        u.text for u in engine.analyze_text(text).utterances
    ]


# --- bad input: a typed error, and nothing else is lost ---------------------------------------------------------------


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def test_no_speech_is_a_finished_result(engine):
    result = engine.process(silence(3.0))
    assert (result.status, result.utterances, result.language, result.analysis) == ("completed", (), None, None)
    assert result.metrics.silence_s == pytest.approx(3.0)


def test_a_twentieth_of_a_second(engine):
    assert engine.process(silence(0.05)).status == "completed"


def test_noise_has_no_words(engine):
    noise = 0.1 * np.random.default_rng(1).standard_normal(10 * RATE).astype(np.float32)
    assert engine.process(noise).utterances == ()


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", NotAudioError), (b"this is not a wave file at all\n" * 50, NotAudioError), (None, InputError)],
    ids=["empty", "text", "missing"],
)
def test_what_is_no_audio(engine, tmp_path, content, error):
    path = tmp_path / "call.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as caught:
        engine.process(path)
    assert caught.value.stage == "decode"
    assert "call.wav" in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers(engine, value):
    samples = silence(1.0)
    samples[100] = value
    with pytest.raises(InvalidSamplesError):
        engine.process(samples)


def test_a_call_over_the_cap():
    with Engine(demo_config(audio={"max_duration_s": 2.0})) as engine, pytest.raises(AudioLimitError):
        engine.process(silence(3.0))


def test_a_truncated_recording_is_partial(engine, demo_paths):
    content = demo_paths["card-replacement"].read_bytes()
    result = engine.process(content[: len(content) // 2])
    assert result.status == "partial"
    assert result.errors[0].stage == "decode"
    assert result.utterances


def test_one_bad_call_never_stops_the_others(tmp_path, demo_paths):
    bad = tmp_path / "bad.wav"
    bad.write_text("no audio")
    sources = [bad, demo_paths["telecom-billing"], tmp_path / "missing.wav"]
    with Engine(demo_config(), out=tmp_path / "out") as engine:
        done = {Path(result.source.path).stem: result for result in engine.process_many(sources)}
    assert {name: result.status for name, result in done.items()} == {
        "bad": "failed", "telecom-billing": "completed", "missing": "failed",
    }  # fmt: skip
    assert json.loads((tmp_path / "out" / "bad.json").read_text())["errors"][0]["type"] == "NotAudioError"


def test_sources_are_read_only_as_calls_finish(engine):
    taken = []

    def sources():
        for i in range(40):
            taken.append(i)
            yield silence(0.1)

    stream = engine.process_many(sources())
    next(stream)
    assert len(taken) <= 2 * engine.config.calls_in_flight
    assert len(list(stream)) == 39


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"privacy": {"entities": ("emial_address",)}}, UnknownNameError),
        ({"asr": {"language": "xx"}}, UnknownNameError),
        ({"asr": {"model": "whisper-larg-v3"}}, UnknownNameError),
        ({"asr": {"model": "/nowhere/model"}}, ModelError),
        ({"analysis": {"checklists": ("no-such-list",)}}, ConfigurationError),
        ({"diarization": {"backend": "pyannote", "model": "/nowhere/pipeline"}}, (ModelError, ConfigurationError)),
    ],
)
def test_bad_settings_stop_before_any_work(changes, error):
    with pytest.raises(error):
        Engine(demo_config(**changes))


def test_a_server_that_is_down_fails_fast_or_is_done_without(demo_paths):
    down = {"backend": "vllm", "llm": {"base_url": "http://127.0.0.1:9/v1", "model": "m", "connect_timeout_s": 0.5}}
    with pytest.raises(LlmUnavailableError, match=r"127\.0\.0\.1:9"):
        Engine(demo_config(analysis=down))
    with Engine(demo_config(analysis={**down, "without_llm": "continue"})) as engine:
        result = engine.process(demo_paths["telecom-billing"])
    assert (result.status, result.analysis) == ("partial", None)
    assert result.utterances
    assert result.errors[0].stage == "analyze"


def test_a_disk_that_is_full_costs_the_call_and_says_so(tmp_path, demo_paths):
    """A file-size limit stands for the full disk: the kernel refuses the write in the same place."""
    script = (
        "import resource, signal, sys\n"
        "from engine import Engine, load_profile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "engine = Engine(load_profile('demo'), out=sys.argv[2])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "print([(r.status, r.errors[-1].type) for r in engine.process_many([sys.argv[1]])])\n"
    )
    command = [sys.executable, "-c", script, str(demo_paths["telecom-billing"]), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "[('failed', 'StorageError')]", done.stderr
    assert not list((tmp_path / "out").glob("*.html"))


def test_an_output_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="out"):
        Engine(demo_config(), out=tmp_path / "file" / "out")


# --- resume -----------------------------------------------------------------------------------------------------------


def test_a_second_run_skips_what_is_done_and_other_settings_do_not(tmp_path, demo_paths):
    seen = []
    path = demo_paths["telecom-billing"]

    def run(**changes: object) -> None:
        with Engine(demo_config(**changes), out=tmp_path, progress=lambda p: seen.append(p.resumed)) as engine:
            list(engine.process_many([path]))

    run()
    run()
    run(calls_in_flight=2)
    run(privacy={"entities": ("person_name",)})
    (tmp_path / "telecom-billing.html").unlink()
    run(privacy={"entities": ("person_name",)})
    assert seen == [False, True, True, False, False]


def test_a_call_with_other_hints_is_heard_anew(tmp_path, demo_paths):
    seen = []
    path = demo_paths["telecom-billing"]
    with Engine(demo_config(), out=tmp_path, progress=lambda p: seen.append(p.resumed)) as engine:
        for hotwords in (None, "router", "router", "invoice", None):
            list(engine.process_many([path], lambda _, words=hotwords: Hints(hotwords=words)))
        assert engine.process(path).status == "completed"
        assert "'xx'" in next(engine.process_many([path], lambda _: Hints(language="xx"))).errors[0].message
    assert seen == [False, False, True, False, False, False]


def test_two_recordings_of_one_name_get_two_files(tmp_path):
    for folder, seconds in (("a", 0.5), ("b", 0.7)):
        (tmp_path / folder).mkdir()
        soundfile.write(tmp_path / folder / "call.wav", silence(seconds), RATE)
    with Engine(demo_config(output={"formats": ("json",)}), out=tmp_path / "out") as engine:
        list(engine.process_many([tmp_path / "a" / "call.wav", tmp_path / "b" / "call.wav"]))
    assert len(list((tmp_path / "out").glob("call*.json"))) == 2


def test_a_file_name_in_another_encoding(tmp_path):
    path = os.fsencode(tmp_path) + b"/r\xe9sum\xe9.wav"
    soundfile.write(tmp_path / "plain.wav", silence(0.5), RATE)
    (tmp_path / "plain.wav").rename(os.fsdecode(path))
    with Engine(demo_config(), out=tmp_path / "out") as engine:
        (result,) = engine.process_many([Path(os.fsdecode(path))])
    (written,) = (tmp_path / "out").glob("*.json")
    assert result.status == "completed"
    assert from_json(written.read_text("utf-8")) == result


_RUN = (
    "import sys\n"
    "from engine import Engine, load_profile\n"
    "with Engine(load_profile('demo'), out=sys.argv[1]) as engine:\n"
    "    for result in engine.process_many(sys.argv[2:]): print(result.status, flush=True)\n"
)


def test_kill_nine_at_any_moment_loses_and_doubles_nothing(tmp_path, demo_paths):
    """20 calls, killed five times at random moments; the run after it has 20 whole results."""
    recordings = tmp_path / "calls"
    recordings.mkdir()
    source = demo_paths["delivery-complaint"]
    with soundfile.SoundFile(source) as file:
        samples = file.read(20 * file.samplerate, dtype="int16")
        rate = file.samplerate
    for i in range(20):
        soundfile.write(recordings / f"call-{i:02}.wav", np.roll(samples, 40 * i, axis=0), rate)
    paths = [str(path) for path in sorted(recordings.iterdir())]
    command = [sys.executable, "-c", _RUN, str(tmp_path / "out"), *paths]
    rng = np.random.default_rng(int.from_bytes(os.urandom(4)))
    for _ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()  # the first call of this run is done; from here on any moment will do
        time.sleep(rng.uniform(0.0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, capture_output=True, timeout=250)
    documents = [from_json(path.read_text("utf-8")) for path in sorted((tmp_path / "out").glob("*.json"))]
    assert [Path(document.source.path).name for document in documents] == [Path(path).name for path in paths]
    assert {document.status for document in documents} == {"completed"}
    assert len(list((tmp_path / "out").glob("*.html"))) == 20
    with sqlite3.connect(tmp_path / "out" / DATABASE) as database:
        rows = database.execute("select name, count(*) from calls group by name").fetchall()
    assert rows == [(Path(path).stem, 1) for path in paths]


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode != 0,
    reason="this system does not let a user make a network namespace",
)
def test_with_the_network_unreachable_the_demo_runs_the_same(tmp_path, results):
    command = [
        "unshare",
        "-rn",
        sys.executable,
        "-c",
        _RUN,
        str(tmp_path),
        str(PACKAGE / "bundled/calls/telecom-billing.flac"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    offline = from_json((tmp_path / "telecom-billing.json").read_text("utf-8"))
    online = results[1]["telecom-billing"]
    assert (offline.utterances, offline.redactions, offline.analysis) == (
        online.utterances,
        online.redactions,
        online.analysis,
    )


def test_no_torch_is_needed_for_the_demo(tmp_path):
    """As in a base install: what the extras bring cannot be imported (ctranslate2 takes torch where it finds it)."""
    hidden = "import sys\nfor name in ('torch', 'pyannote', 'transformers', 'grpc'): sys.modules[name] = None\n"
    command = [sys.executable, "-c", hidden + _RUN, str(tmp_path), str(PACKAGE / "bundled/calls/telecom-billing.flac")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "completed\n"


def test_errors_are_ours(engine):
    with pytest.raises(CallEngineError):
        engine.process(io.BytesIO(b"RIFF"))
