"""`call-engine redact`, `restore` and redacted recordings, as a user types them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.privacy import new_key
from engine.serve.cli import main
from tests.conftest import CALLS

CHAT = "Mary Jones: Hello John, your number?\nJohn Smith: it is 415-555-2671, mail jo@example.com.\n"
REDACTED = (
    "[PERSON_NAME_1]: Hello [PERSON_NAME_2], your number?\n"
    "[PERSON_NAME_2]: it is [PHONE_NUMBER_1], mail [EMAIL_ADDRESS_1].\n"
)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat.txt"
    path.write_text(CHAT)
    return path


def test_a_text_goes_to_stdout_or_to_a_directory(
    chat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["redact", str(chat)]) == 0
    assert capsys.readouterr().out == REDACTED
    assert main(["redact", str(chat), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "out" / "chat.redacted.txt").read_text() == REDACTED


def test_explain_says_who_and_why_and_counts_without_values(chat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redact", str(chat), "--explain"]) == 0
    told = capsys.readouterr().err
    assert "[PERSON_NAME_1]  names: name of a speaker" in told
    assert "redacted: person_name 3, phone_number 1, email_address 1" in told
    assert not [value for value in ("John", "Mary", "2671", "jo@") if value in told]


def test_json_of_a_chat_has_its_turns_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [
        {"speaker": "Mary Jones", "text": "Your number?"},
        {"speaker": "John Smith", "text": "415-555-2671", "words": [{"text": "415"}], "phone": 4155552671},
    ]
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(turns))
    assert main(["redact", str(path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(turn["speaker"], turn["text"]) for turn in shown] == [("S1", "Your number?"), ("S2", "[PHONE_NUMBER_1]")]
    assert set(shown[0]) == {"speaker", "role", "start_s", "end_s", "text"}


def test_other_json_keeps_its_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    record = {"phone_number": 4155552671, "visits": [3, True, None], "note": 'mail "jo@example.com"\n', "ok": {}}
    path.write_text(json.dumps(record))
    assert main(["redact", str(path)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "phone_number": "[PHONE_NUMBER_1]",
        "visits": [3, True, None],
        "note": 'mail "[EMAIL_ADDRESS_1]"\n',
        "ok": {},
    }


def test_lines_have_reasons_only_where_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def spans(*options: str) -> list[dict[str, object]]:
        monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "text": "mail jo@example.com"}\n'))
        assert main(["redact", "--jsonl", *options]) == 0
        found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["spans"]
        return found

    assert list(spans()[0]) == ["entity", "start", "end", "score", "marker"]
    assert list(spans("--explain")[0]) == ["entity", "start", "end", "score", "marker", "recognizer", "why"]


USAGE = [
    (["redact"], "files, or --jsonl"),
    (["redact", "--jsonl", "x.txt"], "files, or --jsonl"),
    (["redact", "--jsonl", "--anonymize", "person_nam"], "did you mean 'person_name'"),
    (["redact", "--jsonl", "--config", "absent.toml"], "absent.toml"),
    (["restore", "absent.json"], "key"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_bad_usage_is_exit_code_two(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CALL_ENGINE_VAULT_KEY", raising=False)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_call_is_processed_with_beeps_and_comes_back_from_its_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", new_key())
    (tmp_path / "site.toml").write_text('extends = "demo"\n[privacy.vault]\nenabled = true\n')
    source, out = CALLS / "telecom-billing.flac", tmp_path / "out"
    command = ["process", str(source), "--out", str(out), "--config", str(tmp_path / "site.toml")]
    assert main([*command, "--redact-audio", "silence", "--formats", "json"]) == 0
    assert "redacted: person_name" in capsys.readouterr().out
    result = json.loads((out / "telecom-billing.json").read_text("utf-8"))
    original = soundfile.read(source, dtype="int16", always_2d=True)[0]
    copy, rate = soundfile.read(out / "telecom-billing.redacted.flac", dtype="int16", always_2d=True)
    assert copy.shape == original.shape
    times = np.arange(len(copy)) / rate
    covered = np.zeros(len(copy), bool)
    for redaction in result["redactions"]:
        under = (times >= redaction["start_s"] - 0.199) & (times <= redaction["end_s"] + 0.199)
        speaker = result["utterances"][redaction["utterance"]]["speaker"]
        channel = next(each["channel"] for each in result["speakers"] if each["id"] == speaker)
        assert not copy[under][:, channel if channel is not None else slice(None)].any()
        covered |= (times >= redaction["start_s"] - 0.21) & (times <= redaction["end_s"] + 0.21)
    assert result["redactions"]
    assert np.array_equal(copy[~covered], original[~covered])

    assert main(["restore", str(out / "telecom-billing.json"), "--out", str(tmp_path / "back.json")]) == 0
    assert "Jennifer" in (tmp_path / "back.json").read_text("utf-8")
    assert "Jennifer" not in (out / "telecom-billing.json").read_text("utf-8")

    (out / "telecom-billing.redacted.flac").unlink()  # a file that is gone is made again
    assert main([*command, "--redact-audio", "silence", "--formats", "json"]) == 0
    assert (out / "telecom-billing.redacted.flac").is_file()


def test_a_recording_is_redacted_with_its_transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = CALLS / "telecom-billing.flac"
    assert main(["redact", str(source), "--profile", "demo", "--audio-format", "opus"]) == 0
    written = {path.name for path in (tmp_path / "redacted").iterdir()}
    assert {"telecom-billing.redacted.opus", "telecom-billing.json", "telecom-billing.txt"} <= written
    result = json.loads((tmp_path / "redacted" / "telecom-billing.json").read_text("utf-8"))
    assert result["analysis"] is None
    assert soundfile.info(tmp_path / "redacted" / "telecom-billing.redacted.opus").duration == pytest.approx(
        soundfile.info(source).duration, abs=0.01
    )


def test_a_text_comes_back_from_its_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", new_key())
    (tmp_path / "site.toml").write_text('extends = "demo"\n[privacy.vault]\nenabled = true\n')
    texts = {"chat.txt": CHAT, "chat.json": json.dumps([{"speaker": "Jo", "text": "I am Mary Jones.\r\n"}])}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
    out = tmp_path / "out"
    command = ["redact", *(str(tmp_path / name) for name in texts), "--config", str(tmp_path / "site.toml")]
    assert main([*command, "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "chat.redacted.txt", "chat.redacted.txt.vault", "chat.redacted.json", "chat.redacted.json.vault"
    }  # fmt: skip
    assert not [path for path in out.iterdir() if b"Jones" in path.read_bytes()]
    for name, text in texts.items():
        redacted = out / f"chat.redacted{Path(name).suffix}"
        assert main(["restore", str(redacted), "--out", str(tmp_path / "back")]) == 0
        assert (tmp_path / "back").read_bytes() == text.encode()

    changed = out / "chat.redacted.txt"
    changed.write_text(changed.read_text() + "more\n")
    assert main(["restore", str(changed)]) == 2
    assert "belongs to another call" in capsys.readouterr().err
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", new_key())
    assert main(["restore", str(out / "chat.redacted.json")]) == 2
    assert "does not open with this key" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["chat.txt"], ["--jsonl"]])
def test_a_vault_needs_a_directory(
    arguments: list[str], chat: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(chat.parent)
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", new_key())
    Path("site.toml").write_text('extends = "demo"\n[privacy.vault]\nenabled = true\n')
    assert main(["redact", *arguments, "--config", "site.toml"]) == 2
    assert "expected files and --out DIR" in capsys.readouterr().err
