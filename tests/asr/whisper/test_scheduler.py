"""The torch backend on real decoding: as ctranslate2 does, whatever stands in the other slots; and its faults."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.asr import load_recognizer
from engine.asr import recognizer as recognizer_module
from engine.asr.ct2 import Ct2Recognizer
from engine.asr.features import FeatureExtractor
from engine.asr.recognizer import WindowTask
from engine.asr.self_test import check_hears
from engine.asr.whisper import scheduler
from engine.asr.whisper.device import place
from engine.asr.whisper.operations import Operations
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.config import load_profile
from engine.config import replace as engine_config
from engine.config_types import AsrConfig
from engine.engine import Engine
from engine.errors import ConfigurationError, InputError, ModelError, TranscriptionError
from engine.types import SAMPLE_RATE
from tests.asr.test_ct2 import run
from tests.conftest import PACKAGE

CALLS = PACKAGE / "bundled" / "calls"
DEMO = replace(load_profile("demo").asr, compute_type="float32")
RANDOM = AsrConfig(compute_type="float32", batch_size=4, temperatures=(0.0,))


@pytest.fixture(scope="module")
def windows(demo_audio, references):
    """Every utterance of the demo calls that fits the bundled model's window, cut by the reference."""
    cut = []
    for name, reference in references.items():
        channels = {speaker["id"]: speaker["channel"] or 0 for speaker in reference["speakers"]}
        for utterance in reference["utterances"]:
            start_s, end_s = max(utterance["start_s"] - 0.2, 0.0), utterance["end_s"] + 0.2
            if end_s - start_s < 7.5:
                cut.append(demo_audio[name].read(channels[utterance["speaker"]], start_s, end_s))
    return cut


@pytest.fixture(scope="module")
def heard(windows, bundled_model):
    """What the torch backend hears in every window, eight at a time, in order."""
    return run(WhisperRecognizer(DEMO, bundled_model), [WindowTask(samples, "en") for samples in windows])


# --- beside ctranslate2 -----------------------------------------------------------------------------------------------


def test_both_backends_hear_the_same(windows, heard, bundled_model):
    recognizer = Ct2Recognizer(DEMO, bundled_model)
    others = run(recognizer, [WindowTask(samples, "en") for samples in windows])
    recognizer.close()
    assert [found.text for found in heard] == [found.text for found in others]
    ours, theirs = ([word for found in all_found for word in found.words] for all_found in (heard, others))
    assert len(ours) == len(theirs)
    near = [
        abs(a.start_s - b.start_s) <= 0.04 and abs(a.end_s - b.end_s) <= 0.04 for a, b in zip(ours, theirs, strict=True)
    ]
    assert sum(near) >= 0.99 * len(near)
    for found, other in zip(heard, others, strict=True):
        assert found.average_log_probability == pytest.approx(other.average_log_probability, abs=2e-3)
        assert found.no_speech_probability == pytest.approx(other.no_speech_probability, abs=1e-4)


def test_both_backends_write_the_same_timestamps(windows, bundled_model):
    config = replace(DEMO, word_times=False)
    tasks = [WindowTask(samples, "en") for samples in windows[:12]]
    ours = run(WhisperRecognizer(config, bundled_model), tasks)
    theirs = run(Ct2Recognizer(config, bundled_model), tasks)
    assert [found.pieces for found in ours] == [found.pieces for found in theirs]
    assert any(found.pieces for found in ours)


def test_a_prompt_is_of_its_window_alone(windows, bundled_model):
    """Prompts of different lengths stand in one batch; both backends read them alike."""
    prompts = ["", "Hello.", "The invoice of Jennifer Davis is about the internet contract.", ""]
    tasks = [WindowTask(samples, "en", prompt) for samples, prompt in zip(windows, prompts, strict=False)]
    ours = run(WhisperRecognizer(DEMO, bundled_model), tasks)
    theirs = run(Ct2Recognizer(DEMO, bundled_model), tasks)
    assert [found.text for found in ours] == [found.text for found in theirs]
    alone = run(WhisperRecognizer(DEMO, bundled_model), [tasks[0], tasks[3]])
    assert [_timed(found) for found in ours[::3]] == [_timed(found) for found in alone]


