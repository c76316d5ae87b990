"""FFmpeg through PyAV: opens a container from a file object and nothing else, and yields the frames of its audio."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from engine.audio.completeness import declared_duration_s, is_cut
from engine.audio.damage import Damage
from engine.audio.track import TrackInfo
from engine.errors import NotAudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

log = logging.getLogger(__name__)

DEMUXERS = (
    "wav w64 aiff au caf voc nistsphere flac wv tta mp3 aac loas ac3 eac3 ogg matroska mov asf avi flv mpegts mpeg rm "
    "amr amrnb amrwb gsm ilbc qcp dss"
).split()
"""Self-contained formats only: playlists, concat scripts, SDP and image sequences open other files or sockets."""

DECODERS = (
    "pcm_alaw pcm_mulaw pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be "
    "pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_bluray pcm_dvd adpcm_ima_wav adpcm_ima_qt adpcm_ima_oki adpcm_ms "
    "adpcm_yamaha adpcm_swf g722 g723_1 g726 g726le g729 gsm gsm_ms amrnb amrwb libopencore_amrnb libopencore_amrwb "
    "ilbc speex qcelp evrc truespeech sipr real_144 real_288 cook dss_sp nellymoser opus libopus vorbis flac alac "
    "wavpack tta mp1 mp1float mp2 mp2float mp3 mp3float aac aac_latm ac3 eac3 wmav1 wmav2 wmapro wmalossless wmavoice"
).split()
"""Audio decoders only, so that a video track never reaches a video decoder."""

_READ_BYTES = 256 * 1024
_OPEN_OPTIONS = {
    "format_whitelist": ",".join(DEMUXERS),
    "codec_whitelist": ",".join(DECODERS),
    "protocol_whitelist": "none",  # no allowed demuxer opens another file; were one to, FFmpeg refuses
    "max_size": "65536",  # the WAV demuxer's packet, in bytes; its default makes packets of a few milliseconds
}
_PLAIN_NAMES = {"mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "matroska"}
_MIN_GAP_S = 0.1
_NOTED_GAP_S = {"flac": _MIN_GAP_S, "mov,mp4,m4a,3gp,3g2,mj2": _MIN_GAP_S, "matroska,webm": 0.5, "ogg": 0.5}
"""Formats whose packets carry times good enough to see that audio is missing between two of them, and from which
length on a gap is damage: in WebM and Ogg, Opus leaves out up to 0.4 s of a pause."""
_MAX_UNDECLARED_GAP_S = 600.0
_MAX_DEMUX_ERRORS = 100


class _Reader:
    """Only what FFmpeg may use of a file: without a `name`, no extension sways the choice of the format."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


@contextmanager
def opened_container(file: BinaryIO, name: str) -> Iterator[FileTrack]:
    """The audio track of a seekable binary file at its start; `name` is for error messages.

    Raises NotAudioError where no allowed demuxer and decoder knows the content.
    """
    import av

    try:
        container = av.open(
            _Reader(file),
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            container_options=_OPEN_OPTIONS,
        )
    except av.FFmpegError as error:
        raise NotAudioError(
            "the content is not a recording that can be read",
            received=f"{name} ({error.strerror})",
            expected="a complete audio or video file, such as WAV, MP3, M4A, Ogg, FLAC, AMR, WebM or MP4",
            remedy="check that it plays; an unfinished M4A or MP4 lacks its index and must be recorded again",
        ) from None
    with container:
        stream = _audio_stream(container, name)
        damage = Damage(stop="the file is truncated" if is_cut(container, file) else None)
        yield FileTrack(container, stream, declared_duration_s(container, stream, file), damage)


def read_tags(file: BinaryIO) -> dict[str, str]:
    """The metadata of a seekable binary file, its container's before its tracks'; none where it is no recording."""
    import av

    try:
        with av.open(_Reader(file), metadata_errors="replace", container_options=_OPEN_OPTIONS) as container:
            levels = [container.metadata, *(stream.metadata for stream in container.streams)]
            return {key.lower(): value for tags in reversed(levels) for key, value in tags.items()}
    except av.FFmpegError:
        return {}


