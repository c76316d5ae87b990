"""The gRPC front: the same result as the API, typed errors as status codes, health and reflection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_tools import protoc

from engine import Engine, load_profile, to_dict
from engine.config import replace
from engine.serve import call_engine_pb2 as pb
from engine.serve import call_engine_pb2_grpc as rpc
from engine.serve.grpc_server import start
from tests.conftest import CALLS, PACKAGE

RECORDING = CALLS / "telecom-billing.flac"


@pytest.fixture(scope="module")
def engine():
    with Engine(replace(load_profile("demo"), {"audio": {"max_duration_s": 100.0}})) as engine:
        yield engine


@pytest.fixture(scope="module")
def channel(engine) -> Iterator[grpc.Channel]:
    """A channel to a server that runs in a thread of its own."""
    started, bound = threading.Event(), {}

    async def run() -> None:
        server, bound["port"] = start(engine, "127.0.0.1", 0)
        bound["loop"], bound["stopping"] = asyncio.get_running_loop(), asyncio.Event()
        await server.start()
        started.set()
        await bound["stopping"].wait()
        await server.stop(None)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert started.wait(60)
    with grpc.insecure_channel(f"127.0.0.1:{bound['port']}") as channel:
        yield channel
    bound["loop"].call_soon_threadsafe(bound["stopping"].set)
    thread.join(60)


def chunks(content: bytes, size: int = 64 * 1024) -> Iterator[pb.AudioChunk]:
    return (pb.AudioChunk(data=content[i : i + size]) for i in range(0, len(content), size))


def test_a_recording_comes_back_as_the_api_gives_it(channel, engine):
    content = RECORDING.read_bytes()
    message = rpc.CallEngineStub(channel).Process(chunks(content))
    expected = to_dict(engine.process(content))
    assert message.status == "completed"
    assert [u.text for u in message.utterances] == [u["text"] for u in expected["utterances"]]
    assert message.analysis.summary == expected["analysis"]["summary"]
    answers = message.analysis.checklists[0].answers
    assert [MessageToDict(answer)["value"] for answer in answers] == [
        answer["value"] for answer in expected["analysis"]["checklists"][0]["answers"]
    ]
    assert dict(message.metrics.talk_ratio) == pytest.approx(expected["metrics"]["talk_ratio"])


def test_the_proto_has_every_key_of_the_json(channel, engine):
    """A key that the proto does not know makes ParseDict raise; a field the JSON lacks shows here."""
    expected = to_dict(engine.process(RECORDING))
    fields = {field.name for field in pb.CallResult.DESCRIPTOR.fields}
    assert fields == set(expected)
    assert {field.name for field in pb.Analysis.DESCRIPTOR.fields} == set(expected["analysis"])
    assert {field.name for field in pb.Metrics.DESCRIPTOR.fields} == set(expected["metrics"])


def test_a_chat(channel):
    chat = pb.Chat(
        turns=[pb.ChatTurn(speaker="agent", text="Hello."), pb.ChatTurn(speaker="c", text="I am John Smith.")]
    )
    message = rpc.CallEngineStub(channel).AnalyzeText(chat)
    assert "Smith" not in str(MessageToDict(message))
    assert not message.utterances[0].HasField("start_s")


def test_redact_answers_in_order(channel):
    texts = ["my number is 415-555-2671", "nothing", "write to john@example.com"]
    answers = list(rpc.CallEngineStub(channel).Redact(pb.Text(id=str(i), text=text) for i, text in enumerate(texts)))
    assert [answer.id for answer in answers] == ["0", "1", "2"]
    assert [[span.entity for span in answer.spans] for answer in answers] == [["phone_number"], [], ["email_address"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"not audio" * 100, grpc.StatusCode.INVALID_ARGUMENT), (b"", grpc.StatusCode.INVALID_ARGUMENT)],
)
def test_bad_audio_is_a_status_code_with_the_error(channel, content, code):
    with pytest.raises(grpc.RpcError) as caught:
        rpc.CallEngineStub(channel).Process(chunks(content))
    assert caught.value.code() == code
    assert "NotAudioError" in caught.value.details()


def test_a_call_over_the_cap_is_resource_exhausted(channel):
    import io

    import numpy as np
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.zeros(101 * 8000, np.int16), 8000, format="WAV")
    with pytest.raises(grpc.RpcError) as caught:
        rpc.CallEngineStub(channel).Process(chunks(file.getvalue()))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_health(channel):
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_the_generated_code_is_of_this_proto(tmp_path):
    root = PACKAGE.parent
    known = Path(protoc.__file__).parent / "_proto"  # Google's own messages
    proto = str(root / "engine/serve/call_engine.proto")
    assert protoc.main(["", f"-I{root}", f"-I{known}", f"--python_out={tmp_path}", proto]) == 0
    made = (Path(tmp_path) / "engine/serve/call_engine_pb2.py").read_text()
    assert (
        made.split("AddSerializedFile")[1]
        == (PACKAGE / "serve/call_engine_pb2.py").read_text().split("AddSerializedFile")[1]
    )