@torch.inference_mode()
def test_languages_are_found_as_transformers_finds_them(hugging_face):
    from transformers import WhisperForConditionalGeneration

    directory = hugging_face()
    recognizer = WhisperRecognizer(RANDOM, directory)
    draw = np.random.default_rng(1)
    tasks = [WindowTask(draw.standard_normal(n * SAMPLE_RATE).astype(np.float32) * 0.1, None) for n in (1, 4, 9)]
    mels = torch.from_numpy(np.stack([FeatureExtractor(80).log_mel(task.samples, 3000) for task in tasks]))
    theirs = WhisperForConditionalGeneration.from_pretrained(directory).eval()
    ids = recognizer._vocabulary.language_ids
    start = recognizer._vocabulary.tokenizer("en").start_sequence[0]
    logits = theirs(input_features=mels, decoder_input_ids=torch.full((3, 1), start)).logits[:, 0, list(ids.values())]
    assert recognizer.languages == {"en", "fr", "de", "zh"}
    for found, expected in zip(run(recognizer, tasks), logits.softmax(-1).tolist(), strict=True):
        assert found.languages == pytest.approx(dict(zip(ids, expected, strict=True)), abs=1e-4)


# --- whatever the batch -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [1, 3, 16])
def test_the_batch_around_a_window_changes_nothing(windows, heard, bundled_model, slots):
    order = list(range(len(windows)))
    random.Random(slots).shuffle(order)
    recognizer = WhisperRecognizer(replace(DEMO, slots=slots), bundled_model)
    found = run(recognizer, [WindowTask(windows[i], "en") for i in order])
    assert [_timed(f) for f in found] == [_timed(heard[i]) for i in order]


def _timed(found):
    return found.text, [(word.text, word.start_s, word.end_s) for word in found.words]


def test_sampling_does_not_depend_on_the_batch(windows, bundled_model):
    warm = replace(DEMO, temperatures=(0.8,), log_probability_threshold=-9.0)
    tasks = [WindowTask(samples, "en") for samples in windows[:8]]
    together = run(WhisperRecognizer(warm, bundled_model), tasks)
    alone = [run(WhisperRecognizer(replace(warm, slots=1), bundled_model), [task])[0] for task in tasks]
    greedy = run(WhisperRecognizer(DEMO, bundled_model), tasks)
    assert [found.text for found in together] == [found.text for found in alone]
    assert [found.text for found in together] != [found.text for found in greedy]


