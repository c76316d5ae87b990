"""The recipe of the bundled speech model: generated text, the corpus, windows, the model, and what is exported."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "fr", "es", "de", "it", "pt")
RATE = 16_000


@pytest.fixture(scope="module", autouse=True)
def _scripts_on_the_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_filled(language: str) -> None:
    from scripts.train_speech_model.grammar import Grammar

    grammar = Grammar(language, Random(1))
    for template in grammar._templates:
        assert "{" not in grammar._filled(template)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_written_as_spoken(language: str) -> None:
    from scripts.train_speech_model.grammar import MAX_CHARACTERS, Grammar

    grammar = Grammar(language, Random(2))
    for _ in range(500):
        sentence = grammar.sentence()
        assert not re.search(r"[\d@#&%€$]", sentence)
        assert len(sentence) <= MAX_CHARACTERS


def test_the_same_seed_gives_the_same_sentences() -> None:
    from scripts.train_speech_model.grammar import Grammar

    first, again, other = (Grammar("en", Random(seed)) for seed in (3, 3, 4))
    said = [first.sentence() for _ in range(50)]
    assert said == [again.sentence() for _ in range(50)]
    assert said != [other.sentence() for _ in range(50)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_sentences_are_not_trained_on(language: str) -> None:
    """No five words in a row of a held-out sentence stand in a template, a slot, a written one or a generated one."""
    from scripts.train_speech_model.grammar import TEXT, Grammar, held_out, runs_of_five

    grammar = Grammar(language, Random(6))
    stated = tomllib.loads((TEXT / f"{language}.toml").read_text(encoding="utf-8"))
    trained = [*stated["templates"], *(value for values in stated["slots"].values() for value in values)]
    trained += [" ".join(words) for words in grammar._written] + [grammar.sentence() for _ in range(1500)]
    assert not set().union(*map(runs_of_five, held_out(language))) & set().union(*map(runs_of_five, trained))


def test_a_sentence_that_says_something_held_out_is_not_given() -> None:
    from scripts.train_speech_model.grammar import Grammar, held_out

    grammar, other = Grammar("en", Random(8)), "Nothing of this is held out."
    grammar._written = [sentence.split() for sentence in (held_out("en")[0], other)]
    said = {grammar.sentence() for _ in range(300)}
    assert other in said and held_out("en")[0] not in said


def test_crossed_sentences_are_made_of_two_written_ones() -> None:
    from scripts.train_speech_model.grammar import Grammar

    grammar = Grammar("en", Random(7))
    written = {" ".join(words) for words in grammar._written}
    said = [grammar._written_sentence() for _ in range(400)]
    crossed = [sentence for sentence in said if sentence not in written]
    assert 0.3 < len(crossed) / len(said) < 0.5
    for words in map(str.split, crossed):
        joints = [(" ".join(words[: place + 1]), " ".join(words[place:])) for place in range(1, len(words) - 1)]
        assert any(
            any(one.startswith(start) for one in written) and any(one.endswith(end) for one in written)
            for start, end in joints
        )


def test_italian_text_does_not_hang_on_the_order_of_a_set() -> None:
    command = [sys.executable, "-m", "scripts.train_speech_model", "text", "--language", "it", "--sentences", "200"]
    said = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": order}, check=True, capture_output=True).stdout
        for order in "12"
    ]
    assert said[0] == said[1]


# --- corpus -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scripts.train_speech_model.corpus import synthesize

    folder = tmp_path_factory.mktemp("speech") / "corpus"
    list(synthesize(folder, hours=0.06, seed=5, processes=2, shard_hours=0.03))
    return folder


@pytest.fixture(scope="module")
def corpus(corpus_folder: Path) -> Any:
    from scripts.train_speech_model.corpus import Corpus

    return Corpus(corpus_folder)


def test_every_language_is_spoken(corpus: Any) -> None:
    assert set(corpus.by_language) == set(LANGUAGES)


def test_words_and_phones_lie_within_the_speech(corpus: Any) -> None:
    for samples, utterance in (item for said in corpus.by_language.values() for item in said):
        duration_s = utterance.samples / RATE
        assert utterance.first_sample + utterance.samples <= len(samples)
        assert len(utterance.word_times) == len(utterance.text.split())
        starts = [start_s for start_s, _ in utterance.word_times]
        assert starts == sorted(starts)
        assert all(-0.01 <= start_s <= end_s <= duration_s + 0.05 for start_s, end_s in utterance.word_times)
        assert all(start_s <= duration_s for _, start_s in utterance.phones)


def test_finished_shards_are_kept(corpus_folder: Path) -> None:
    from scripts.train_speech_model.corpus import synthesize

    before = {path: path.stat().st_mtime_ns for path in corpus_folder.iterdir()}
    assert list(synthesize(corpus_folder, hours=0.06, seed=5, processes=1, shard_hours=0.03)) == []
    assert {path: path.stat().st_mtime_ns for path in corpus_folder.iterdir()} == before


def test_the_same_seed_makes_the_same_shards(corpus_folder: Path, tmp_path: Path) -> None:
    from scripts.train_speech_model.corpus import synthesize

    list(synthesize(tmp_path, hours=0.06, seed=5, processes=1, shard_hours=0.03))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in corpus_folder.iterdir()
    }


def test_half_a_shard_is_not_read(corpus_folder: Path) -> None:
    from scripts.train_speech_model.corpus import Corpus

    torn = corpus_folder / "0009-0000.part.jsonl"
    torn.write_text('{"text": "torn')
    try:
        Corpus(corpus_folder)
    finally:
        torn.unlink()


# --- vocabulary -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vocabulary() -> Any:
    from scripts.train_speech_model.vocabulary import Vocabulary, train_tokenizer

    return Vocabulary(train_tokenizer(seed=1))


def test_special_tokens_stand_in_whispers_order(vocabulary: Any) -> None:
    from faster_whisper.tokenizer import Tokenizer

    whisper = Tokenizer(vocabulary.tokenizer, True, task="transcribe", language="fr")
    order = ("endoftext", "startoftranscript", "en", "su", "translate", "transcribe", "startoflm", "startofprev")
    ids = [vocabulary.id(name) for name in (*order, "nospeech", "notimestamps", "0.00")]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2, ids[0] + 100, *range(ids[0] + 101, ids[0] + 108)]
    assert whisper.sot_sequence == [vocabulary.id(name) for name in ("startoftranscript", "fr", "transcribe")]
    assert whisper.timestamp_begin == vocabulary.id("0.00")
    assert vocabulary.size == vocabulary.id("30.00") + 1


def test_the_bare_space_is_not_suppressed(vocabulary: Any) -> None:
    from faster_whisper.tokenizer import Tokenizer

    suppressed = Tokenizer(vocabulary.tokenizer, True, task="transcribe", language="en").non_speech_tokens
    assert vocabulary.tokenizer.token_to_id("Ġ") not in suppressed


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_comes_back_from_its_tokens(vocabulary: Any, language: str) -> None:
    from scripts.train_speech_model.grammar import held_out

    for sentence in held_out(language):
        assert vocabulary.text(vocabulary.tokenizer.encode(" " + sentence).ids) == sentence


# --- windows ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batches(corpus: Any, vocabulary: Any) -> list[Any]:
    from scripts.train_speech_model.windows import Composer

    composer = Composer(corpus, vocabulary, ["", "n", "t", "s", "a"], Random(6))
    made = composer.batches({3: 1.0, 8: 1.0, 15: 1.0}, 45.0)
    return [next(made) for _ in range(60)]


def test_labels_are_the_tokens_one_on(batches: list[Any], vocabulary: Any) -> None:
    start, silent = vocabulary.id("startoftranscript"), vocabulary.id("nospeech")
    for batch in batches:
        for tokens, labels in zip(batch.tokens.tolist(), batch.labels.tolist(), strict=True):
            first = tokens.index(start)
            assert labels[:first] == [-100] * first
            spoken = labels[first : labels.index(vocabulary.id("endoftext"), first) + 1]
            given = tokens[first + 1 : first + len(spoken)]
            assert (given[1:] if spoken[0] == silent else given) == spoken[1 if spoken[0] == silent else 0 : -1]


def test_timestamps_rise_within_a_window(batches: list[Any], vocabulary: Any) -> None:
    zero = vocabulary.first_timestamp
    stamped = 0
    for batch in batches:
        for labels in batch.labels.tolist():
            times = [label - zero for label in labels if label >= zero]
            assert times == sorted(times)
            assert all(time * 0.02 <= batch.audio.shape[1] / RATE + 0.02 for time in times)
            stamped += bool(times)
    assert stamped > len(batches)


def test_spans_rise_and_lie_in_the_window(batches: list[Any]) -> None:
    for batch in batches:
        frames = batch.phones.shape[1]
        for spans in batch.spans.tolist():
            begins = [begin for begin, _ in spans if begin >= 0]
            assert begins == sorted(begins)
            assert all(begin < end and begin <= frames for begin, end in spans if begin >= 0)


def test_speech_is_where_the_spans_are(batches: list[Any]) -> None:
    """Loud inside the spans of words, silent before the first one."""
    for batch in batches[:20]:
        for audio, spans in zip(batch.audio.numpy(), batch.spans.tolist(), strict=True):
            known = [(begin, end) for begin, end in spans if begin >= 0]
            if known:
                first = max(known[0][0], 0) * 320
                assert np.abs(audio[:first]).max(initial=0) == 0
                assert np.abs(audio[first : known[-1][1] * 320]).max() > 300


def test_some_windows_hold_no_speech(batches: list[Any], vocabulary: Any) -> None:
    silent = sum((batch.labels == vocabulary.id("nospeech")).any(dim=1).sum().item() for batch in batches)
    windows = sum(len(batch.labels) for batch in batches)
    assert 0.005 < silent / windows < 0.08


# --- augmentation and features ----------------------------------------------------------------------------------------


def test_augmentation_keeps_shape_and_range() -> None:
    import torch

    from scripts.train_speech_model.augmentation import augmented

    audio = torch.zeros(24, 3 * RATE)
    audio[:20] = torch.sin(torch.arange(3 * RATE) / 20) * torch.linspace(0.01, 1, 20)[:, None]
    before = audio.clone()
    changed = augmented(audio, 1.0, torch.Generator().manual_seed(1))
    assert changed.shape == audio.shape and changed.isfinite().all() and changed.abs().max() < 1.05
    assert torch.equal(audio, before)
    again = augmented(audio, 1.0, torch.Generator().manual_seed(1))
    assert torch.equal(changed, again)


def test_log_mel_is_the_engines() -> None:
    import torch

    from engine.asr.features import FeatureExtractor
    from scripts.train_speech_model.features import LogMel

    audio = (np.random.default_rng(7).standard_normal(5 * RATE) * 0.1).astype(np.float32)
    ours = LogMel("cpu")(torch.from_numpy(audio)[None])[0].numpy()
    np.testing.assert_allclose(ours, FeatureExtractor(80).log_mel(audio, 500), atol=1e-4)


def test_a_voice_that_is_not_installed_is_told_and_no_other_speaks_for_it() -> None:
    from scripts.synthesis import MissingSynthesizerError, Voice, speak

    with pytest.raises(MissingSynthesizerError, match="voice nobody_diphone of festival is missing"):
        speak("Hello there.", Voice("festival", "nobody_diphone"))
    assert speak("Hello there.", Voice("festival", "ked_diphone")).words[-1].text == "there."


def test_products_are_of_half_width_under_autocast_and_nearly_the_same() -> None:
    import torch

    from scripts.train_speech_model.model import Size, SpeechModel

    torch.manual_seed(0)
    model = SpeechModel(Size(48, 2, 1, 2), vocabulary=50, phones=7).eval()
    mels, tokens = torch.randn(2, 80, 200), torch.randint(50, (2, 9))
    full = model(mels, tokens)
    with torch.autocast("cpu", torch.bfloat16):
        half = model(mels, tokens)
        assert model.encoder(mels).dtype == torch.bfloat16
    assert half.logits.dtype == torch.bfloat16 and full.logits.dtype == torch.float32
    assert (half.logits - full.logits).abs().max() < 0.05 * full.logits.abs().max()
    assert all(probabilities.dtype == torch.float32 for probabilities in half.attention)


# --- training and export ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(corpus_folder: Path) -> Path:
    """Half a minute's worth of a tiny model, in two runs: the second takes up the first one's checkpoint, in two
    processes."""
    from scripts.train_speech_model import train as recipe
    from scripts.train_speech_model.model import Size

    folder = corpus_folder.parent
    for minutes, processes in ((0.1, 1), (0.2, 2)):
        stated = recipe.Training(folder, minutes, Size(48, 2, 1, 2), batch_s=12.0, workers=0, sentences=1)
        recipe.train(replace(stated, processes=processes))
    return folder


@pytest.mark.parametrize(("processes", "gpu"), [(0, False), (2, True)])
def test_processes_that_cannot_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, gpu: bool
) -> None:
    from scripts.train_speech_model import train as recipe
    from scripts.train_speech_model.model import Size

    monkeypatch.setattr(recipe.torch.cuda, "is_available", lambda: gpu)
    with pytest.raises(ValueError, match=f"{processes} processes: expected 1, or more on a machine without a GPU"):
        recipe.train(recipe.Training(tmp_path, 1.0, Size(), processes=processes))
    assert not any(tmp_path.iterdir())


def test_processes_end_with_the_command_that_started_them(corpus_folder: Path, tmp_path: Path) -> None:
    """Also where it ran in the background of a script, whose children ignore SIGINT."""
    (tmp_path / "corpus").symlink_to(corpus_folder)
    sizes = "--width 48 --heads 2 --encoder-layers 1 --decoder-layers 2 --batch-s 12 --workers 0 --processes 2"
    command = [sys.executable, "-m", "scripts.train_speech_model", "--folder", str(tmp_path), "train", *sizes.split()]
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        stderr=subprocess.DEVNULL,
    )
    try:
        assert _comes_true(lambda: any(tmp_path.glob("*/meeting")), within_s=120)
        started.kill()
        started.wait()
        assert _comes_true(lambda: not _alive(started.pid), within_s=60), "a process trains on"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def _alive(group: int) -> list[str]:
    """The processes of a group that have not ended."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            state, _, of, *_ = path.read_text().rpartition(")")[2].split()
            if int(of) == group and state != "Z":
                alive.append(path.parent.name)
    return alive


