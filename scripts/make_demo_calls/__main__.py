"""`python -m scripts.make_demo_calls OUT` writes the three demo calls and their references into OUT.

Needs espeak-ng and flite (`apt-get install espeak-ng flite`), NumPy, soundfile and PyAV. The same versions give the
same bytes on every run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import soundfile

from scripts.make_demo_calls.dialogues import DIALOGUES
from scripts.make_demo_calls.mix import Recording, record, spoken
from scripts.make_demo_calls.reference import reference
from scripts.make_demo_calls.script import Dialogue
from scripts.synthesis import MissingSynthesizerError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.make_demo_calls", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the audio and the references")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    try:
        for dialogue in DIALOGUES:
            print(make(dialogue, out))
    except MissingSynthesizerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(dialogue: Dialogue, out: Path) -> Path:
    """Write one call and its reference; returns the audio's path."""
    timeline = spoken(dialogue)
    recording = record(dialogue, timeline)
    audio = out / f"{dialogue.id}.{'wav' if dialogue.telephone else 'flac'}"
    _write_audio(audio, recording, dialogue.telephone)
    written = json.dumps(reference(dialogue, timeline, recording, audio.name), indent=1) + "\n"
    (out / f"{dialogue.id}.reference.json").write_text(written, encoding="utf-8")
    return audio


def _write_audio(path: Path, recording: Recording, telephone: bool) -> None:
    subtype = "ULAW" if telephone else "PCM_16"
    soundfile.write(path, recording.samples, recording.sample_rate, subtype=subtype)


if __name__ == "__main__":
    sys.exit(main())
