"""Speech from festival, kept running as a process that reads Scheme from a pipe."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import soundfile

from scripts.synthesis.cmu_phones import mnemonic
from scripts.synthesis.speech import MissingSynthesizerError, Speech, SpokenPhone, SpokenWord, Voice, at_16_khz, trimmed

_REPORT = """
(define (report utterance file)
  (utt.save.wave utterance file)
  (mapcar (lambda (phone) (format t "phone %s %f\\n" (item.name phone) (item.feat phone "end")))
          (utt.relation.items utterance 'Segment))
  (mapcar (lambda (word) (format t "word %s %f %f\\n" (item.name word)
            (item.feat word "R:SylStructure.word_start") (item.feat word "R:SylStructure.word_end")))
          (utt.relation.items utterance 'Word))
  (format t "done\\n")
  (fflush nil))
"""
_LIST = """(begin (format t "%l\\n" (voice.list)) (fflush nil))"""


class Festival:
    """One festival process; its voices are named as festival names them ("kal_diphone")."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        except FileNotFoundError as error:
            raise MissingSynthesizerError("festival") from error
        self._folder = tempfile.TemporaryDirectory()
        self._voices = self._installed()
        self._send(_REPORT)

    def speak(self, text: str, voice: Voice) -> Speech:
        """`text` (ASCII) in `voice`; raises ValueError where festival reads other words than are written, and
        MissingSynthesizerError for a voice that it does not have: it would go on with the one before."""
        if voice.name not in self._voices:
            raise MissingSynthesizerError(f"voice {voice.name} of festival")
        quoted = text.replace("\\", "").replace('"', "")
        file = Path(self._folder.name) / "speech.wav"
        self._send(f"(voice_{voice.name}) (Parameter.set 'Duration_Stretch {1 / voice.tempo:.3f})")
        self._send(f'(report (utt.synth (Utterance Text "{quoted}")) "{file}")')
        phones, words = self._reported()
        samples, sample_rate = soundfile.read(file, dtype="int16")
        timed = [SpokenWord(token, start_s, end_s) for token, (start_s, end_s) in zip(text.split(), words, strict=True)]
        return trimmed(at_16_khz(samples, sample_rate), timed, phones)

    def _installed(self) -> list[str]:
        self._send(_LIST)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip("()\n").split()

    def _send(self, scheme: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(scheme + "\n")
        self._process.stdin.flush()

    def _reported(self) -> tuple[list[SpokenPhone], list[tuple[float, float]]]:
        assert self._process.stdout is not None
        phones, words, start_s = list[SpokenPhone](), list[tuple[float, float]](), 0.0
        for line in self._process.stdout:
            match line.split():
                case ["phone", name, end_s]:
                    phones.append(SpokenPhone(mnemonic(name), start_s))
                    start_s = float(end_s)
                case ["word", _, first_s, last_s]:
                    words.append((float(first_s), float(last_s)))
                case ["done"]:
                    return phones, words
        raise ValueError("festival ended while it spoke")
