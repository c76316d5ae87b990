"""The reference of a demo call: who said what and when, which of it is personal data, and the checklist's answers."""

from __future__ import annotations

from scripts.make_demo_calls.mix import Recording, SpokenLine
from scripts.make_demo_calls.script import DemoSpeaker, Dialogue, PersonalData


def reference(
    dialogue: Dialogue, timeline: tuple[SpokenLine, ...], recording: Recording, audio: str
) -> dict[str, object]:
    """Ready for JSON; `audio` is the file's name. Times are seconds of the call."""
    return {
        "id": dialogue.id,
        "title": dialogue.title,
        "audio": audio,
        "language": "en",
        "duration_s": _seconds(recording.duration_s),
        "speakers": [_speaker(speaker) for speaker in dialogue.speakers],
        "utterances": [_utterance(dialogue, spoken_line) for spoken_line in timeline],
        "checklists": {name: dict(answers) for name, answers in dialogue.answers.items()},
    }


def _speaker(speaker: DemoSpeaker) -> dict[str, object]:
    voice = f"{speaker.voice.synthesizer} {speaker.voice.name}"
    return {"id": speaker.id, "role": speaker.role, "channel": speaker.channel, "voice": voice}


def _utterance(dialogue: Dialogue, spoken_line: SpokenLine) -> dict[str, object]:
    line = spoken_line.line
    return {
        "speaker": dialogue.speaker(line.role).id,
        "role": line.role,
        "start_s": _seconds(spoken_line.start_s),
        "end_s": _seconds(spoken_line.end_s),
        "text": line.text,
        "words": [
            {"text": word.text, "start_s": _seconds(word.start_s), "end_s": _seconds(word.end_s)}
            for word in spoken_line.words
        ],
        "personal_data": [_personal_data(spoken_line, found) for found in line.personal_data],
    }


def _personal_data(spoken_line: SpokenLine, found: PersonalData) -> dict[str, object]:
    text = spoken_line.line.text
    first = text[: found.start_char].count(" ")
    last = text[: found.end_char].count(" ")
    return {
        "entity": found.entity,
        "start_char": found.start_char,
        "end_char": found.end_char,
        "text": text[found.start_char : found.end_char],
        "start_s": _seconds(spoken_line.words[first].start_s),
        "end_s": _seconds(spoken_line.words[last].end_s),
    }


def _seconds(value: float) -> float:
    return round(value, 3)
