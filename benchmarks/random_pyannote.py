"""pyannote.audio pipeline directories with random weights and the shapes of speaker-diarization-community-1 and -3.1.

Their networks say something of the audio: the classifier is sharpened until the speakers of a chunk change, and the
normalisations of the embedding network are fitted to noise, as training would have fitted them to speech.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

RATE = 16_000
CLUSTERING: Mapping[str, Mapping[str, Any]] = {
    "VBxClustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
    "AgglomerativeClustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7045654963945799},
}


def build(
    directory: Path,
    clustering: str = "VBxClustering",
    chunk_s: float = 10.0,
    step: float = 0.1,
    lstm: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    batch: int = 32,
) -> Path:
    """Write a pipeline to `directory`; the same weights every time. `step`: a share of the chunk."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    import torch
    import yaml

    torch.manual_seed(0)
    save(_segmentation(chunk_s, lstm or {"hidden_size": 128, "num_layers": 4}), directory / "segmentation")
    save(_embedding(chunk_s), directory / "embedding")
    save_plda(directory / "plda")
    models = {part: f"$model/{part}" for part in ("segmentation", "embedding", "plda")}
    batches = {"segmentation_batch_size": batch, "embedding_batch_size": batch}
    settings = {"clustering": clustering, "segmentation_step": step, "embedding_exclude_overlap": True}
    document = {
        "version": "4.0.0",
        "pipeline": {
            "name": "pyannote.audio.pipelines.SpeakerDiarization",
            "params": {**settings, **batches, **models},
        },
        "params": {
            "clustering": dict(parameters or CLUSTERING[clustering]),
            "segmentation": {"min_duration_off": 0.0},
        },
    }
    (directory / "config.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return directory


def _segmentation(chunk_s: float, lstm: Mapping[str, Any]) -> Any:
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    network = PyanNet(lstm={**lstm, "bidirectional": True}, linear={"hidden_size": 128, "num_layers": 2})
    network.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=chunk_s,
        classes=["speaker 1", "speaker 2", "speaker 3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    network.build()
    with torch.inference_mode():
        network.eval()
        sounds = []
        network.classifier.register_forward_pre_hook(lambda _, given: sounds.append(given[0].reshape(-1, 128)))
        network(_voiced_noise(4, chunk_s))
        network.classifier._forward_pre_hooks.clear()
        centred = sounds[0] - sounds[0].mean(dim=0)
        directions = torch.linalg.svd(centred, full_matrices=False).Vh[:7]
        network.classifier.weight.copy_(directions / (centred @ directions.T).std(dim=0)[:, None])
        network.classifier.bias.copy_(-(network.classifier.weight @ sounds[0].mean(dim=0)))
    return network


def _embedding(chunk_s: float) -> Any:
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34

    network = WeSpeakerResNet34()
    network.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=chunk_s, classes=["a", "b"]
    )
    network.build()
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean of what it sees
    with torch.inference_mode():
        network.train()(_voiced_noise(4, min(chunk_s, 2.0)))
    return network.eval()


def _voiced_noise(count: int, seconds: float) -> Any:
    """Noise that comes and goes, (count, 1, samples)."""
    import torch

    samples = round(seconds * RATE)
    level = torch.nn.functional.interpolate(torch.rand(count, 1, max(2, round(4 * seconds))), size=samples)
    return 0.1 * level.square() * torch.randn(count, 1, samples)


def save(network: Any, directory: Path) -> None:
    """A checkpoint as Lightning writes them."""
    import torch

    checkpoint = {
        "state_dict": network.state_dict(),
        "hyper_parameters": dict(network.hparams),
        "pytorch-lightning_version": "2.5.0",
        "epoch": 0,
        "global_step": 0,
    }
    network.on_save_checkpoint(checkpoint)
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
