"""The pyannote backend on a real pipeline with random weights: how it is loaded and asked, not how well it hears."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.config import DiarizationConfig
from engine.diarization import load_diarizer
from engine.diarization.counts import SpeakerCounts
from engine.errors import ConfigurationError, DiarizationError, ModelError
from engine.types import SpeechRegion
from tests.conftest import audio_of
from tests.diarization.conftest import HIGH, LOW, dialogue

CHUNK_S = 2.0

# Random weights make empty segments, of which pyannote takes a mean.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Mean of empty slice", "ignore:invalid value", "ignore:\nThe detected number"
)


@pytest.fixture(scope="module")
def modern(tmp_path_factory) -> Path:
    """A community-1 style directory: "$model/…" references, PLDA, VBx clustering; weights as Lightning checkpoints."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("pyannote.audio")
    torch.set_num_threads(1)
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("models") / "community"
    segmentation = PyanNet(
        sincnet={"stride": 10},
        lstm={"hidden_size": 16, "num_layers": 1, "bidirectional": True},
        linear={"hidden_size": 16, "num_layers": 1},
    )
    segmentation.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=CHUNK_S,
        classes=["a", "b", "c"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    embedding = WeSpeakerResNet34()
    embedding.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=CHUNK_S, classes=["a", "b"]
    )
    save_checkpoint(segmentation, directory / "segmentation")
    save_checkpoint(embedding, directory / "embedding")
    save_plda(directory / "plda")
    write_config(
        directory,
        {"segmentation": "$model/segmentation", "embedding": "$model/embedding", "plda": "$model/plda"},
        clustering="VBxClustering",
        clustering_params={"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
    )
    return directory


@pytest.fixture(scope="module")
def legacy(modern, tmp_path_factory) -> Path:
    """A 3.1 style directory: paths and hub names, agglomerative clustering, no PLDA."""
    directory = tmp_path_factory.mktemp("models") / "speaker-diarization-3.1"
    shutil.copytree(modern / "segmentation", directory / "weights")
    shutil.copytree(modern / "embedding", directory.parent / "wespeaker-voxceleb-resnet34-LM")
    write_config(
        directory,
        {"segmentation": "weights/pytorch_model.bin", "embedding": "pyannote/wespeaker-voxceleb-resnet34-LM"},
        clustering="AgglomerativeClustering",
        clustering_params={"method": "centroid", "min_cluster_size": 1, "threshold": 1e-4},
    )
    return directory


def save_checkpoint(model: Any, directory: Path) -> None:
    import torch

    model.build()
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.5.0",
        "epoch": 0,
        "global_step": 0,
    }
    model.on_save_checkpoint(checkpoint)
    directory.mkdir(parents=True)
    torch.save(checkpoint, directory / "pytorch_model.bin")


def save_plda(directory: Path, dimension: int = 256, lda: int = 128) -> None:
    rng = np.random.default_rng(0)
    directory.mkdir()
    np.savez(
        directory / "xvec_transform.npz",
        mean1=np.zeros(dimension),
        mean2=np.zeros(lda),
        lda=rng.standard_normal((dimension, lda)) / np.sqrt(dimension),
    )
    np.savez(directory / "plda.npz", mu=np.zeros(lda), tr=np.eye(lda), psi=np.linspace(2.0, 0.1, lda))


def write_config(directory: Path, models: dict[str, Any], clustering: str, clustering_params: dict[str, Any]) -> None:
    import yaml

    params = {"clustering": clustering, "segmentation_step": 0.5, "embedding_batch_size": 8, **models}
    document = {
        "version": "3.1.0",
        "pipeline": {"name": "pyannote.audio.pipelines.SpeakerDiarization", "params": params},
        "params": {"clustering": clustering_params, "segmentation": {"min_duration_off": 0.0}},
    }
    directory.mkdir(exist_ok=True)
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")


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


def test_a_failure_inside_is_a_diarization_error_of_this_call(legacy):
    from engine.diarization.pyannote import PyannoteDiarizer

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory")

    diarizer = PyannoteDiarizer(broken, "broken", SpeakerCounts(1, 2))
    audio = audio_of(np.zeros(16_000))
    with pytest.raises(DiarizationError, match=r"RuntimeError, 1\.0 s"):
        diarizer.turns(audio, 0, [])


def test_the_network_is_off(legacy):
    load_diarizer(config(legacy))
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert not is_metrics_enabled()


# --- what cannot be loaded --------------------------------------------------------------------------------------------


def copied(directory: Path, to: Path) -> Path:
    return Path(shutil.copytree(directory, to / directory.name))


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
        pytest.param("plda/plda.npz", None, "plda", id="no PLDA"),
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
    with pytest.raises(ModelError, match=r"wespeaker-voxceleb-resnet34-LM.*pull it into"):
        load_diarizer(config(directory))


def test_a_pipeline_without_plda_must_not_need_one(modern, tmp_path):
    directory = copied(modern, tmp_path)
    models = {"segmentation": "$model/segmentation", "embedding": {"checkpoint": "$model", "subfolder": "embedding"}}
    write_config(directory, models, clustering="VBxClustering", clustering_params={})
    with pytest.raises(ModelError, match="no plda"):
        load_diarizer(config(directory))


@pytest.mark.parametrize("device", ["tpu", "cuda:99"])
def test_a_device_that_is_not_there(legacy, device):
    with pytest.raises(ConfigurationError, match=device):
        load_diarizer(DiarizationConfig(backend="pyannote", model=str(legacy), device=device))


def test_without_the_library_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigurationError, match=r"pip install call-engine\[gpu\]"):
        load_diarizer(config(tmp_path))
