"""The Silero network drawn as matrix products around the weights of the shipped ONNX file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

COLUMNS = 4  # STFT columns of a frame of 576 samples, its end mirrored by 64
COLUMN_SAMPLES = 256
_HOP_SAMPLES = 128
_MIRRORED_SAMPLES = 64
_BINS = 129
_STRIDES = (1, 2, 2, 1)  # of the four convolutions


def stft_columns(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames with context (rows, 576) -> the samples under each STFT column (rows, 4, 256)."""
    mirrored = np.pad(rows, ((0, 0), (0, _MIRRORED_SAMPLES)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, COLUMN_SAMPLES, axis=1)[:, ::_HOP_SAMPLES]
    return np.ascontiguousarray(windows)


def dense_graph() -> bytes:
    """A serialised ONNX model: columns (rows, 4, 256), h and c (1, channels, 128), by_channel -> speech, hn, cn.

    Rows are frame by frame, the channels of a frame together. Raises ModelError where the shipped file is not there.
    """
    import onnx

    make = onnx.helper.make_node
    nodes = [
        make("MatMul", ["columns", "basis"], ["spectrum"]),
        make("Split", ["spectrum"], ["real", "imaginary"], axis=2, num_outputs=2),
        make("Mul", ["real", "real"], ["real2"]),
        make("Mul", ["imaginary", "imaginary"], ["imaginary2"]),
        make("Add", ["real2", "imaginary2"], ["power"]),
        make("Sqrt", ["power"], ["magnitude"]),
        make("Reshape", ["magnitude", "flat"], ["features0"]),
    ]
    for i in range(len(_STRIDES)):
        nodes.append(make("Gemm", [f"features{i}", f"dense{i}", f"bias{i}"], [f"linear{i}"]))
        nodes.append(make("Relu", [f"linear{i}"], [f"features{i + 1}"]))
    nodes += [
        make("Reshape", [f"features{len(_STRIDES)}", "by_channel"], ["sequence"]),
        make("LSTM", ["sequence", "W", "R", "B", "", "h", "c"], ["walked", "hn", "cn"], hidden_size=128),
        make("Relu", ["walked"], ["state"]),
        make("MatMul", ["state", "output"], ["score"]),
        make("Add", ["score", "output_bias"], ["logit"]),
        make("Sigmoid", ["logit"], ["speech"]),
    ]
    return _serialized(nodes, dense_weights())


def dense_weights() -> dict[str, NDArray[Any]]:
    """The new graph's constants from the shipped ones; raises ModelError where the shipped file is not there.

    basis (256, 258); dense0 … dense3 and bias0 … bias3; W, R and B of the LSTM; output (128, 1) and output_bias (1,).
    """
    weights = shipped_weights()
    lstm = sorted(name for name in weights if "LSTM" in name)  # input weights, recurrent weights, biases
    tensors: dict[str, NDArray[Any]] = {
        "basis": weights["encoder.feature_extractor.forward_basis_buffer"][:, 0, :].T,
        "flat": np.array([-1, COLUMNS * _BINS]),
        "output": weights["decoder.conv1d.weight"][0],
        "output_bias": weights["decoder.conv1d.bias"],
        **dict(zip("WRB", (weights[name] for name in lstm), strict=True)),
    }
    positions = COLUMNS
    for i, stride in enumerate(_STRIDES):
        kernel = weights[f"encoder.conv_layers.{i}.weight"]
        tensors[f"dense{i}"] = dense_of_convolution(kernel, positions, stride)
        positions = -(-positions // stride)
        tensors[f"bias{i}"] = np.tile(weights[f"encoder.conv_layers.{i}.bias"], positions)
    return tensors


def dense_of_convolution(kernel: NDArray[np.float32], positions: int, stride: int) -> NDArray[np.float32]:
    """The matrix of a convolution of width 3, padded by 1, over `positions` columns.

    kernel (out, in, 3) -> (positions × in, outputs × out), features of a position together.
    """
    features_out, features_in, width = kernel.shape
    outputs = -(-positions // stride)
    dense = np.zeros((positions, features_in, outputs, features_out), np.float32)
    for output in range(outputs):
        for tap in range(width):
            position = output * stride + tap - 1
            if 0 <= position < positions:
                dense[position, :, output, :] = kernel[:, :, tap].T
    return dense.reshape(positions * features_in, outputs * features_out)


def shipped_weights() -> Mapping[str, NDArray[np.float32]]:
    """Weights by their names in the ONNX file that faster-whisper ships; raises ModelError where it is not there."""
    import onnx
    from faster_whisper.utils import get_assets_path

    path = Path(get_assets_path()) / "silero_vad_v6.onnx"
    try:
        graph = onnx.load(path).graph
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the Silero VAD graph {path} cannot be loaded", remedy="reinstall faster-whisper==1.2.1"
        ) from error
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}


def _serialized(nodes: list[Any], tensors: Mapping[str, NDArray[Any]]) -> bytes:
    import onnx

    def value(name: str, shape: list[Any], kind: int = onnx.TensorProto.FLOAT) -> Any:
        return onnx.helper.make_tensor_value_info(name, kind, shape)

    state = [1, "channels", 128]
    graph = onnx.helper.make_graph(
        nodes,
        "silero",
        [
            value("columns", ["rows", COLUMNS, COLUMN_SAMPLES]),
            value("h", state),
            value("c", state),
            value("by_channel", [3], onnx.TensorProto.INT64),
        ],
        [value("speech", ["frames", 1, "channels", 1]), value("hn", state), value("cn", state)],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in tensors.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    serialized: bytes = model.SerializeToString()
    return serialized