def _audio_stream(container: InputContainer, name: str) -> AudioStream:
    """The track a player would choose; every other stream is discarded unread."""
    from av.audio.stream import AudioStream
    from av.stream import Discard

    chosen = container.streams.best("audio")
    if not isinstance(chosen, AudioStream):
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise NotAudioError("the file has no audio track", received=f"{name} with {kinds}", expected="an audio track")
    if chosen.codec_context is None or chosen.codec_context.name not in DECODERS:
        codec = chosen.codec_context.name if chosen.codec_context else "an unknown codec"
        raise NotAudioError(
            "the audio codec is not supported", received=f"{name} with {codec}", remedy="convert it to WAV or FLAC"
        )
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = Discard.all
    if len(container.streams.audio) > 1:
        log.info("%d audio tracks, track %d is decoded", len(container.streams.audio), chosen.index)
    return chosen


class FileTrack:
    """The audio of one open container, with silence where its clock says that audio is missing."""

    def __init__(
        self, container: InputContainer, stream: AudioStream, declared_s: float | None, damage: Damage
    ) -> None:
        self._container = container
        self._stream = stream
        self._declared_s = declared_s
        self._damage = damage
        self._decoded_s = 0.0
        self._noted_gap_s = _NOTED_GAP_S.get(container.format.name)
        self._clock_s = None if container.start_time is None else container.start_time / 1e6
        self._end_s = None if container.duration is None else (self._clock_s or 0.0) + container.duration / 1e6
        self.info = TrackInfo(
            container=_PLAIN_NAMES.get(container.format.name, container.format.name),
            codec=stream.codec_context.codec.canonical_name,
            channels=stream.channels,
            sample_rate=stream.sample_rate,
        )

    @property
    def damage(self) -> str | None:
        return self._damage.describe(self._decoded_s, self._declared_s)

    def frames(self) -> Iterator[AudioFrame]:
        """Damaged packets are skipped and noted; a gap becomes frames of silence."""
        for frame in self._decoded():
            for part in (*self._silence_before(frame), frame):
                self._decoded_s += part.samples / part.sample_rate
                yield part

    def _decoded(self) -> Iterator[AudioFrame]:
        from av import FFmpegError

        for packet in self._packets():
            try:
                yield from self._stream.decode(packet)
            except FFmpegError:
                self._note_error()

    def _packets(self) -> Iterator[Packet[AudioStream]]:
        """All packets; a demuxer's error ends PyAV's iterator, so it is begun anew where the file stands."""
        from av import FFmpegError

        reason = ""
        for _ in range(_MAX_DEMUX_ERRORS):
            try:
                yield from self._container.demux(self._stream)
                return
            except FFmpegError as error:
                reason = error.strerror
                self._note_error()
            except IndexError:  # PyAV 18 trips at the end over tracks that appeared in mid-file
                return
        self._damage.stop = reason

    def _note_error(self) -> None:
        """Errors in one place are one error."""
        if self._damage.errors_s[-1:] != [self._decoded_s]:
            self._damage.errors_s.append(self._decoded_s)

    def _silence_before(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        gap_s = self._gap_s(frame)
        if self._noted_gap_s is None or gap_s < _MIN_GAP_S or not self._plausible(gap_s):
            return
        if gap_s >= self._noted_gap_s and self._decoded_s > 0:
            self._damage.gaps_s.append((self._decoded_s, gap_s))
        yield from silence(frame, gap_s)

    def _gap_s(self, frame: AudioFrame) -> float:
        """Seconds between the end of the last frame and the start of this one, by the container's clock."""
        start_s = self._clock_s if frame.time is None else frame.time
        gap_s = 0.0 if start_s is None or self._clock_s is None else start_s - self._clock_s
        self._clock_s = None if start_s is None else start_s + frame.samples / frame.sample_rate
        return gap_s

    def _plausible(self, gap_s: float) -> bool:
        """Broken clocks jump past the end that the file declares."""
        if self._end_s is None or self._clock_s is None:
            return gap_s <= _MAX_UNDECLARED_GAP_S
        return self._clock_s <= self._end_s + _MIN_GAP_S


def silence(like: AudioFrame, duration_s: float) -> Iterator[AudioFrame]:
    """Digital silence at a frame's rate and layout, in frames of at most a second."""
    from av.audio.frame import AudioFrame

    rate, channels = like.sample_rate, like.layout.nb_channels
    remaining = round(duration_s * rate)
    while remaining > 0:
        samples = min(remaining, rate)
        frame = AudioFrame.from_ndarray(np.zeros((1, samples * channels), np.int16), "s16", like.layout)
        frame.sample_rate = rate
        remaining -= samples
        yield frame
