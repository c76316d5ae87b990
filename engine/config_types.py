"""What can be configured: frozen dataclasses, one a stage, with the defaults that a profile starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.analysis_types import Category, Role


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """Caps on what one recording may cost once decoded; longer calls than `spool_bytes` live in a temporary file."""

    max_duration_s: float = 12 * 3600.0
    max_decoded_bytes: int = 8 * 1024**3
    spool_bytes: int = 128 * 1024**2


@dataclass(frozen=True, slots=True)
class VadConfig:
    """`max_window_s = 0` takes the model's own window length.

    `device` "auto": a CUDA device where torch has one, all calls in flight together, else the ONNX graph on the CPU.
    `packed_window_s`: how long a window of several regions may get (0: as long as any window); a model that hears one
    utterance at a time wants it short.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threshold: float = 0.5
    min_speech_ms: int = 100
    min_silence_ms: int = 500
    speech_pad_ms: int = 200
    max_window_s: float = 0.0
    packed_window_s: float = 0.0
    max_gap_s: float = 2.0
    leakage_db: float = 12.0


@dataclass(frozen=True, slots=True)
class AsrConfig:
    """`model`: "bundled", "bundled-multilingual", a name in the model directory, or a path. `language`: a code, "auto"
    or "per-window".

    `backend` "auto": torch where it has a CUDA device, else ctranslate2. `window_buckets_s`: padded window lengths for
    a model trained on short windows; empty: the model's own. `slots`: windows that the torch backend decodes together;
    0: as many as `cache_gib` holds or, where that is 0 too, as a card's free memory does. `cross_cache` "float8": what
    the torch backend keeps of a window takes half the memory, and a step reads half of it, at 8 bits a number instead
    of `compute_type`. `encoder_type` "float8": the torch backend multiplies the encoder's matrices in 8 bits, on a card
    that can. `hotwords`: words to listen for, such as product names.
    """

    backend: Literal["auto", "ctranslate2", "torch"] = "auto"
    model: str = "bundled"
    device: str = "auto"
    compute_type: str = "auto"
    language: str = "auto"
    language_threshold: float = 0.5
    language_fallback: str = "en"
    language_windows: int = 5
    window_buckets_s: tuple[float, ...] = ()
    batch_size: int = 16
    beam_size: int = 1
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    compression_ratio_threshold: float = 2.4
    log_probability_threshold: float = -1.0
    no_speech_threshold: float = 0.6
    word_times: bool = True
    initial_prompt: str = ""
    hotwords: str = ""
    slots: int = 0
    cache_gib: float = 0.0
    cross_cache: Literal["auto", "float8"] = "auto"
    encoder_type: Literal["auto", "float8"] = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True)
class VoicesConfig:
    """Speakers of mono calls named by their voice, with backend pyannote: `file` holds the prints that
    `call-engine voices enrol` made, encrypted with the content of `key_file`, else of the environment variable
    `key_env`. `threshold`: how alike two voices are that are one, the cosine between them. Off without a file."""

    file: str = ""
    threshold: float = 0.6
    key_env: str = "CALL_ENGINE_VOICES_KEY"
    key_file: str = ""


@dataclass(frozen=True, slots=True)
class DiarizationConfig:
    """`backend`: used for mono calls; stereo calls with different channels are one speaker a channel, unless a channel
    has several voices beyond doubt or more speakers are asked for than channels.

    `speakers = 0` estimates the count between `min_speakers` and `max_speakers`.
    """

    backend: Literal["clustering", "pyannote", "none"] = "clustering"
    model: str = ""
    device: str = "auto"
    speakers: int = 0
    min_speakers: int = 1
    max_speakers: int = 6
    utterance_gap_s: float = 1.0
    voices: VoicesConfig = field(default_factory=VoicesConfig)


@dataclass(frozen=True, slots=True)
class RolesConfig:
    """Role of each channel of a stereo call; "unknown" decides from what is said."""

    left: Role = "unknown"
    right: Role = "unknown"


@dataclass(frozen=True, slots=True)
class Substitution:
    """What stands in the place of a finding: see `engine/privacy/substitution.py`. `keep_last` is for "mask" only."""

    method: Literal["marker", "entity", "mask", "hash", "surrogate", "keep", "remove"] = "marker"
    keep_last: int = 0


@dataclass(frozen=True, slots=True)
class CustomEntity:
    """An entity of the site's own: found by any of `patterns` (of the `regex` package) and `words`.

    `score` counts against the thresholds; `context` are words near a find that make it surer. `language`: a code or
    "any".
    """

    name: str = ""
    patterns: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    score: float = 0.8
    language: str = "any"


@dataclass(frozen=True, slots=True)
class VaultConfig:
    """A file beside each result that the original values can be restored from, encrypted with a key that the user
    holds: the content of `key_file`, else of the environment variable `key_env`."""

    enabled: bool = False
    key_env: str = "CALL_ENGINE_VAULT_KEY"
    key_file: str = ""