def test_a_fault_while_decoding_is_tried_once_more_and_then_reported(windows, heard, bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(DEMO, bundled_model)
    written, faults = type(recognizer._runner).written, iter([True])

    def faulty(runner, ended):
        if next(faults, False):
            raise RuntimeError("broken once")
        return written(runner, ended)

    monkeypatch.setattr(type(recognizer._runner), "written", faulty)
    tasks = [WindowTask(samples, "en") for samples in windows[:3]]
    assert [f.text for f in run(recognizer, tasks)] == [f.text for f in heard[:3]]
    faults = iter([True] * 100)
    assert all(isinstance(f.error, TranscriptionError) for f in run(recognizer, tasks))


def test_a_slot_goes_to_the_next_window_while_others_go_on(windows, bundled_model):
    """Short windows pass through one slot while a long one holds the other: the long one ends last."""
    by_length = sorted(windows, key=len)
    recognizer = WhisperRecognizer(replace(DEMO, slots=2), bundled_model)
    tasks = [WindowTask(samples, "en") for samples in (by_length[-1], *by_length[:3])]
    recognizer.submit(tasks)
    ended = []
    while len(ended) < len(tasks):
        ended += [task for task, _ in recognizer.step()]
    assert ended[0] is not tasks[0]
    assert {id(task) for task in ended} == {id(task) for task in tasks}


def test_a_failed_text_is_decoded_again_warmer(windows, bundled_model, monkeypatch):
    """Twice in its slot, encoded once; of texts that all fail, the most probable is taken."""
    strict = replace(DEMO, log_probability_threshold=-0.0001, no_speech_threshold=1.0, temperatures=(0.0, 0.9))
    recognizer = WhisperRecognizer(strict, bundled_model)
    runner, started, begun = type(recognizer._runner), [], []
    start, begin = runner.start, runner.begin
    monkeypatch.setattr(
        runner, "start", lambda self, slot, how: (started.append(how.temperature), start(self, slot, how))
    )
    monkeypatch.setattr(runner, "begin", lambda self, *given: (begun.append(given), begin(self, *given))[1])
    (found,) = run(recognizer, [WindowTask(windows[0], "en")])
    assert started == [0.0, 0.9] and len(begun) == 1
    assert found.text


def test_the_fault_of_one_window_costs_no_other(windows, heard, bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(DEMO, bundled_model)
    log_mels = recognizer._front_end.log_mels

    def faulty(batch, frames):
        if any(task.samples is windows[2] for task in batch):
            raise RuntimeError("broken")
        return log_mels(batch, frames)

    monkeypatch.setattr(recognizer._front_end, "log_mels", faulty)
    found = run(recognizer, [WindowTask(samples, "en") for samples in windows[:5]])
    assert isinstance(found[2].error, TranscriptionError)
    assert [f.text for f in found[:2] + found[3:]] == [f.text for f in heard[:2] + heard[3:5]]


def test_silence_gives_no_text(bundled_model):
    found = run(WhisperRecognizer(DEMO, bundled_model), [WindowTask(np.zeros(3 * SAMPLE_RATE, np.float32), "en")])
    assert found[0].text == "" and found[0].outcome == "silence"


# --- order, cancellation, faults --------------------------------------------------------------------------------------


def test_live_windows_go_before_files(windows, bundled_model):
    recognizer = WhisperRecognizer(replace(DEMO, slots=1), bundled_model)
    files = [WindowTask(samples, "en") for samples in windows[:2]]
    live = [
        WindowTask(samples, "en", deadline_s=deadline)
        for samples, deadline in zip(windows[2:4], (9.0, 3.0), strict=True)
    ]
    recognizer.submit([*files, *live])
    ended = []
    while len(ended) < 4:
        ended += [task for task, _ in recognizer.step()]
    assert [id(task) for task in ended] == [id(task) for task in (live[1], live[0], *files)]


def test_a_cancelled_window_gives_its_slot_back_at_once(windows, bundled_model):
    recognizer = WhisperRecognizer(replace(DEMO, slots=1), bundled_model)
    running, waiting, other = (WindowTask(samples, "en") for samples in windows[:3])
    recognizer.submit([running, waiting, other])
    assert recognizer.step() == []
    running.cancelled.set()
    waiting.cancelled.set()
    first = recognizer.step()
    assert [task is running or task is waiting for task, _ in first] == [True, True]
    assert all(isinstance(found.error, TranscriptionError) for _, found in first)
    rest = []
    while not rest:
        rest = recognizer.step()
    assert rest[0][0] is other and rest[0][1].text


def test_a_bad_window_costs_only_itself(windows, heard, bundled_model):
    recognizer = WhisperRecognizer(DEMO, bundled_model)
    broken = windows[0].copy()
    broken[500] = np.nan
    long = np.zeros(round((recognizer.window_s + 1) * SAMPLE_RATE), np.float32)
    found = run(recognizer, [WindowTask(samples, "en") for samples in (broken, windows[1], long)])
    assert isinstance(found[0].error, InputError) and "no numbers" in str(found[0].error)
    assert isinstance(found[2].error, InputError) and "too long" in str(found[2].error)
    assert found[1].text == heard[1].text


def test_out_of_memory_halves_the_slots_and_loses_nothing(windows, heard, bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(DEMO, bundled_model)
    decode, calls = type(recognizer._runner).decode, iter(range(1000))

    def short_of_memory(runner, slots, longest, warm):
        if next(calls) == 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        decode(runner, slots, longest, warm)

    monkeypatch.setattr(type(recognizer._runner), "decode", short_of_memory)
    found = run(recognizer, [WindowTask(samples, "en") for samples in windows[:10]])
    assert recognizer.slots == DEMO.batch_size // 2
    assert [f.text for f in found] == [f.text for f in heard[:10]]


def test_a_window_that_never_fits_is_reported(windows, bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(replace(DEMO, slots=2), bundled_model)

    def short_of_memory(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(type(recognizer._runner), "decode", short_of_memory)
    found = run(recognizer, [WindowTask(samples, "en") for samples in windows[:2]])
    assert all("does not fit the device's memory" in str(f.error) for f in found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beam_size": 5}, r"asr\.beam_size"),
        ({"device": "cuda:1"}, r"asr\.device.*CUDA_VISIBLE_DEVICES"),
        ({"compute_type": "int8"}, r"asr\.compute_type.*float32"),
        ({"backend": "ctranslate2", "cross_cache": "float8"}, r"asr\.cross_cache.*ctranslate2.*torch"),
        ({"backend": "ctranslate2", "encoder_type": "float8"}, r"asr\.encoder_type.*ctranslate2.*torch"),
        pytest.param(
            {"device": "cuda"},
            r"asr\.device",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
    ],
)
def test_what_is_not_supported_is_refused(bundled_model, change, message):
    with pytest.raises(ConfigurationError, match=f"(?s){message}"):
        load_recognizer(replace(DEMO, **{"backend": "torch", **change}), bundled_model)


def test_a_vocabulary_without_a_special_token_is_named(hugging_face):
    directory = hugging_face(seed=3)
    stated = json.loads((directory / "tokenizer.json").read_text())
    stated["added_tokens"] = [token for token in stated["added_tokens"] if token["content"] != "<|nospeech|>"]
    (directory / "tokenizer.json").write_text(json.dumps(stated))
    with pytest.raises(ModelError, match=r"tokenizer\.json has no token <\|nospeech\|>"):
        WhisperRecognizer(RANDOM, directory)


def test_the_engine_cannot_tell_the_backends_apart(references):
    results = []
    for backend in ("torch", "ctranslate2"):
        asr = {"backend": backend, "compute_type": "float32"}
        config = engine_config(load_profile("demo"), {"asr": asr, "privacy": {"entities": ("none",)}})
        with Engine(config) as engine:
            results.append(engine.process(CALLS / references["telecom-billing"]["audio"]))
    ours, theirs = results
    assert [(u.speaker, u.text) for u in ours.utterances] == [(u.speaker, u.text) for u in theirs.utterances]
    assert ours.models.asr != theirs.models.asr and "torch" in ours.models.asr


def test_a_configuration_for_the_cpu_stays_there_beside_a_card(bundled_model, monkeypatch):
    """The profile "cpu" asks for int8, which torch does not do: it must not be handed to torch where a card is."""
    monkeypatch.setattr(recognizer_module, "torch_has_cuda", lambda: True)
    recognizer = load_recognizer(AsrConfig(device="cpu", compute_type="int8"), bundled_model)
    assert "ctranslate2" in recognizer.name
    recognizer.close()


def test_the_self_test_hears_the_known_clip(bundled_model):
    check_hears(WhisperRecognizer(DEMO, bundled_model))


@pytest.mark.parametrize("computed", [0.0, math.nan], ids=["nothing", "NaN"])
def test_the_self_test_notices_a_device_that_computes(bundled_model, monkeypatch, computed):
    recognizer = WhisperRecognizer(DEMO, bundled_model)
    decoder = type(recognizer._checkpoint.model.decoder)
    logits = decoder.logits
    monkeypatch.setattr(decoder, "logits", lambda self, hidden: torch.full_like(logits(self, hidden), computed))
    with pytest.raises(TranscriptionError, match=r"(?s)does not hear.*driver"):
        check_hears(recognizer)


def test_slots_follow_the_budget(bundled_model):
    recognizer = WhisperRecognizer(replace(DEMO, cache_gib=0.01), bundled_model)
    assert recognizer.slots == int(0.01 * 2**30) // recognizer._bytes_a_slot() > 1
    assert recognizer.capacity == 3 * recognizer.slots


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("compute_type", ["float16", "bfloat16", "float32"])
def test_a_card_hears_the_same_words(windows, heard, bundled_model, compute_type):
    config = replace(DEMO, device="cuda", compute_type=compute_type)
    found = run(WhisperRecognizer(config, bundled_model), [WindowTask(samples, "en") for samples in windows])
    same = sum(ours.text == theirs.text for ours, theirs in zip(found, heard, strict=True))
    assert same >= (1.0 if compute_type == "float32" else 0.9) * len(heard)


@pytest.mark.parametrize(
    ("kept", "named"), [("cross_cache", "float32/float8"), ("encoder_type", "float32, encoder float8")]
)
def test_8_bits_are_heard_alike(windows, heard, bundled_model, kept, named):
    """The same texts but for a few words, and words where they were."""
    narrow = WhisperRecognizer(replace(DEMO, slots=16, **{kept: "float8"}), bundled_model)
    found = run(narrow, [WindowTask(samples, "en") for samples in windows])
    assert named in narrow.name
    assert sum(ours.text == theirs.text for ours, theirs in zip(found, heard, strict=True)) >= 0.9 * len(heard)
    starts = [
        abs(ours.start_s - theirs.start_s)
        for one, other in zip(found, heard, strict=True)
        if one.text == other.text
        for ours, theirs in zip(one.words, other.words, strict=True)
    ]
    assert np.mean(np.array(starts) <= 0.04) >= 0.98


def test_an_encoder_whose_product_does_not_run_keeps_its_type_and_says_so(bundled_model, monkeypatch):
    """As where a card or its torch cannot: `operations` has said why."""
    monkeypatch.setattr(scheduler, "operations", lambda *_: Operations())
    recognizer = WhisperRecognizer(replace(DEMO, encoder_type="float8"), bundled_model)
    assert "float8" not in recognizer.name
    assert recognizer._checkpoint.model.encoder.layers[0].qkv.weight.dtype == torch.float32


def test_a_slot_of_8_bits_takes_less(bundled_model):
    wide, narrow = (WhisperRecognizer(replace(DEMO, cross_cache=kept), bundled_model) for kept in ("auto", "float8"))
    held = [
        sum(kept.nbytes for kept in vars(recognizer._runner._cache).values() if isinstance(kept, torch.Tensor))
        for recognizer in (wide, narrow)
    ]
    for bytes_, recognizer in zip(held, (wide, narrow), strict=True):
        assert bytes_ / recognizer.slots == pytest.approx(recognizer._bytes_a_slot(), rel=0.01)
    assert narrow._bytes_a_slot() < wide._bytes_a_slot()


# --- a device that is ahead of the host -------------------------------------------------------------------------------


@pytest.fixture
def ahead(monkeypatch):
    """As a card works: rounds of three tokens, and the next is launched before the host looks at the last."""
    monkeypatch.setattr(scheduler, "place", lambda config: replace(place(config), steps=3, ahead=1))


@pytest.mark.parametrize("slots", [1, 3, 16])
def test_looking_a_round_late_changes_nothing(windows, heard, bundled_model, slots, ahead):
    """A slot that ended is decoded in vain for a round, then goes to another window, whose text that must not end."""
    order = list(range(len(windows)))
    random.Random(10 + slots).shuffle(order)
    recognizer = WhisperRecognizer(replace(DEMO, slots=slots), bundled_model)
    found = run(recognizer, [WindowTask(windows[i], "en") for i in order])
    assert [_timed(f) for f in found] == [_timed(heard[i]) for i in order]


def test_the_next_round_is_launched_before_the_last_is_looked_at(windows, bundled_model, monkeypatch, ahead):
    recognizer, done = WhisperRecognizer(DEMO, bundled_model), []
    for of, name in ((scheduler.Runner, "decode"), (scheduler.Look, "finished")):
        real = getattr(of, name)
        monkeypatch.setattr(of, name, lambda *given, name=name, real=real: (done.append(name), real(*given))[1])
    run(recognizer, [WindowTask(windows[0], "en")])
    assert len(done) > 5 and done == ["decode", *["decode", "finished"] * (len(done) // 2)]


def test_a_round_late_the_ladder_is_climbed_as_ever(windows, bundled_model, monkeypatch):
    strict = replace(DEMO, log_probability_threshold=-0.05, no_speech_threshold=1.0, temperatures=(0.0, 0.6), slots=2)
    tasks = [WindowTask(samples, "en") for samples in windows[:8]]
    found = []
    for rounds in (0, 1):
        placed = replace(place(strict), ahead=rounds)
        monkeypatch.setattr(scheduler, "place", lambda _, placed=placed: placed)
        found.append(run(WhisperRecognizer(strict, bundled_model), tasks))
    assert [(*_timed(f), f.temperature) for f in found[0]] == [(*_timed(f), f.temperature) for f in found[1]]
    assert {f.temperature for f in found[0]} == {0.0, 0.6}


def test_what_a_cancelled_window_did_last_ends_no_other(windows, heard, bundled_model, ahead):
    """It is cancelled with its last rounds under way, and the next window has its slot before they are looked at."""
    for rounds in range(2, 12, 3):
        recognizer = WhisperRecognizer(replace(DEMO, slots=1), bundled_model)
        first, other = (WindowTask(samples, "en") for samples in windows[:2])
        recognizer.submit([first, other])
        found = [finished for _ in range(rounds) for finished in recognizer.step()]
        first.cancelled.set()
        while len(found) < 2:
            found += recognizer.step()
        assert [result.text for task, result in found if task is other] == [heard[1].text]


# --- a device that encodes beside decoding, and one that is lost ------------------------------------------------------


def test_windows_that_are_being_encoded_hold_up_nobody(windows, heard, bundled_model, monkeypatch):
    """A device that needs three rounds to encode: what decodes goes on meanwhile, and all hear what they should."""
    recognizer = WhisperRecognizer(replace(DEMO, slots=4, batch_size=2), bundled_model)
    encode, begin, events = type(recognizer._runner).encode, type(recognizer._runner).begin, []

    class Event:
        def __init__(self):
            self.asked = 0

        def query(self):
            self.asked += 1
            return self.asked > 3

    def slowly(runner, mels, slots):
        events.append(Event())
        return replace(encode(runner, mels, slots), event=events[-1])

    def begun(runner, encoded, prompts, slots):
        return begin(runner, replace(encoded, event=None), prompts, slots)

    monkeypatch.setattr(type(recognizer._runner), "encode", slowly)
    monkeypatch.setattr(type(recognizer._runner), "begin", begun)
    found = run(recognizer, [WindowTask(samples, "en") for samples in windows[:6]])
    assert [f.text for f in found] == [f.text for f in heard[:6]]
    assert len(events) >= 3 and max(event.asked for event in events) > 1


def test_a_window_cancelled_while_it_is_encoded_costs_no_other(windows, heard, bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(replace(DEMO, slots=2), bundled_model)
    first, other = (WindowTask(samples, "en") for samples in windows[:2])
    encode = type(recognizer._runner).encode

    def cancelling(runner, mels, slots):
        first.cancelled.set()
        return encode(runner, mels, slots)

    monkeypatch.setattr(type(recognizer._runner), "encode", cancelling)
    cancelled, found = run(recognizer, [first, other])
    assert isinstance(cancelled.error, TranscriptionError) and found.text == heard[1].text


def test_a_device_that_is_lost_is_said_to_be(windows, bundled_model, monkeypatch):
    """Nothing on it can be asked any more: the batcher is told, with a remedy."""
    recognizer = WhisperRecognizer(DEMO, bundled_model)

    def lost(*_):
        raise torch.AcceleratorError("CUDA error: the launch timed out and was terminated\nCUDA kernel errors might be")

    monkeypatch.setattr(type(recognizer._runner), "decode", lost)
    recognizer.submit([WindowTask(windows[0], "en")])
    with pytest.raises(TranscriptionError, match=r"(?s)failed in mid-run.*launch timed out.*nvidia-smi"):
        recognizer.step()
