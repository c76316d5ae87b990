"""`call-engine serve`: the engine over gRPC, on the loopback interface unless told otherwise."""

from __future__ import annotations

import asyncio
import functools
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeVar, cast

from engine.config_types import EngineConfig
from engine.engine import Engine
from engine.errors import AudioLimitError, CallEngineError, ConfigurationError, InputError, LlmUnavailableError
from engine.privacy import load_privacy_filter

try:
    import grpc
    from grpc_health.v1 import health, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection

    from engine.serve import call_engine_pb2 as pb
    from engine.serve import call_engine_pb2_grpc as rpc
    from engine.serve.convert import to_message, to_redacted, to_turns
except ImportError as error:
    raise ConfigurationError(
        "call-engine serve", received=f"no module {error.name}", remedy="pip install 'call-engine[serve]'"
    ) from error

T = TypeVar("T")
_SPOOL_BYTES = 16 * 1024**2
_STATUS = (
    (AudioLimitError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (InputError, grpc.StatusCode.INVALID_ARGUMENT),
    (ConfigurationError, grpc.StatusCode.INVALID_ARGUMENT),
    (LlmUnavailableError, grpc.StatusCode.UNAVAILABLE),
    (CallEngineError, grpc.StatusCode.INTERNAL),
)


class Service(rpc.CallEngineServicer):  # type: ignore[misc]
    """Hands calls to one engine; blocking work runs in threads, so that one event loop serves everybody."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._privacy = load_privacy_filter(engine.config.privacy)
        self._threads = ThreadPoolExecutor(engine.config.calls_in_flight, thread_name_prefix="grpc")

    async def Process(self, chunks: AsyncIterator[pb.AudioChunk], context: grpc.aio.ServicerContext) -> pb.CallResult:  # noqa: N802
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as upload:
            limit = self._engine.config.audio.max_decoded_bytes
            async for chunk in chunks:
                upload.write(chunk.data)
                if upload.tell() > limit:
                    fault = AudioLimitError(
                        "upload", received=f"over {limit} bytes", expected="audio.max_decoded_bytes"
                    )
                    await _abort(context, fault)
            upload.seek(0)
            return await self._answer(context, lambda: to_message(self._engine.process(cast(BinaryIO, upload))))

    async def AnalyzeText(self, chat: pb.Chat, context: grpc.aio.ServicerContext) -> pb.CallResult:  # noqa: N802
        return await self._answer(context, lambda: to_message(self._engine.analyze_text(to_turns(chat))))

    async def Redact(  # noqa: N802
        self, requests: AsyncIterator[pb.Text], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.RedactedText]:
        async for request in requests:
            yield await self._answer(context, functools.partial(self._redact, request))

    def _redact(self, request: pb.Text) -> pb.RedactedText:
        return to_redacted(request, self._privacy.redact_text(request.text, request.language or "en"))

    async def _answer(self, context: grpc.aio.ServicerContext, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except CallEngineError as error:
            await _abort(context, error)


async def _abort(context: grpc.aio.ServicerContext, error: CallEngineError) -> NoReturn:
    code = next(code for kind, code in _STATUS if isinstance(error, kind))
    await context.abort(code, f"{type(error).__name__}: {error}")
    raise AssertionError("abort raises")


def serve(config: EngineConfig, host: str, port: int, out: Path | None) -> int:
    """Serve until SIGINT or SIGTERM; calls in flight are finished first."""
    with Engine(config, out=out) as engine:
        asyncio.run(_serve(engine, host, port))
    return 0


async def _serve(engine: Engine, host: str, port: int) -> None:
    server, bound = start(engine, host, port)
    await server.start()
    print(f"serving {engine.models.asr} on {host}:{bound}", file=sys.stderr, flush=True)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    await server.stop(grace=60)


def start(engine: Engine, host: str, port: int) -> tuple[grpc.aio.Server, int]:
    """A server that is bound but not started, and its port (0 asks for a free one)."""
    server = grpc.aio.server()
    rpc.add_CallEngineServicer_to_server(Service(engine), server)
    status = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    names = (pb.DESCRIPTOR.services_by_name["CallEngine"].full_name, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    bound = server.add_insecure_port(f"{host}:{port}")
    if not bound:
        raise ConfigurationError(
            "call-engine serve", received=f"{host}:{port}", remedy="choose a free port with --port"
        )
    return server, bound
