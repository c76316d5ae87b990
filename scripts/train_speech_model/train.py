"""Training: windows from the corpus, augmented on the device, against text, phones and the place of every token.

Several processes train one model: each has its own batches, their gradients are averaged before every step.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor, distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, IterableDataset

from scripts.train_speech_model.augmentation import augmented
from scripts.train_speech_model.corpus import Corpus
from scripts.train_speech_model.evaluation import Spoken, evaluation_sets, word_error_rates
from scripts.train_speech_model.features import LogMel, masked
from scripts.train_speech_model.losses import losses
from scripts.train_speech_model.model import Output, Size, SpeechModel
from scripts.train_speech_model.optimizer import adamw, share_of_rate
from scripts.train_speech_model.start import start_from
from scripts.train_speech_model.vocabulary import Vocabulary, train_tokenizer
from scripts.train_speech_model.windows import EARLY, IGNORED, LATE, MIDDLE, Batch, Composer

CHECKPOINT, TOKENIZER = "checkpoint.pt", "tokenizer.json"
_AVERAGE = 0.998
_RARE_PHONE = 20
_RANK_SEEDS = 10_000_019
_CHUNK_BATCHES = 400
"""After so many batches a loader looks at the progress and for new shards."""


@dataclass(frozen=True, slots=True)
class Training:
    """`minutes`: wall time of the whole training, of which a resumed run does what is left; the learning rate and the
    windows follow it. `start`: a Whisper directory whose weights it begins with, or none.
    `batch_s`: seconds of audio a step and process; `workers`: of each process; `sentences`: of each evaluation set."""

    folder: Path
    minutes: float
    size: Size
    start: Path | None = None
    learning_rate: float = 1e-3
    batch_s: float = 64.0
    seed: int = 1
    workers: int = 1
    processes: int = 1
    evaluate_every_min: float = 10.0
    sentences: int = 16

    @property
    def checkpoint(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER


def train(training: Training) -> None:
    """Train until the minutes are over; a checkpoint in the folder is taken up again.

    Raises ValueError on fewer than one process, and on several where there is a GPU, which one process fills.
    """
    if training.processes < 1 or (training.processes > 1 and torch.cuda.is_available()):
        raise ValueError(f"{training.processes} processes: expected 1, or more on a machine without a GPU")
    load_vocabulary(training)  # made once, before the processes
    if training.processes == 1:
        _train(0, training)
    else:
        with tempfile.TemporaryDirectory() as folder:
            multiprocessing.spawn(_train_together, (training, f"file://{folder}/meeting"), training.processes)


def _train_together(rank: int, training: Training, meeting: str) -> None:
    """One of several processes, each with its share of the cores."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # sent when the parent ends; background jobs ignore it
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // training.processes))
    distributed.init_process_group("gloo", meeting, rank=rank, world_size=training.processes)
    _train(rank, training)
    distributed.destroy_process_group()


def _train(rank: int, training: Training) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(training.seed)
    run = _Run(training, device, rank)
    sets = evaluation_sets(training.sentences) if run.leads else {}
    for batch in run.batches():
        run.step(batch.to(device))
        if run.progress >= 1:
            break
        if run.is_due():
            run.keep(sets)
    run.keep(sets)


