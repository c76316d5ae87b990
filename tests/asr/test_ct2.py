"""The ctranslate2 backend on real decoding: words, times, batch invariance, languages, faults."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import jiwer
import numpy as np
import pytest
from tokenizers import Tokenizer

from engine.asr.ct2 import Ct2Recognizer
from engine.asr.recognizer import Recognition, WindowTask
from engine.config import load_profile
from engine.config_types import AsrConfig
from engine.errors import ConfigurationError, ModelError, TranscriptionError
from engine.types import SAMPLE_RATE
from tests.asr.random_whisper import build
from tests.conftest import plain_words

DEMO = load_profile("demo").asr


def run(recognizer: Ct2Recognizer, tasks: list[WindowTask]) -> list[Recognition]:
    """Drive the three verbs as the batcher does; answers in the order of the tasks."""
    waiting, answers = list(tasks), {}
    while len(answers) < len(tasks):
        room = recognizer.capacity
        recognizer.submit(waiting[:room])
        del waiting[:room]
        answers.update({id(task): recognition for task, recognition in recognizer.step()})
    return [answers[id(task)] for task in tasks]


@pytest.fixture(scope="module")
def recognizer(bundled_model):
    recognizer = Ct2Recognizer(DEMO, bundled_model)
    yield recognizer
    recognizer.close()


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory, bundled_model):
    directory = tmp_path_factory.mktemp("models") / "random"
    return build(directory, bundled_model / "tokenizer.json", chunk_length=10, mels=128)


@pytest.fixture(scope="module")
def utterances(demo_audio, references):
    """(samples, text, words) of every utterance of the telecom call, cut by the reference."""
    audio, reference = demo_audio["telecom-billing"], references["telecom-billing"]
    channels = {speaker["id"]: speaker["channel"] for speaker in reference["speakers"]}
    return [
        (audio.read(channels[u["speaker"]], u["start_s"] - 0.2, u["end_s"] + 0.2), u["text"], u)
        for u in reference["utterances"]
    ]


def test_hears_the_demo_call(recognizer, utterances):
    heard = run(recognizer, [WindowTask(samples, "en") for samples, _, _ in utterances])
    error = jiwer.wer(
        [" ".join(plain_words(text)) for _, text, _ in utterances],
        [" ".join(plain_words(found.text)) for found in heard],
    )
    assert error <= 0.05


def test_word_times_follow_the_synthesis(recognizer, utterances):
    heard = run(recognizer, [WindowTask(samples, "en") for samples, _, _ in utterances])
    offsets_s = []
    for found, (samples, _, utterance) in zip(heard, utterances, strict=True):
        starts = [word.start_s for word in found.words]
        assert starts == sorted(starts)
        assert all(word.start_s <= word.end_s <= len(samples) / SAMPLE_RATE for word in found.words)
        if [*map(plain_words, (w.text for w in found.words))] == [plain_words(w["text"]) for w in utterance["words"]]:
            begin_s = utterance["start_s"] - 0.2
            pairs = zip(found.words, utterance["words"], strict=True)
            offsets_s += [abs(word.start_s + begin_s - expected["start_s"]) for word, expected in pairs]
    assert len(offsets_s) > 80
    assert np.median(offsets_s) <= 0.12


def test_the_batch_around_a_window_does_not_change_it(bundled_model, utterances):
    tasks = [WindowTask(samples, "en") for samples, _, _ in utterances]
    single = Ct2Recognizer(AsrConfig(batch_size=1, threads=1, window_buckets_s=DEMO.window_buckets_s), bundled_model)
    crowd = Ct2Recognizer(AsrConfig(batch_size=7, threads=2, window_buckets_s=DEMO.window_buckets_s), bundled_model)
    shuffled = random.Random(3).sample(tasks, len(tasks))
    expected = {id(task): found for task, found in zip(tasks, run(single, tasks), strict=True)}
    found = {id(task): found for task, found in zip(shuffled, run(crowd, shuffled), strict=True)}
    for task in tasks:
        assert found[id(task)].text == expected[id(task)].text
        timed = [[(word.text, word.start_s) for word in heard[id(task)].words] for heard in (found, expected)]
        assert timed[0] == timed[1]
    single.close()
    crowd.close()


@pytest.mark.parametrize("seconds", [0.4, 2.0, 6.0])
def test_silence_has_no_text(recognizer, seconds):
    (found,) = run(recognizer, [WindowTask(np.zeros(round(seconds * SAMPLE_RATE), np.float32), "en")])
    assert found.text == "" or found.no_speech_probability > 0.6


def test_more_windows_than_capacity_are_all_answered(recognizer, utterances):
    samples = utterances[0][0]
    tasks = [WindowTask(samples, "en") for _ in range(recognizer.capacity + 5)]
    texts = {found.text for found in run(recognizer, tasks)}
    assert len(texts) == 1


def test_timestamps_instead_of_word_times(bundled_model, utterances):
    recognizer = Ct2Recognizer(
        AsrConfig(word_times=False, window_buckets_s=DEMO.window_buckets_s, threads=1), bundled_model
    )
    (found,) = run(recognizer, [WindowTask(utterances[0][0], "en")])
    assert found.words == ()
    assert " ".join(text for _, _, text in found.pieces) == found.text != ""
    assert all(0 <= start_s <= end_s for start_s, end_s, _ in found.pieces)
    recognizer.close()


def test_an_impossible_gate_climbs_the_whole_ladder_and_ends(bundled_model, utterances):
    config = AsrConfig(
        log_probability_threshold=0.0,
        no_speech_threshold=1.1,
        temperatures=(0.0, 0.2, 0.4),
        window_buckets_s=DEMO.window_buckets_s,
        threads=1,
    )
    recognizer = Ct2Recognizer(config, bundled_model)
    heard = run(recognizer, [WindowTask(samples, "en") for samples, _, _ in utterances[:4]])
    assert all(found.text for found in heard)
    recognizer.close()


def test_a_window_that_fails_alone_costs_no_other(recognizer, utterances):
    good = WindowTask(utterances[0][0], "en")
    bad = WindowTask(np.array(["not", "samples"] * 40_000), "en")  # type: ignore[arg-type]
    found_good, found_bad = run(recognizer, [good, bad])
    assert found_good.text
    assert isinstance(found_bad.error, TranscriptionError)


def test_the_small_vocabulary_model_knows_only_english(recognizer):
    assert recognizer.languages == {"en"}
    assert recognizer.window_s == 8.0


def test_a_multilingual_model_with_its_own_window_and_mel_bins(multilingual):
    recognizer = Ct2Recognizer(AsrConfig(temperatures=(0.0,), threads=1), multilingual)
    assert recognizer.window_s == 10.0
    assert {"en", "fr", "de", "zh"} <= recognizer.languages
    noise = np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE).astype(np.float32) * 0.1
    asked, french, german = run(recognizer, [WindowTask(noise, code) for code in (None, "fr", "de")])
    assert asked.languages is not None
    assert sum(asked.languages.values()) == pytest.approx(1.0, abs=1e-3)
    assert set(asked.languages) == recognizer.languages
    assert (french.language, german.language) == ("fr", "de")
    recognizer.close()


def test_only_languages_that_the_model_was_trained_for(tmp_path, bundled_model):
    model = build(tmp_path / "m", bundled_model / "tokenizer.json", chunk_length=5)
    ids = Tokenizer.from_file(str(model / "tokenizer.json"))
    config = json.loads((model / "config.json").read_text())
    trained = {"lang_ids": [ids.token_to_id("<|en|>"), ids.token_to_id("<|fr|>")]}
    (model / "config.json").write_text(json.dumps(config | trained))
    recognizer = Ct2Recognizer(AsrConfig(), model)
    assert recognizer.languages == {"en", "fr"}
    (answer,) = run(recognizer, [WindowTask(np.zeros(32_000, np.float32), None)])
    assert set(answer.languages) == {"en", "fr"}
    recognizer.close()


def test_buckets_longer_than_the_model_are_refused(bundled_model):
    with pytest.raises(ConfigurationError, match="window_buckets_s"):
        Ct2Recognizer(AsrConfig(window_buckets_s=(31.0,)), bundled_model)


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named(bundled_model, tmp_path, name):
    model = shutil.copytree(bundled_model, tmp_path / "model")
    (model / name).unlink()
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        Ct2Recognizer(DEMO, model)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_corrupt_file_is_a_model_error(bundled_model, tmp_path, name):
    model = Path(shutil.copytree(bundled_model, tmp_path / "model"))
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError):
        Ct2Recognizer(DEMO, model)


def test_cuda_without_a_device_is_refused(bundled_model):
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(ConfigurationError, match="cuda"):
        Ct2Recognizer(AsrConfig(device="cuda"), bundled_model)


# --- order and cancellation -------------------------------------------------------------------------------------------


def test_live_windows_go_before_files(bundled_model, utterances):
    recognizer = Ct2Recognizer(replace(DEMO, batch_size=1, threads=1), bundled_model)
    files = [WindowTask(samples, "en") for samples, _, _ in utterances[:2]]
    live = [WindowTask(utterances[2][0], "en", deadline_s=9.0), WindowTask(utterances[3][0], "en", deadline_s=3.0)]
    recognizer.submit([*files, *live])
    ended = []
    while len(ended) < 4:
        ended += [task for task, _ in recognizer.step()]
    recognizer.close()
    assert ended[0] is live[1] and ended[1] is live[0]


def test_cancelled_windows_leave_the_queue(bundled_model, utterances):
    recognizer = Ct2Recognizer(DEMO, bundled_model)
    gone, kept = (WindowTask(samples, "en") for samples, _, _ in utterances[:2])
    gone.cancelled.set()
    found = run(recognizer, [gone, kept])
    recognizer.close()
    assert isinstance(found[0].error, TranscriptionError) and "cancelled" in str(found[0].error)
    assert found[1].text
