from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import Engine, load_profile
from engine.privacy import PrivacyFilter

SHOWN = [
    ("/calls/John Smith 415-555-2671.wav", "/calls/PERSON_NAME_1 PHONE_NUMBER_1.wav"),
    ("/calls/John_Smith.wav", "/calls/PERSON_NAME_1.wav"),
    ("john.smith@example.com.mp3", "EMAIL_ADDRESS_1.mp3"),
    ("/calls/415-555-2671/in.wav", "/calls/PHONE_NUMBER_1/in.wav"),
]
KEPT = [
    "telecom-billing.flac", "/calls/card-replacement.wav", "call-00.wav", "REC0001.wav", "2024-01-01 14-33-22.wav",
    "call-e3b0c44298fc", "/home/anna/May/chat.txt", "agent7_customer.wav", ".hidden", "a.b.c",
]  # fmt: skip


@pytest.mark.parametrize(("path", "shown"), SHOWN)
def test_whom_a_recording_is_of_does_not_show(path: str, shown: str, privacy_filter: PrivacyFilter) -> None:
    assert privacy_filter.redact_path(path) == shown


@pytest.mark.parametrize("path", KEPT)
def test_what_recordings_are_told_apart_by_stays(path: str, privacy_filter: PrivacyFilter) -> None:
    assert privacy_filter.redact_path(path) == path


def test_files_and_errors_do_not_say_whom_a_recording_is_of(tmp_path: Path) -> None:
    sources = [tmp_path / f"{kind} John Smith 415-555-2671.wav" for kind in ("call", "lost")]
    soundfile.write(sources[0], np.zeros(8000), 8000)
    with Engine(load_profile("demo"), out=tmp_path / "out") as engine:
        results = list(engine.process_many(sources))
    assert sorted(result.status for result in results) == ["completed", "failed"]
    written = b"".join(path.name.encode() + path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"Smith" not in written
    assert b"2671" not in written
    assert all("Smith" not in repr(result) for result in results)
    assert (tmp_path / "out" / "call PERSON_NAME_1 PHONE_NUMBER_1.json").is_file()