class _Run:
    """Model, moving average, optimizer and clock of one training."""

    def __init__(self, training: Training, device: str, rank: int = 0) -> None:
        self.training, self.device, self._rank = training, device, rank
        self.vocabulary = load_vocabulary(training)
        self._corpus_phones = _phones(training)
        self.model = SpeechModel(training.size, self.vocabulary.size, len(self._corpus_phones)).to(device)
        if training.start and not training.checkpoint.exists():
            start_from(self.model, training.start, self.vocabulary.tokenizer)
        self.average = copy.deepcopy(self.model).eval()
        self._optimizer = adamw(self.model)
        self._log_mel = LogMel(device)
        self._generator = torch.Generator(device).manual_seed(training.seed + rank)
        self._elapsed_s, self._steps, self._audio_s = 0.0, 0, 0.0
        self._sums: Counter[str] = Counter()
        if training.checkpoint.exists():
            self._restore()
        self._together = DistributedDataParallel(self.model) if training.processes > 1 else self.model
        self._last_s, self._evaluated_s, self._logged_s = time.monotonic(), self._elapsed_s, self._elapsed_s

    @property
    def leads(self) -> bool:
        """Whether this process keeps the clock, writes and evaluates for all."""
        return self._rank == 0

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the minutes are over."""
        return self._elapsed_s / (60 * self.training.minutes)

    def batches(self) -> Iterator[Batch]:
        """Batches for the present stage of the training; the loaders are renewed now and then to notice it."""
        while True:
            buckets = EARLY if self.progress < 0.7 else MIDDLE if self.progress < 0.9 else LATE
            seed = self.training.seed + self._steps + _RANK_SEEDS * self._rank
            data = _Batches(self.training, self._corpus_phones, buckets, seed)
            yield from DataLoader(data, batch_size=None, num_workers=self.training.workers)

    def step(self, batch: Batch) -> None:
        """One step of the optimizer and of the moving average."""
        rate = self.training.learning_rate * share_of_rate(self._steps, self.progress)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            audio = augmented(batch.audio.float() / 32768, min(1.0, 0.4 + self.progress), self._generator)
            mels = masked(self._log_mel(audio), self._generator)
        with torch.autocast(self.device, torch.bfloat16, enabled=_multiplies_bf16(self.device)):
            output = self._together(mels, batch.tokens)
        found = losses(output, batch)
        sum(found.values(), torch.zeros((), device=self.device)).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._steps += 1
        self._average_in()
        self._count(found, output, batch)

    def is_due(self) -> bool:
        """Whether it is time to evaluate; also prints the mean losses twice a minute."""
        if self._elapsed_s - self._logged_s > 30:
            self._logged_s = self._elapsed_s
            steps = self._sums.pop("steps")
            if self.leads:
                self.log(**{name: round(total / steps, 3) for name, total in self._sums.items()})
            self._sums.clear()
        if self._elapsed_s - self._evaluated_s < 60 * self.training.evaluate_every_min:
            return False
        self._evaluated_s = self._elapsed_s
        return True

    def keep(self, sets: dict[str, list[Spoken]]) -> None:
        """The leading process writes the checkpoint and how well it hears `sets`; the others wait at the next step."""
        if self.leads:
            self.save()
            self.log(word_error_rates=word_error_rates(self.average, self.vocabulary, sets, self.device))

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

    @torch.no_grad()
    def _average_in(self) -> None:
        kept = min(_AVERAGE, 1 - 1 / (self._steps / 8 + 1))
        averages, weights = list(self.average.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(averages, weights, 1 - kept)

    @torch.no_grad()
    def _count(self, found: dict[str, Tensor], output: Output, batch: Batch) -> None:
        self._tick()
        self._audio_s += self.training.processes * batch.audio.numel() / 16_000
        known = batch.labels != IGNORED
        right = (output.logits.argmax(-1) == batch.labels)[known].float().mean()
        self._sums.update({"steps": 1, "accuracy": right.item(), **{name: loss.item() for name, loss in found.items()}})

    def _tick(self) -> None:
        """Time goes on by the leading process's clock."""
        now = time.monotonic()
        elapsed = torch.tensor(self._elapsed_s + now - self._last_s, dtype=torch.float64)
        if self.training.processes > 1:
            distributed.broadcast(elapsed, 0)
        self._elapsed_s, self._last_s = elapsed.item(), now


def _multiplies_bf16(device: str) -> bool:
    """Cards do, and CPUs with AMX, six times as fast as float32; elsewhere bfloat16 is slower."""
    return device == "cuda" or torch.cpu._is_amx_tile_supported()


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
