"""Training: windows from the corpus, augmented on the device, against text, phones and the place of every token.

Three losses. Cross-entropy of the tokens; cross-entropy of the phone at every frame, which teaches the encoder to hear
within minutes (CTC got stuck); and guided attention: two heads of every decoder layer must look where the synthesizer
says that the token is spoken. Those two heads are the model's alignment heads afterwards.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from scripts.train_speech_model.augmentation import augmented
from scripts.train_speech_model.corpus import Corpus
from scripts.train_speech_model.evaluation import evaluation_sets, word_error_rates
from scripts.train_speech_model.features import LogMel, masked
from scripts.train_speech_model.model import Output, Size, SpeechModel
from scripts.train_speech_model.start import start_from
from scripts.train_speech_model.vocabulary import Vocabulary, train_tokenizer
from scripts.train_speech_model.windows import EARLY, IGNORED, LATE, MIDDLE, Batch, Composer

GUIDED_HEADS = 2
CHECKPOINT, TOKENIZER = "checkpoint.pt", "tokenizer.json"
_PHONE_WEIGHT, _GUIDE_WEIGHT, _LABEL_SMOOTHING = 0.5, 0.5, 0.05
_WARMUP_STEPS, _FINAL_RATE = 100, 0.02
_AVERAGE = 0.998
_RARE_PHONE = 20
_CHUNK_BATCHES = 400
"""After so many batches a loader looks at the progress and for new shards."""


@dataclass(frozen=True, slots=True)
class Training:
    """`minutes`: wall time of the whole training, of which a resumed run does what is left; the learning rate and the
    windows follow it. `start`: a Whisper directory whose weights it begins with, or none.
    `batch_s`: seconds of audio a step; `sentences`: of each evaluation set."""

    folder: Path
    minutes: float
    size: Size
    start: Path | None = None
    learning_rate: float = 1.5e-3
    batch_s: float = 48.0
    seed: int = 1
    workers: int = 1
    evaluate_every_min: float = 10.0
    sentences: int = 16

    @property
    def checkpoint(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER


def train(training: Training) -> None:
    """Train until the minutes are over; a checkpoint in the folder is taken up again."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(training.seed)
    run = _Run(training, device)
    sets = evaluation_sets(training.sentences)
    for batch in run.batches():
        run.step(batch.to(device))
        if run.progress >= 1:
            break
        if run.is_due():
            run.save()
            run.log(word_error_rates=word_error_rates(run.average, run.vocabulary, sets, device))
    run.save()
    run.log(word_error_rates=word_error_rates(run.average, run.vocabulary, sets, device))