def _comes_true(condition: Callable[[], bool], within_s: float) -> bool:
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def test_training_goes_on_from_its_checkpoint(trained: Path) -> None:
    import torch

    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    ends = [line for line in log if "word_error_rates" in line]
    assert len(ends) == 2 and ends[0]["steps"] < ends[1]["steps"]
    assert torch.load(trained / "checkpoint.pt", weights_only=True)["clock"][1] == ends[1]["steps"]
    assert not (trained / "checkpoint.part").exists()


def test_the_export_keeps_whispers_contract(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import ctranslate2
    from faster_whisper import WhisperModel

    from scripts.train_speech_model.export import export

    export(trained, tmp_path)
    generation = json.loads((tmp_path / "huggingface" / "generation_config.json").read_text())
    assert generation["alignment_heads"] == [[0, 0], [1, 0]]
    assert set(generation["lang_to_id"]) == {f"<|{language}|>" for language in LANGUAGES}
    model = ctranslate2.models.Whisper(str(tmp_path / "ctranslate2"))
    assert model.is_multilingual
    audio = np.zeros(RATE, np.float32)
    segments, info = WhisperModel(str(tmp_path / "ctranslate2"), device="cpu").transcribe(audio, language="de")
    list(segments)
    assert info.language == "de"


def test_a_bundled_model_is_whole_and_says_what_it_is(trained: Path, tmp_path: Path) -> None:
    from engine.models import verify
    from scripts.train_speech_model.export import bundle

    target = tmp_path / "whisper-nano"
    target.mkdir()
    (target / "left-over.bin").touch()
    bundle(trained, target)
    assert verify(target) == []
    names = "MODEL_CARD.md config.json manifest.json model.bin preprocessor_config.json tokenizer.json vocabulary.json"
    assert sorted(file.name for file in target.iterdir()) == names.split()
    card = (target / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "synthetic speech only" in card and "width 48, 2 heads, 1 encoder and 2 decoder layers" in card
    assert list(tmp_path.iterdir()) == [target]


def test_the_exported_model_is_the_trained_one(trained: Path, tmp_path: Path) -> None:
    """transformers' Whisper over the exported weights gives the logits of the model that was trained."""
    import torch
    from transformers import WhisperForConditionalGeneration

    from scripts.train_speech_model.export import export
    from scripts.train_speech_model.model import Size, SpeechModel

    export(trained, tmp_path)
    checkpoint = torch.load(trained / "checkpoint.pt", weights_only=True)
    exported = WhisperForConditionalGeneration.from_pretrained(tmp_path / "huggingface").eval()
    vocabulary = exported.config.vocab_size
    model = SpeechModel(Size(**checkpoint["size"]), vocabulary, len(checkpoint["phones"])).eval()
    model.load_state_dict(checkpoint["average"])
    mels = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(1))
    tokens = torch.tensor([[vocabulary - 1600, 5, 6, 7]])
    with torch.inference_mode():
        ours = model(mels, tokens).logits
        theirs = exported(input_features=mels, decoder_input_ids=tokens).logits
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_a_training_starts_from_another_model(trained: Path, tmp_path: Path) -> None:
    """With one more layer, silent at first, and the tokens in another order, it says what the other model says."""
    import torch
    from tokenizers import Tokenizer

    from scripts.train_speech_model.export import export
    from scripts.train_speech_model.model import Size, SpeechModel
    from scripts.train_speech_model.start import start_from
    from scripts.train_speech_model.train import load_checkpoint

    export(trained, tmp_path)
    model, vocabulary, _ = load_checkpoint(trained)
    stated = json.loads(vocabulary.tokenizer.to_str())
    swapped = {"a": stated["model"]["vocab"]["b"], "b": stated["model"]["vocab"]["a"]}
    stated["model"]["vocab"] |= swapped
    other = SpeechModel(Size(48, 2, 1, 3), vocabulary.size, 7).eval()
    start_from(other, tmp_path / "huggingface", Tokenizer.from_str(json.dumps(stated)))
    mels = torch.randn(1, 80, 400, generator=torch.Generator().manual_seed(1))
    a, b = swapped["b"], swapped["a"]
    with torch.inference_mode():
        theirs = model(mels, torch.tensor([[a, b, 5]])).logits.clone()
        theirs[..., [a, b]] = theirs[..., [b, a]]
        ours = other(mels, torch.tensor([[b, a, 5]])).logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    with pytest.raises(SystemExit, match="48 wide; expected 32 or less"):
        start_from(SpeechModel(Size(32, 2, 1, 2), vocabulary.size, 7), tmp_path / "huggingface", vocabulary.tokenizer)


def test_a_training_starts_from_what_is_bundled(trained: Path, tmp_path: Path) -> None:
    """The CTranslate2 form holds the same weights as bytes: nearly the same is said."""
    import torch

    from scripts.train_speech_model.export import export
    from scripts.train_speech_model.model import Size, SpeechModel
    from scripts.train_speech_model.start import start_from
    from scripts.train_speech_model.train import load_checkpoint

    export(trained, tmp_path)
    model, vocabulary, _ = load_checkpoint(trained)
    other = SpeechModel(Size(48, 2, 1, 2), vocabulary.size, 7).eval()
    start_from(other, tmp_path / "ctranslate2", vocabulary.tokenizer)
    mels, tokens = torch.randn(1, 80, 400, generator=torch.Generator().manual_seed(1)), torch.tensor([[40, 50, 60]])
    with torch.inference_mode():
        ours, theirs = other(mels, tokens).logits, model(mels, tokens).logits
    assert (ours - theirs).abs().max() < 0.1 * theirs.std()


def test_a_wider_model_says_what_the_narrower_one_says(trained: Path, tmp_path: Path) -> None:
    """Nearly, since the layer norms count the zeros in; and what is new learns from the first step."""
    import torch
    from transformers import WhisperForConditionalGeneration

    from scripts.train_speech_model.export import export
    from scripts.train_speech_model.model import Size, SpeechModel
    from scripts.train_speech_model.start import start_from
    from scripts.train_speech_model.train import load_checkpoint

    export(trained, tmp_path)
    _, vocabulary, _ = load_checkpoint(trained)
    narrow = WhisperForConditionalGeneration.from_pretrained(tmp_path / "huggingface").eval()
    wide = SpeechModel(Size(64, 2, 1, 2), vocabulary.size, 7).eval()
    start_from(wide, tmp_path / "huggingface", vocabulary.tokenizer)
    mels, tokens = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(1)), torch.tensor([[40, 50, 60]])
    with torch.inference_mode():
        ours = wide(mels, tokens).logits
        theirs = narrow(input_features=mels, decoder_input_ids=tokens).logits
    assert torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1] > 0.95
    wide(mels, tokens).logits.square().mean().backward()
    assert wide.encoder.conv2.weight.grad[48:].abs().sum() > 0
    assert wide.decoder.layers[0].fc2.weight.grad[48:].abs().sum() > 0


def test_the_checkpoint_is_evaluated(trained: Path) -> None:
    command = [sys.executable, "-m", "scripts.train_speech_model", "--folder", str(trained)]
    done = subprocess.run(
        [*command, "evaluate", "--sentences", "1"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    rates = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines())
    assert {"en espeak", "fr free", "pt generated"} <= rates.keys()
    assert all(float(rate) > 0.3 for rate in rates.values())  # it was trained for seconds
