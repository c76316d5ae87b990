"""What FFmpeg may open: one recording, from one file object, with nothing reachable beyond it."""

from pathlib import Path

import av
import numpy as np
import pytest

from engine.audio import decode
from engine.audio.container import DECODERS, DEMUXERS
from engine.config_types import AudioConfig
from engine.errors import NotAudioError

CONFIG = AudioConfig()

REFERENCES = {
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{target}\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 50040 RTP/AVP 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
    'mimeType="audio/mp4"><Representation id="1"><BaseURL>file://{target}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>",
    "path": "{target}",
}


@pytest.mark.parametrize("kind", REFERENCES)
@pytest.mark.parametrize("suffix", [".wav", ".m3u8", ".ffconcat", ".sdp", ".mpd"])
def test_a_file_cannot_pull_in_another_or_open_a_socket(tones, wav, tmp_path, kind, suffix):
    target = tmp_path / "secret.wav"
    target.write_bytes(wav(tones(1.0, 16_000, [440]), 16_000))
    decoy = tmp_path / f"call{suffix}"
    decoy.write_text(REFERENCES[kind].format(target=target))
    for source in (decoy, decoy.read_bytes()):
        with pytest.raises(NotAudioError):
            decode(source, CONFIG)


@pytest.mark.parametrize("kind", ["concat", "sdp"])
def test_what_ffmpeg_knows_is_stopped_by_the_list(kind):
    """By itself FFmpeg opens sockets for SDP even where it comes as a file object."""
    with pytest.raises(NotAudioError, match="Invalid argument"):
        decode(REFERENCES[kind].format(target="call.wav").encode(), CONFIG)


def test_the_lists_name_what_ffmpeg_has():
    """A misspelt name would silently allow nothing."""
    demuxers = {part for name in av.formats_available for part in name.split(",")}
    assert set(DEMUXERS) <= demuxers
    assert set(DECODERS) <= set(av.codecs_available) | {"amrnb", "amrwb"}
    assert all(av.Codec(name).type == "audio" for name in DECODERS)


def test_no_demuxer_that_reads_other_files_is_allowed():
    dangerous = {"concat", "hls", "dash", "sdp", "rtsp", "rtp", "image2", "lavfi", "imf", "tedcaptions", "applehttp"}
    assert not dangerous & set(DEMUXERS)


def test_an_unsupported_codec_is_named(tones, recording):
    with pytest.raises(NotAudioError, match=r"codec is not supported.*dfpwm"):
        decode(recording(tones(1.0, 44_100, [440]), 44_100, "dfpwm", "wav"), CONFIG)


def test_damage_makes_no_noise_on_the_terminal(recording, capfd):
    signal = np.random.default_rng(0).standard_normal((10 * 16_000, 1)).astype(np.float32) * 0.1
    data = bytearray(recording(signal, 16_000, "libmp3lame", "mp3"))
    data[5000:9000] = bytes(4000)
    assert decode(bytes(data), CONFIG).damage
    assert capfd.readouterr() == ("", "")


def test_decoding_leaves_no_file_open(tones, wav, tmp_path):
    path = tmp_path / "call.wav"
    path.write_bytes(wav(tones(1.0, 16_000, [440]), 16_000))
    decode(path, CONFIG)
    assert str(path) not in [str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.exists()]