class _Run:
    """Model, moving average, optimizer and clock of one training."""

    def __init__(self, training: Training, device: str) -> None:
        self.training, self.device = training, device
        self.vocabulary = load_vocabulary(training)
        self._corpus_phones = _phones(training)
        self.model = SpeechModel(training.size, self.vocabulary.size, len(self._corpus_phones)).to(device)
        if training.start and not training.checkpoint.exists():
            start_from(self.model, training.start, self.vocabulary.tokenizer)
        self.average = copy.deepcopy(self.model).eval()
        self._optimizer = _optimizer(self.model, training.learning_rate)
        self._log_mel = LogMel(device)
        self._generator = torch.Generator(device).manual_seed(training.seed)
        self._elapsed_s, self._steps, self._audio_s = 0.0, 0, 0.0
        self._sums: Counter[str] = Counter()
        if training.checkpoint.exists():
            self._restore()
        self._last_s, self._evaluated_s, self._logged_s = time.monotonic(), self._elapsed_s, self._elapsed_s

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the minutes are over."""
        return self._elapsed_s / (60 * self.training.minutes)

    def batches(self) -> Iterator[Batch]:
        """Batches for the present stage of the training; the loaders are renewed now and then to notice it."""
        while True:
            buckets = EARLY if self.progress < 0.7 else MIDDLE if self.progress < 0.9 else LATE
            data = _Batches(self.training, self._corpus_phones, buckets, self.training.seed + self._steps)
            yield from DataLoader(data, batch_size=None, num_workers=self.training.workers)

    def step(self, batch: Batch) -> None:
        """One step of the optimizer and of the moving average."""
        rate = self._learning_rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            audio = augmented(batch.audio.float() / 32768, min(1.0, 0.4 + self.progress), self._generator)
            mels = masked(self._log_mel(audio), self._generator)
        with torch.autocast(self.device, torch.bfloat16, enabled=_multiplies_bf16(self.device)):
            output = self.model(mels, batch.tokens)
        losses = _losses(output, batch)
        sum(losses.values(), torch.zeros((), device=self.device)).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._steps += 1
        self._average_in()
        self._count(losses, output, batch)

    def is_due(self) -> bool:
        """Whether it is time to evaluate; also prints the mean losses twice a minute."""
        if self._elapsed_s - self._logged_s > 30:
            self._logged_s = self._elapsed_s
            steps = self._sums.pop("steps")
            self.log(**{name: round(total / steps, 3) for name, total in self._sums.items()})
            self._sums.clear()
        if self._elapsed_s - self._evaluated_s < 60 * self.training.evaluate_every_min:
            return False
        self._evaluated_s = self._elapsed_s
        return True

    def log(self, **values: object) -> None:
        """One line of JSON on the terminal and in `log.jsonl`."""
        stated = {
            "minutes": round(self._elapsed_s / 60, 1),
            "steps": self._steps,
            "audio_hours": round(self._audio_s / 3600, 2),
            **values,
        }
        line = json.dumps(stated)
        print(line, flush=True)
        with (self.training.folder / "log.jsonl").open("a") as log:
            log.write(line + "\n")
        self._last_s = time.monotonic()

    def save(self) -> None:
        """The checkpoint, under a temporary name until it is whole."""
        state = {
            "size": asdict(self.training.size),
            "begun_from_another": self.training.start is not None,
            "phones": self._corpus_phones,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "clock": (self._elapsed_s, self._steps, self._audio_s),
        }
        partial = self.training.checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.rename(self.training.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.training.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._elapsed_s, self._steps, self._audio_s = state["clock"]

    def _learning_rate(self) -> float:
        """Warm-up, then half a cosine down to 2 %."""
        warm = min(1.0, (self._steps + 1) / _WARMUP_STEPS)
        return self.training.learning_rate * warm * max(_FINAL_RATE, 0.5 * (1 + math.cos(math.pi * self.progress)))

    @torch.no_grad()
    def _average_in(self) -> None:
        kept = min(_AVERAGE, 1 - 1 / (self._steps / 8 + 1))
        averages, weights = list(self.average.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(averages, weights, 1 - kept)

    @torch.no_grad()
    def _count(self, losses: dict[str, Tensor], output: Output, batch: Batch) -> None:
        now = time.monotonic()
        self._elapsed_s += now - self._last_s
        self._last_s = now
        self._audio_s += batch.audio.numel() / 16_000
        known = batch.labels != IGNORED
        right = (output.logits.argmax(-1) == batch.labels)[known].float().mean()
        self._sums.update(
            {"steps": 1, "accuracy": right.item(), **{name: loss.item() for name, loss in losses.items()}}
        )


def _multiplies_bf16(device: str) -> bool:
    """Cards do, and CPUs with AMX, six times as fast as float32; elsewhere bfloat16 is slower."""
    return device == "cuda" or torch.cpu._is_amx_tile_supported()


def _losses(output: Output, batch: Batch) -> dict[str, Tensor]:
    """The three losses with their weights."""
    text = functional.cross_entropy(
        output.logits.float().flatten(0, 1),
        batch.labels.flatten(),
        ignore_index=IGNORED,
        label_smoothing=_LABEL_SMOOTHING,
    )
    phones = functional.cross_entropy(output.phones.float().flatten(0, 1), batch.phones.flatten(), ignore_index=IGNORED)
    return {"text": text, "phones": _PHONE_WEIGHT * phones, "guide": _GUIDE_WEIGHT * _guide_loss(output, batch.spans)}


def _guide_loss(output: Output, spans: Tensor) -> Tensor:
    """Mean of -log of the attention that the guided heads give to the frames in which each token is said."""
    known = spans[..., 0] >= 0
    frames = torch.arange(output.phones.shape[1], device=spans.device)
    inside = (frames >= spans[known][:, :1]) & (frames < spans[known][:, 1:])
    seen = [layer[:, :GUIDED_HEADS].transpose(1, 2)[known] for layer in output.attention]
    return torch.stack([-((heads * inside[:, None]).sum(-1) + 1e-3).log().mean() for heads in seen]).mean()


def _optimizer(model: SpeechModel, rate: float) -> torch.optim.Optimizer:
    """AdamW; only matrices decay, embeddings do not."""
    trained = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    matrices = [weight for name, weight in trained if weight.ndim > 1 and "embed" not in name]
    others = [weight for name, weight in trained if weight.ndim <= 1 or "embed" in name]
    groups: list[dict[str, Any]] = [{"params": matrices, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)


class _Batches(IterableDataset[Batch]):
    """What a loader's process runs: a composer over the corpus, for a while."""

    def __init__(self, training: Training, phones: list[str], buckets: dict[int, float], seed: int) -> None:
        self._training, self._phones, self._buckets, self._seed = training, phones, buckets, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        random = Random(self._seed * 1_000 + (worker.id if worker else 0))
        corpus = Corpus(self._training.folder / "corpus")
        composer = Composer(corpus, load_vocabulary(self._training), self._phones, random)
        for _, batch in zip(
            range(_CHUNK_BATCHES), composer.batches(self._buckets, self._training.batch_s), strict=False
        ):
            yield batch


def load_checkpoint(folder: Path) -> tuple[SpeechModel, Vocabulary, str]:
    """The averaged model of the folder's checkpoint, its vocabulary, and the device it is on."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    state = torch.load(folder / CHECKPOINT, map_location=device, weights_only=True)
    vocabulary = Vocabulary(Tokenizer.from_file(str(folder / TOKENIZER)))
    model = SpeechModel(Size(**state["size"]), vocabulary.size, len(state["phones"])).to(device).eval()
    model.load_state_dict(state["average"])
    return model, vocabulary, device


def load_vocabulary(training: Training) -> Vocabulary:
    """The tokenizer of the folder; made when there is none."""
    if not training.tokenizer.exists():
        training.folder.mkdir(parents=True, exist_ok=True)
        train_tokenizer(training.seed).save(str(training.tokenizer))
    return Vocabulary(Tokenizer.from_file(str(training.tokenizer)))


def _phones(training: Training) -> list[str]:
    """The phones to tell apart: the checkpoint's, or those that the corpus has often enough; the pause comes first."""
    if training.checkpoint.exists():
        return list(torch.load(training.checkpoint, map_location="cpu", weights_only=True)["phones"])
    said: Counter[str] = Counter()
    for utterances in Corpus(training.folder / "corpus").by_language.values():
        said.update(name for _, utterance in utterances for name, _ in utterance.phones)
    if not said:
        raise SystemExit(f"{training.folder / 'corpus'} holds no speech. Make some: ... synthesize --hours 20")
    return ["", *sorted(name for name, count in said.items() if name and count >= _RARE_PHONE)]
