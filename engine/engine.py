"""The eight hops: decode → detect → transcribe, diarize → attribute → redact → analyze → save."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from engine.analysis import fault_of, load_analyzer, load_checklist, load_script, measure
from engine.asr import load_recognizer
from engine.audio import Source, content_hash, decode
from engine.batching import Batcher
from engine.call import NO_HINTS, Call, Hints
from engine.chat import Chat, read_chat
from engine.config import load_profile
from engine.config_types import EngineConfig
from engine.diarization import load_diarizer, without_echoes
from engine.errors import CallEngineError
from engine.files import printable
from engine.identity import Names, fingerprint
from engine.merge import attribute
from engine.models import find_model
from engine.privacy import CallRedaction, Vault, load_privacy_filter
from engine.result_types import AnalysisOutcome, CallResult, Models
from engine.results import Recording, Results, assemble
from engine.telemetry import Counters, StageTimes, Utilisation
from engine.transcription import Transcriber
from engine.types import Audio, Language, RedactedTranscript, Segment, SourceInfo, Transcript, Turn
from engine.vad import Speech, load_detector

T = TypeVar("T")
_UNDETERMINED = Language("und", 0.0)  # ISO 639-2: nobody spoke, so no language


@dataclass(frozen=True, slots=True)
class Progress:
    """Told to the callback after every call. `resumed`: taken from an earlier run."""

    source: object
    result: CallResult
    resumed: bool


class Engine:
    """Turns recordings and chats into anonymised, structured results. A context manager; shared by threads.

    config: a profile's configuration (default: the bundled demonstration profile). out: a directory for files, resume
    and search; without it results are only returned. progress: called after every finished call.

    Raises ConfigurationError, ModelError, StorageError and LlmUnavailableError before any work.
    """

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        out: str | Path | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.config = config or load_profile("demo")
        self.counters = Counters()
        self.utilisation = Utilisation()
        self._progress = progress
        self._stopping = threading.Event()
        self._names = Names()
        self._privacy = load_privacy_filter(self.config.privacy)
        self._analyzer = load_analyzer(self.config.analysis)
        self._llm_fault = fault_of(self._analyzer, self.config.analysis)
        self._diarizer = load_diarizer(self.config.diarization)
        model = find_model(self.config.asr.model)
        recognizer = load_recognizer(self.config.asr, model)
        self._detector = load_detector(self.config.vad, recognizer.window_s)
        self._batcher = Batcher(recognizer, self.config.queue_audio_s, self.utilisation)
        self._transcriber = Transcriber(self._batcher, self.config.asr, recognizer.languages, self.counters)
        self._beside = ThreadPoolExecutor(self.config.calls_in_flight, thread_name_prefix="diarize")
        analyzed_by = self._analyzer.name if self._analyzer else None
        self.models = Models(recognizer.name, self._diarizer.name, self._privacy.name, analyzed_by)
        checklists = [load_checklist(name) for name in self.config.analysis.checklists]
        scripts = [load_script(path) for path in self.config.analysis.scripts]
        settings = fingerprint(self.config, model, [*checklists, *scripts], self._privacy.fingerprint)
        vault = Vault(self.config.privacy.vault) if self.config.privacy.vault.enabled else None
        self._results = (
            Results(
                Path(out),
                self.config.output.formats,
                settings,
                self.config.privacy.audio,
                vault,
                self.config.analysis.categories,
            )
            if out
            else None
        )

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the device thread and close the store; calls still running fail."""
        self.stop()
        self._batcher.close()
        self._beside.shutdown()
        if self._analyzer:
            self._analyzer.close()
        if self._results:
            self._results.close()

    def stop(self) -> None:
        """Let `process_many` and `analyze_many` finish the calls in flight and start no other."""
        self._stopping.set()

    # --- calls and chats ----------------------------------------------------------------------------------------------

    def process(self, source: Source, hints: Hints = NO_HINTS) -> CallResult:
        """One recording through the eight hops.

        source: a path, bytes, an open file, samples (16 kHz), (samples, rate) or a soundfile.SoundFile.
        hints: what is known of this call beforehand: its language, words to listen for.
        Raises InputError, StageError, StorageError; what could be done in spite of a fault is a "partial" result.
        """
        return self._walk(self._call(hints), source)

    def analyze_text(self, chat: Chat) -> CallResult:
        """A chat or finished transcript through hops 5 to 8.

        chat: a sequence of ChatTurn, text (JSON or "Speaker: text" lines), or the path of a file with such text.
        Raises InputError, StageError, StorageError.
        """
        return self._walk_chat(self._call(NO_HINTS), chat)

    def process_many(
        self, sources: Iterable[Source], hints: Callable[[Source], Hints] = lambda _: NO_HINTS
    ) -> Iterator[CallResult]:
        """Results as they finish; `sources` is read only as calls finish, so memory stays that of a few calls.

        hints: asked for each source; calls with different hints share batches all the same.
        A call that fails comes back with status "failed" and its errors; the others go on.
        """
        return self._many(self._walk, sources, hints, self.config.calls_in_flight)

    def analyze_many(
        self, chats: Iterable[Chat], hints: Callable[[Chat], Hints] = lambda _: NO_HINTS
    ) -> Iterator[CallResult]:
        """As `process_many`, for chats."""
        return self._many(self._walk_chat, chats, hints, self.config.chats_in_flight)

    def _many(
        self, walk: Callable[[Call, T], CallResult], sources: Iterable[T], hints: Callable[[T], Hints], places: int
    ) -> Iterator[CallResult]:
        waiting = iter(sources)
        running: dict[Future[CallResult], tuple[Call, T]] = {}
        with ThreadPoolExecutor(places, thread_name_prefix="call") as pool:
            while True:
                for source in itertools.islice(waiting, self._free_places(places - len(running))):
                    call = self._call(hints(source))
                    running[pool.submit(self._guarded, walk, call, source)] = (call, source)
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    call, source = running.pop(future)
                    if self._progress:
                        self._progress(Progress(source, future.result(), call.resumed))
                    yield future.result()

    def _call(self, hints: Hints) -> Call:
        return Call(hints, times=StageTimes(self.utilisation))

    def _free_places(self, free: int) -> int:
        return 0 if self._stopping.is_set() else free

    def _guarded(self, walk: Callable[[Call, T], CallResult], call: Call, source: T) -> CallResult:
        """One bad call never stops the others."""
        try:
            return walk(call, source)
        except CallEngineError as error:
            call.record(error)
            result = call.failed(self.models)
            if self._results:
                call.name = call.name or self._names.stem(call.path, call.sha256, call.shown)
                self._results.save_failure(call, result)
            return result

    # --- the walk -----------------------------------------------------------------------------------------------------

    def _walk(self, call: Call, source: Source) -> CallResult:
        self._locate(call, Path(source) if isinstance(source, str | Path) else None)
        with call.stage("decode"):
            if (stored := self._opened(call, content_hash(source))) is not None:
                return stored
            audio = decode(source, self.config.audio, keep_telephone=self._detector.takes_telephone)
        call.damaged(audio)
        with call.stage("detect"):
            speech = self._detector.detect(audio)
        segments, language, turns = self._hear(call, audio, speech)
        with call.stage("attribute"):
            config = self.config
            gap_s = config.diarization.utterance_gap_s
            own = without_echoes(audio, segments, config.vad.leakage_db)
            transcript = attribute(own, turns, language or _UNDETERMINED, config.roles, gap_s)
        info = replace(audio.source, path=call.shown)
        return self._finish(call, info, transcript, self._privacy.open(), Recording(source, audio))

    def _walk_chat(self, call: Call, chat: Chat) -> CallResult:
        self._locate(call, chat if isinstance(chat, Path) else None)
        with call.stage("decode"):
            content = read_chat(chat)
            if (stored := self._opened(call, content.sha256)) is not None:
                return stored
        with call.stage("attribute"):
            transcript = content.transcript(self._chat_language(call.hints), mask_names=False)
        source = SourceInfo(call.shown, content.sha256, "chat", "text", 0, 0, 0.0)
        return self._finish(call, source, transcript, self._privacy.open(content.names()), None)

    def _hear(
        self, call: Call, audio: Audio, speech: Speech
    ) -> tuple[Sequence[Segment], Language | None, Sequence[Turn]]:
        """Hops 3 and 4 side by side."""
        turns = self._beside.submit(self._diarize, call, audio, speech)
        try:
            with call.stage("transcribe"):
                segments, language = self._transcriber.transcribe(audio, speech.windows, call.hints)
        finally:
            wait([turns])
        return segments, language, turns.result()

    def _diarize(self, call: Call, audio: Audio, speech: Speech) -> Sequence[Turn]:
        with call.stage("diarize"):
            return self._diarizer.diarize(audio, speech.regions)

    def _finish(
        self,
        call: Call,
        source: SourceInfo,
        transcript: Transcript,
        privacy: CallRedaction,
        recording: Recording | None,
    ) -> CallResult:
        with call.stage("redact"):
            redacted = privacy.redact(transcript)
        outcome = self._analyze(call, redacted)
        if outcome.analysis:
            with call.stage("redact"):
                outcome = replace(
                    outcome,
                    analysis=privacy.redact_analysis(outcome.analysis),
                    translations=tuple(text and privacy.redact_derived(text) for text in outcome.translations),
                )
        metrics = measure(redacted, source.duration_s if recording else None)
        original = transcript if self.config.privacy.keep_original else None
        result = assemble(call, source, redacted, outcome, metrics, self.models, original)
        if self._results:
            with call.stage("save"):
                self._results.save(call, result, recording, privacy.originals)
        return result

    def _analyze(self, call: Call, redacted: RedactedTranscript) -> AnalysisOutcome:
        """Hop 7; its failure leaves a partial result, for the redacted transcript is worth keeping."""
        if self._analyzer is None or not redacted.utterances:
            return AnalysisOutcome(analysis=None, utterance_sentiments=())
        try:
            with call.stage("analyze"):
                if self._llm_fault is not None:
                    raise self._llm_fault
                return self._analyzer.analyze(call.id, redacted)
        except CallEngineError as error:
            call.record(error)
            return AnalysisOutcome(analysis=None, utterance_sentiments=())

    def _locate(self, call: Call, path: Path | None) -> None:
        """Note where a call comes from, and what of that may be written down."""
        call.path = path
        if path:
            with call.stage("redact"):
                call.shown = self._privacy.redact_path(printable(path))

    def _opened(self, call: Call, sha256: str) -> CallResult | None:
        """Name the call; its result, if an earlier run has it."""
        call.sha256, call.name = sha256, self._names.stem(call.path, sha256, call.shown)
        stored = self._results.find(call) if self._results else None
        call.resumed = stored is not None
        return stored

    def _chat_language(self, hints: Hints) -> str:
        language = hints.language or self.config.asr.language
        return self.config.asr.language_fallback if language in ("auto", "per-window") else language