@dataclass(frozen=True, slots=True)
class RedactedAudioConfig:
    """A copy of the recording in which `sound` covers the words of every finding and `margin_s` on either side."""

    sound: Literal["none", "beep", "silence"] = "none"
    format: Literal["flac", "wav", "mp3", "opus"] = "flac"
    margin_s: float = 0.2


@dataclass(frozen=True, slots=True)
class PrivacyConfig:
    """`entities`: ("all",), ("none",) or names from the 36 and of `custom`.

    `thresholds`: by entity, in place of `score_threshold`. `substitution`: by entity, and "default" for the others;
    text for the method, or a table. `allow_lists`: files of phrases that are never redacted; `deny_lists`: by entity,
    files of phrases that always are. The site key, for hashes and for surrogates that are the same in all calls, is
    the content of `site_key_file`, else of the environment variable `site_key_env`; it never stands in a configuration.
    `explain`: each redaction says which recognizer found it, and why. `model`: "bundled", "none" (patterns alone), a
    local model directory or an installed spaCy package.
    """

    entities: tuple[str, ...] = ("all",)
    score_threshold: float = 0.4
    thresholds: Mapping[str, float] = field(default_factory=dict)
    substitution: Mapping[str, Substitution] = field(default_factory=dict)
    site_key_env: str = "CALL_ENGINE_SITE_KEY"
    site_key_file: str = ""
    allow_lists: tuple[str, ...] = ()
    deny_lists: Mapping[str, str] = field(default_factory=dict)
    custom: tuple[CustomEntity, ...] = ()
    explain: bool = False
    model: str = "bundled"
    keep_original: bool = False
    vault: VaultConfig = field(default_factory=VaultConfig)
    audio: RedactedAudioConfig = field(default_factory=RedactedAudioConfig)


@dataclass(frozen=True, slots=True)
class LlmServerConfig:
    """What `call-engine serve-llm` starts. `weights`: a model of this machine, by name or path; `environment`: the
    virtual environment that holds vLLM.

    `kv_cache_gib`: what the KV cache may take, set it where CPU and GPU share their memory; 0 leaves it to
    `memory_share`, the share of a card's memory that vLLM takes. `arguments` go to vLLM as they are.
    """

    weights: str = ""
    environment: str = ".venv-vllm"
    kv_cache_gib: float = 0.0
    memory_share: float = 0.6
    max_sequences: int = 128
    start_timeout_s: float = 900.0
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LlmConfig:
    """An OpenAI-compatible server. The key is read from the environment variable `api_key_env`, never from a file.

    `model`: its only model unless named. `summaries_model` and `questions_model` take its place for the summary with
    the rest of the schema, and for checklists and scripts. `context_tokens`: never more than the server says.
    """

    base_url: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    summaries_model: str = ""
    questions_model: str = ""
    api_key_env: str = "CALL_ENGINE_LLM_API_KEY"
    timeout_s: float = 120.0
    connect_timeout_s: float = 5.0
    max_retries: int = 3
    max_in_flight: int = 32
    max_output_tokens: int = 3072
    context_tokens: int = 16384
    temperature: float = 0.0
    server: LlmServerConfig = field(default_factory=LlmServerConfig)


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """`without_llm`: "fail" stops before any work when the server is down, "continue" goes on without analysis.

    `checklists`: names in `configs/checklists/` or paths of TOML files. `scripts`: paths of TOML or text files.
    `categories`: names, or tables with name, description and parent. `analysis_language`: a code of
    `analysis_types.LANGUAGES`, that of the call where empty; `transcription_language`: the same, no translation where
    empty. Both need a language model.
    """

    backend: Literal["extractive", "vllm", "none"] = "extractive"
    without_llm: Literal["fail", "continue"] = "fail"
    checklists: tuple[str, ...] = ("service-quality",)
    scripts: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    analysis_language: str = ""
    transcription_language: str = ""
    llm: LlmConfig = field(default_factory=LlmConfig)


@dataclass(frozen=True, slots=True)
class OutputConfig:
    formats: tuple[str, ...] = ("json", "html")


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Everything, one field a stage. `queue_audio_s` bounds the audio waiting for the device."""

    profile: str = "demo"
    calls_in_flight: int = 4
    queue_audio_s: float = 1200.0
    audio: AudioConfig = field(default_factory=AudioConfig)
    vad: VadConfig = field(default_factory=VadConfig)
    asr: AsrConfig = field(default_factory=AsrConfig)
    diarization: DiarizationConfig = field(default_factory=DiarizationConfig)
    roles: RolesConfig = field(default_factory=RolesConfig)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
    analysis: AnalysisConfig = field(default_factory=AnalysisConfig)
    output: OutputConfig = field(default_factory=OutputConfig)

    @property
    def chats_in_flight(self) -> int:
        """Chats wait for the language model most of the time: a quarter more than it takes at once, so that while one
        answer is judged, another request is in its place."""
        if self.analysis.backend != "vllm":
            return self.calls_in_flight
        return max(self.calls_in_flight, self.analysis.llm.max_in_flight * 5 // 4)
