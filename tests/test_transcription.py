"""Hop 3 for a call: times in call time, one language a call, refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.asr import load_recognizer
from engine.batching import Batcher
from engine.call import Hints
from engine.config import load_profile, replace
from engine.config_types import AsrConfig
from engine.errors import UnknownNameError
from engine.telemetry import Counters
from engine.transcription import Transcriber
from engine.vad import load_detector
from tests.asr.random_whisper import build
from tests.conftest import plain_words


@pytest.fixture(scope="module")
def bundled(bundled_model):
    config = load_profile("demo")
    recognizer = load_recognizer(config.asr, bundled_model)
    batcher = Batcher(recognizer, 60)
    detector = load_detector(config.vad, recognizer.window_s)
    yield Transcriber(batcher, config.asr, recognizer.languages, Counters()), detector
    batcher.close()


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory, bundled_model):
    """Opens transcribers over a random-weight multilingual model of 10 s windows."""
    model = build(tmp_path_factory.mktemp("random") / "m", bundled_model / "tokenizer.json", chunk_length=10)
    batchers = []

    def open_transcriber(**settings: object) -> tuple[Transcriber, float]:
        config = replace(AsrConfig(temperatures=(0.0,), threads=1), settings)
        recognizer = load_recognizer(config, model)
        batchers.append(Batcher(recognizer, 60))
        return Transcriber(batchers[-1], config, recognizer.languages, Counters()), recognizer.window_s

    yield open_transcriber
    for batcher in batchers:
        batcher.close()


def test_words_are_in_call_time_and_on_their_channel(bundled, demo_audio, references):
    transcriber, detector = bundled
    audio, reference = demo_audio["telecom-billing"], references["telecom-billing"]
    segments, language = transcriber.transcribe(audio, detector.detect(audio).windows)
    assert (language.code, language.probability) == ("en", 1.0)
    assert [segment.start_s for segment in segments] == sorted(segment.start_s for segment in segments)
    for speaker in reference["speakers"]:
        heard = [word for segment in segments if segment.channel == speaker["channel"] for word in segment.words]
        spoken = [w for u in reference["utterances"] if u["speaker"] == speaker["id"] for w in u["words"]]
        assert [plain_words(w.text) for w in heard][:3] == [plain_words(w["text"]) for w in spoken][:3]
        assert abs(heard[-1].start_s - spoken[-1]["start_s"]) < 0.5


def test_no_windows_no_language(bundled, demo_audio):
    assert bundled[0].transcribe(demo_audio["telecom-billing"], ()) == ((), None)


def test_a_given_language_is_taken(multilingual, demo_audio):
    transcriber, window_s = multilingual(language="fr")
    audio = demo_audio["card-replacement"]
    windows = load_detector(load_profile("demo").vad, window_s).detect(audio).windows[:3]
    segments, language = transcriber.transcribe(audio, windows)
    assert (language.code, language.probability) == ("fr", 1.0)
    assert {segment.language for segment in segments} <= {"fr"}


def test_an_uncertain_language_falls_back_for_the_whole_call(multilingual, demo_audio):
    """Random weights are never sure: under the threshold the fallback is taken, everywhere, with its probability."""
    transcriber, window_s = multilingual(language="auto", language_threshold=0.99, language_fallback="de")
    audio = demo_audio["card-replacement"]
    windows = load_detector(load_profile("demo").vad, window_s).detect(audio).windows[:4]
    segments, language = transcriber.transcribe(audio, windows)
    assert language.code == "de"
    assert 0.0 <= language.probability < 0.99
    assert {segment.language for segment in segments} <= {"de"}


def test_the_most_probable_language_over_the_threshold_is_taken_once(multilingual, demo_audio):
    transcriber, window_s = multilingual(language="auto", language_threshold=0.0)
    audio = demo_audio["card-replacement"]
    windows = load_detector(load_profile("demo").vad, window_s).detect(audio).windows[:4]
    segments, language = transcriber.transcribe(audio, windows)
    assert language.probability > 1 / 100
    assert len({segment.language for segment in segments}) <= 1


def test_per_window_takes_the_language_of_each_window(multilingual, demo_audio):
    """Over no threshold each window keeps what was detected in it; under an impossible one all take the fallback."""
    audio = demo_audio["delivery-complaint"]
    found = {}
    for threshold in (0.0, 1.1):
        transcriber, window_s = multilingual(
            language="per-window", language_threshold=threshold, language_fallback="de", log_probability_threshold=-99.0
        )
        windows = load_detector(load_profile("demo").vad, window_s).detect(audio).windows
        segments, language = transcriber.transcribe(audio, windows[:6])
        found[threshold] = {segment.language for segment in segments}
        assert language is not None
    assert found[0.0] - {"de"}
    assert found[1.1] == {"de"}


@pytest.mark.parametrize("settings", [{"language": "english"}, {"language_fallback": "xx"}])
def test_an_unknown_language_is_refused_with_the_nearest(multilingual, settings):
    with pytest.raises(UnknownNameError, match="language"):
        multilingual(**settings)


def test_a_language_the_model_does_not_know_is_refused(bundled_model):
    config = replace(load_profile("demo").asr, {"language": "fr"})
    recognizer = load_recognizer(config, bundled_model)
    batcher = Batcher(recognizer, 60)
    with pytest.raises(UnknownNameError, match="'fr'"):
        Transcriber(batcher, config, recognizer.languages, Counters())
    batcher.close()


def test_hints_are_a_calls_own(multilingual, demo_audio):
    """Calls side by side, each with its own language and prompt, hear what each hears alone."""
    transcriber, window_s = multilingual(language="fr", hotwords="nothing", log_probability_threshold=-99.0)
    audio = demo_audio["card-replacement"]
    windows = load_detector(load_profile("demo").vad, window_s).detect(audio).windows[:2]
    asked = [Hints(), Hints("de"), Hints(hotwords="router, invoice"), Hints(hotwords="", initial_prompt="Well,")]
    alone = [transcriber.transcribe(audio, windows, hints) for hints in asked]
    with ThreadPoolExecutor(len(asked)) as pool:
        together = list(pool.map(lambda hints: transcriber.transcribe(audio, windows, hints), asked))
    assert together == alone
    assert [language.code for _, language in alone] == ["fr", "de", "fr", "fr"]
    assert len({tuple(segment.text for segment in segments) for segments, _ in alone}) == len(asked)


def test_a_hinted_language_that_the_model_does_not_know_is_refused(bundled, demo_audio):
    with pytest.raises(UnknownNameError, match="'fr'"):
        bundled[0].transcribe(demo_audio["telecom-billing"], (), Hints(language="fr"))
