"""The pyannote backend on a real pipeline with random weights: how it is loaded and asked, not how well it hears."""

from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.config_types import DiarizationConfig
from engine.diarization import load_diarizer
from engine.diarization.counts import SpeakerCounts
from engine.diarization.pyannote import load_pyannote
from engine.errors import ConfigurationError, DiarizationError, ModelError
from engine.types import SpeechRegion
from tests.conftest import audio_of
from tests.diarization.conftest import HIGH, LOW, dialogue

# Random weights make empty segments, of which pyannote takes a mean.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Mean of empty slice", "ignore:invalid value", "ignore:(?s).*detected number of speakers"
)


TWO = SpeakerCounts(1, 2)


def config(model: Path | str, **changes: Any) -> DiarizationConfig:
    return DiarizationConfig(backend="pyannote", model=str(model), device="cpu", **changes)


@pytest.fixture(scope="module")
def call():
    return dialogue((LOW, HIGH), (1.0, 0.9), seed=1)


# --- turns ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["modern", "legacy"])
def test_turns_of_a_call(style, call, request):
    diarizer = load_diarizer(config(request.getfixturevalue(style), speakers=2))
    turns = diarizer.diarize(call.audio, call.regions)
    assert turns
    assert turns[0].speaker == "S1"
    assert {turn.speaker for turn in turns} <= {"S1", "S2"}
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(turns))
    assert turns[0].start_s >= 0.0
    assert turns[-1].end_s <= call.audio.duration_s
    assert {turn.channel for turn in turns} == {None}


def test_the_name_says_which_pipeline(legacy):
    assert load_diarizer(config(legacy)).name == "pyannote speaker-diarization-3.1 (mono), channels (stereo)"


def test_at_most_max_speakers(legacy, call):
    one = load_diarizer(config(legacy, max_speakers=1)).diarize(call.audio, call.regions)
    assert {turn.speaker for turn in one} == {"S1"}


def test_the_channel_with_speech_is_the_one_that_is_heard(legacy, call):
    samples = call.audio.read(0, 0.0, call.audio.duration_s)
    diarizer = load_diarizer(config(legacy, speakers=1))
    regions = [SpeechRegion(1, region.start_s, region.end_s) for region in call.regions]
    second = diarizer.diarize(audio_of(np.zeros(len(samples)), samples), regions)
    alone = diarizer.diarize(call.audio, call.regions)
    assert [(turn.start_s, turn.end_s) for turn in second] == [(turn.start_s, turn.end_s) for turn in alone]


def test_threads_share_a_pipeline(legacy, call):
    diarizer = load_diarizer(config(legacy))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: diarizer.diarize(call.audio, call.regions), range(2))
    assert first == second


def test_stereo_and_silence_do_not_wait_for_the_pipeline(legacy):
    diarizer = load_diarizer(config(legacy))
    stereo = audio_of(np.zeros(16_000), np.zeros(16_000))
    turns = diarizer.diarize(stereo, [SpeechRegion(0, 0.1, 0.5), SpeechRegion(1, 0.4, 0.9)])
    assert [turn.channel for turn in turns] == [0, 1]
    assert diarizer.diarize(audio_of(np.zeros(16_000)), []) == ()


def test_a_failure_inside_is_a_diarization_error_of_this_call(legacy, call):
    diarizer = load_pyannote(str(legacy), "cpu", TWO)
    quiet = np.zeros(16_000)

    class Unreadable:
        n_channels, n_samples = 1, 16_000

        def read(self, start, stop):
            raise OSError("the spool is gone")

    broken = dataclasses.replace(audio_of(quiet), pcm=Unreadable())
    with ThreadPoolExecutor(2) as pool:
        failed = pool.submit(diarizer.turns, broken, 0, [], TWO)
        done = pool.submit(diarizer.turns, call.audio, 0, [], TWO)
    with pytest.raises(DiarizationError, match=r"OSError, 1\.0 s"):
        failed.result()
    assert done.result() == diarizer.turns(call.audio, 0, [], TWO)


def test_the_network_is_off(legacy):
    load_diarizer(config(legacy))
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert not is_metrics_enabled()


# --- what cannot be loaded --------------------------------------------------------------------------------------------


