from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from engine import ChatTurn, Engine, load_profile
from engine.config import replace
from engine.config_types import VaultConfig
from engine.errors import ConfigurationError, InputError
from engine.privacy import Vault, new_key, restored
from engine.result_types import CallResult
from engine.serve.restore import restore
from engine.types import Word

TURNS = [
    ChatTurn("agent", "May I have your name and number?"),
    ChatTurn("customer", "It is Maria Lopez, 415-555-2671, the mail is maria@example.org."),
    ChatTurn("agent", "Thank you Maria, so 415-555-2671."),
]


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    made = new_key()
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", made)
    monkeypatch.setenv("CALL_ENGINE_SITE_KEY", "one site, one key")
    return made


def run(out: Path, method: str = "marker") -> CallResult:
    changes = {"privacy": {"vault": {"enabled": True}, "substitution": {"default": method}}}
    with Engine(replace(load_profile("demo"), changes), out=out) as engine:
        return engine.analyze_text(TURNS)


@pytest.mark.parametrize("method", ["marker", "entity", "mask", "hash", "surrogate", "remove"])
def test_a_call_comes_back_whole_whatever_took_its_place(method: str, key: str, tmp_path: Path) -> None:
    result = run(tmp_path, method)
    (vault,) = tmp_path.glob("*.vault")
    back = restored(result, Vault(VaultConfig()).open(vault.read_bytes(), result.call_id))
    said = [turn.text for turn in TURNS]
    if method == "remove":
        said = [" ".join(text.split()) for text in said]
        assert [sorted(u.text.replace(" ", "")) for u in back.utterances] == [sorted(t.replace(" ", "")) for t in said]
    else:
        assert [utterance.text for utterance in back.utterances] == said
    assert back.redactions == ()
    assert not [word for word in (b"Maria", b"Lopez", b"2671") if word in vault.read_bytes()]


def test_the_analysis_comes_back_too(key: str, tmp_path: Path) -> None:
    result = run(tmp_path)
    (vault,) = tmp_path.glob("*.vault")
    analysis = dataclasses.replace(result.analysis, summary="[PERSON_NAME_1] called.", tags=("[PHONE_NUMBER_1]",))
    originals = Vault(VaultConfig()).open(vault.read_bytes(), result.call_id)
    back = restored(dataclasses.replace(result, analysis=analysis), originals)
    assert (back.analysis.summary, back.analysis.tags) == ("Maria Lopez called.", ("415-555-2671",))


def test_words_come_back_with_their_times() -> None:
    from engine.result_types import ResultUtterance
    from engine.types import Redaction

    words = (Word("call", 0.0, 0.4, 1.0), Word("[PHONE_NUMBER_1],", 0.5, 2.0, 0.9, ("S2",)))
    utterance = ResultUtterance(0, "S1", "customer", 0.0, 2.0, "call [PHONE_NUMBER_1],", None, words)
    redaction = Redaction("phone_number", "[PHONE_NUMBER_1]", 0, 5, 21, 0.5, 2.0, 0.9)
    result = CallResult("1.0", "id", None, "completed", None, (), (utterance,), (redaction,), None, None, None, {}, ())  # type: ignore[arg-type]
    (back,) = restored(result, ["five five five"]).utterances
    assert (back.text, back.words[1]) == ("call five five five,", Word("five five five,", 0.5, 2.0, 0.9, ("S2",)))
    with pytest.raises(InputError, match="does not fit"):
        restored(result, [])


def test_without_the_key_nothing_opens(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(tmp_path)
    (vault,) = tmp_path.glob("*.vault")
    monkeypatch.setenv("CALL_ENGINE_VAULT_KEY", new_key())
    with pytest.raises(InputError, match="does not open with this key"):
        Vault(VaultConfig()).open(vault.read_bytes(), result.call_id)


def test_the_vault_of_another_call_is_refused(key: str) -> None:
    vault = Vault(VaultConfig())
    with pytest.raises(InputError, match="another call"):
        vault.open(vault.lock("one", ["x"]), "two")


@pytest.mark.parametrize("content", [None, "", "short", "x" * 44])
def test_a_missing_or_wrong_key_stops_before_any_work(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALL_ENGINE_VAULT_KEY", raising=False)
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        Vault(VaultConfig(key_file=str(file)))
    assert not content or content not in str(caught.value)


def test_a_key_file_may_end_with_a_line_break(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(new_key() + "\n")
    vault = Vault(VaultConfig(key_file=str(file)))
    assert vault.open(vault.lock("id", ["ä", "日本"]), "id") == ["ä", "日本"]


def test_there_is_no_vault_unless_asked_for(tmp_path: Path) -> None:
    with Engine(load_profile("demo"), out=tmp_path) as engine:
        engine.analyze_text(TURNS)
    assert not list(tmp_path.glob("*.vault"))


def test_the_command_restores_to_a_file(key: str, tmp_path: Path) -> None:
    from engine import from_json

    result = run(tmp_path)
    (document,) = tmp_path.glob("*.json")
    assert restore(document, None, VaultConfig(), tmp_path / "back.json") == 0
    back = from_json((tmp_path / "back.json").read_text("utf-8"))
    assert back.utterances[1].text == TURNS[1].text
    assert dataclasses.replace(back, utterances=(), analysis=None) == dataclasses.replace(
        result, utterances=(), analysis=None, redactions=()
    )
    document.rename(tmp_path / "moved.json")
    with pytest.raises(InputError, match="--vault"):
        restore(tmp_path / "moved.json", None, VaultConfig(), None)