def copied(directory: Path, to: Path) -> Path:
    return Path(shutil.copytree(directory, to / directory.name))


def changed(directory: Path, **parameters: object) -> None:
    """Rewrite config.yaml with other `pipeline.params`; None takes one away."""
    import yaml

    document = yaml.safe_load((directory / "config.yaml").read_text("utf-8"))
    merged = document["pipeline"]["params"] | parameters
    document["pipeline"]["params"] = {name: value for name, value in merged.items() if value is not None}
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")


def test_no_model_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match=r"diarization\.model"):
        load_diarizer(config(""))


def test_a_missing_directory(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        load_diarizer(config(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        pytest.param("config.yaml", None, "no pyannote pipeline", id="no configuration"),
        pytest.param("config.yaml", b"pipeline: [", "no pyannote pipeline", id="no YAML"),
        pytest.param("config.yaml", b"\xff\xfe\x00", "no pyannote pipeline", id="no text"),
        pytest.param("config.yaml", b"- 1", "no pyannote pipeline", id="another document"),
        pytest.param("config.yaml", b"pipeline: {name: 3}", "no pyannote pipeline", id="name is no text"),
        pytest.param("config.yaml", b"pipeline: {name: a.SpeakerDiarization}", "segmentation", id="no models named"),
        pytest.param("segmentation/pytorch_model.bin", None, "segmentation", id="no weights"),
        pytest.param("embedding/pytorch_model.bin", b"not weights", "cannot be loaded", id="broken weights"),
        pytest.param("plda/plda.npz", None, "needs its plda model.*pull or copy the pipeline again", id="no PLDA"),
    ],
)
def test_a_broken_directory(modern, tmp_path, file, content, message):
    directory = copied(modern, tmp_path)
    if content is None:
        (directory / file).unlink()
    else:
        (directory / file).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        load_diarizer(config(directory))


def test_models_of_the_hub_are_refused_by_name(legacy, tmp_path):
    directory = copied(legacy, tmp_path)  # without the embedding that lies beside the original
    with pytest.raises(
        ModelError,
        match=r"models pull pyannote/wespeaker-voxceleb-resnet34-LM`.*copy it into .*/wespeaker-voxceleb-resnet34-LM",
    ):
        load_diarizer(config(directory))


def test_a_pipeline_without_plda_must_not_need_one(modern, tmp_path):
    directory = copied(modern, tmp_path)
    changed(directory, embedding={"checkpoint": "$model", "subfolder": "embedding"}, plda=None)
    with pytest.raises(ModelError, match="no plda"):
        load_diarizer(config(directory))


def test_a_clustering_that_cannot_count_wants_the_count(legacy, tmp_path):
    import yaml

    directory = copied(legacy, tmp_path)
    shutil.copytree(legacy.parent / "wespeaker-voxceleb-resnet34-LM", tmp_path / "wespeaker-voxceleb-resnet34-LM")
    changed(directory, clustering="KMeansClustering")
    document = yaml.safe_load((directory / "config.yaml").read_text("utf-8"))
    del document["params"]["clustering"]
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(ConfigurationError, match=r"does not estimate.*diarization.speakers = 0"):
        load_diarizer(config(directory))
    assert load_diarizer(config(directory, speakers=2)).name


def test_another_kind_of_network_is_refused(legacy, tmp_path):
    """An x-vector network has no convolutions to share among the speakers of a chunk."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorSincNet

    from benchmarks.random_pyannote import save

    network = XVectorSincNet()
    network.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=1.0, classes=["a", "b"]
    )
    network.build()
    save(network, tmp_path / "wespeaker-voxceleb-resnet34-LM")
    with pytest.raises(ModelError, match=r"embedding network.*XVectorSincNet.*WeSpeaker"):
        load_diarizer(config(copied(legacy, tmp_path)))


@pytest.mark.parametrize("device", ["tpu", "cuda:99"])
def test_a_device_that_is_not_there(legacy, device):
    with pytest.raises(ConfigurationError, match=device):
        load_diarizer(DiarizationConfig(backend="pyannote", model=str(legacy), device=device))


def test_without_the_library_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigurationError, match=r"pip install call-engine\[gpu\]"):
        load_diarizer(config(tmp_path))
