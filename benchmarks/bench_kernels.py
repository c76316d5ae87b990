"""Each kernel of the model beside its plain reference, torch.compile of that and torch's own, where there is one: its
attention, and of a product in 8 bits the one at the width of --dtype.

ms, GB/s over the bytes that must move at least, their share of the copy bandwidth measured in the same run, of products
TFLOP/s and their share of the float8 rate, and ratios of times. A kernel that does not win goes. Triton needs a card;
--references times the plain references on any device.
usage: python benchmarks/bench_kernels.py [--kernel attention] [--rows 1 32 256]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from ceilings import DEVICE, DEVICE_NAME, ON_CARD, copy_bandwidth, float8_rate, seconds_of
from common import write_row
from engine_kernels.float8 import FLOAT8, float8_linear_reference, narrowed_rows
from torch import Tensor
from torch.nn import functional

HEADS, WIDTH, STATES, VOCABULARY, TOKENS = 20, 64, 1500, 51866, 110  # large-v3-turbo
END, FIRST_TIMESTAMP = 50257, 50365


@dataclass(frozen=True)
class Case:
    """`least_bytes`: what must be read and written at least. `others`: more ways to the same, by name. `operations`:
    those of a matrix product, where it is one."""

    name: str
    shape: str
    kernel: Callable[[], object]
    reference: Callable[[], object]
    least_bytes: int
    others: dict[str, Callable[[], object]]
    operations: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kernel", choices=CASES, nargs="*", default=list(CASES))
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 32, 256], help="slots or windows; default: 1 32 256")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--references", action="store_true", help="time the plain references only")
    options = parser.parse_args()
    if not ON_CARD and not options.references:
        raise SystemExit("the kernels need a CUDA device; --references times their plain references on a CPU")
    bandwidth, multiplied = copy_bandwidth(), float8_rate() if "float8_linear" in options.kernel else math.nan
    for name in options.kernel:
        for rows in options.rows:
            for case in CASES[name](rows, getattr(torch, options.dtype)):
                report(case, rows, options, bandwidth, multiplied)


@torch.inference_mode()
def report(case: Case, rows: int, options: argparse.Namespace, bandwidth: float, multiplied: float) -> None:
    reference_s = seconds_of(case.reference)
    others = {name: math.nan if options.references else seconds_of(run) for name, run in case.others.items()}
    kernel_s = math.nan if options.references else seconds_of(case.kernel)
    timed_s = reference_s if options.references else kernel_s
    rate, product = case.least_bytes / timed_s, (case.operations or math.nan) / timed_s
    write_row(
        "bench_kernels",
        {
            "kernel": case.name,
            "timed": "reference" if options.references else "kernel",
            "device": DEVICE_NAME,
            "dtype": options.dtype,
            "rows": rows,
            "shape": case.shape,
            "ms": round(1e3 * kernel_s, 4),
            "reference_ms": round(1e3 * reference_s, 4),
            "gb_per_s": round(rate / 1e9, 1),
            "share_of_copy_bandwidth": round(rate / bandwidth, 3),
            "tflop_per_s": round(product / 1e12, 1),
            "share_of_float8_rate": round(product / multiplied, 3),
            "reference_over_kernel": round(reference_s / kernel_s, 2),
            "compiled_over_kernel": round(others["compiled"] / kernel_s, 2),
            "sdpa_over_kernel": round(others.get("sdpa", math.nan) / kernel_s, 2),
            "wide_over_kernel": round(others.get("wide", math.nan) / kernel_s, 2),
        },
    )


def attention(rows: int, dtype: torch.dtype) -> list[Case]:
    """A step's cross-attention over a full window, at the width of `dtype` and in 8 bits, and its self-attention in the
    middle of a text."""
    return [
        _attention("cross", rows, STATES, STATES, dtype),
        _attention("cross, float8", rows, STATES, STATES, dtype, FLOAT8),
        _attention("self", rows, 448, TOKENS // 2, dtype),
    ]


def _attention(
    name: str, rows: int, places: int, count: int, dtype: torch.dtype, kept: torch.dtype | None = None
) -> Case:
    """`kept`: what keys and values are read as; torch's own attention reads them in `dtype`, which is all it can."""
    from engine_kernels import attention as module  # here: without a card there may be no Triton

    queries = torch.randn(rows, HEADS, 1, WIDTH, device=DEVICE, dtype=dtype)
    wide = [torch.randn(rows, HEADS, places, WIDTH, device=DEVICE, dtype=dtype) for _ in range(2)]
    keys, values = (each.to(kept or dtype) for each in wide)
    counts = torch.full((rows, 1), count, device=DEVICE)
    given = (queries, keys, values, counts)
    mask = (torch.arange(places, device=DEVICE) < counts)[:, None, None]
    return Case(
        f"attention ({name})",
        f"{rows}x{HEADS}x{count} of {places}x{WIDTH}",
        lambda: module.attention(*given),
        lambda: module.attention_reference(*given),
        2 * rows * HEADS * count * WIDTH * keys.dtype.itemsize,
        {
            "compiled": _compiled(module.attention_reference, *given),
            "sdpa": lambda: functional.scaled_dot_product_attention(queries, *wide, attn_mask=mask),
        },
    )


def sampling(rows: int, dtype: torch.dtype) -> list[Case]:
    from engine_kernels.sampling import greedy

    from engine.asr.whisper.rules import Past, TokenIds, TokenRules

    ids = TokenIds(END, END + 1, END + 2, FIRST_TIMESTAMP, suppressed=tuple(range(1, 90)), not_first=(220, END))
    logits = torch.randn(rows, VOCABULARY, device=DEVICE, dtype=dtype)
    past = Past(*(torch.full((rows,), number, device=DEVICE) for number in (5, 1000, 1001, -1)))
    cases = []
    for timestamps in (False, True):
        plain, fused = (
            TokenRules(ids, VOCABULARY, timestamps, torch.device(DEVICE), kernel) for kernel in (None, greedy)
        )
        cases.append(
            Case(
                f"sampling ({'timestamps' if timestamps else 'text'})",
                f"{rows}x{VOCABULARY}",
                lambda fused=fused: fused.greedy(logits, past),
                lambda plain=plain: plain.greedy(logits, past),
                rows * VOCABULARY * dtype.itemsize,
                {"compiled": _compiled(plain.greedy, logits, past)},
            )
        )
    return cases


def alignment(rows: int, _: torch.dtype) -> list[Case]:
    """Six heads, as large-v3-turbo has; always float32."""
    from engine_kernels.alignment import warped_attention as kernel

    from engine.asr.whisper.alignment import warped_attention as plain

    attention = torch.randn(rows, 6, TOKENS + 4, STATES, device=DEVICE)
    first, tokens, frames = (torch.full((rows,), number, device=DEVICE) for number in (3, TOKENS + 1, STATES))
    given: tuple[Tensor, Tensor, Tensor, Tensor, int] = (attention, first, tokens, frames, TOKENS + 1)
    return [
        Case(
            "alignment",
            f"{rows}x6x{TOKENS + 1}x{STATES}",
            lambda: kernel(*given),
            lambda: plain(*given),
            4 * attention.numel(),
            {"compiled": _compiled(plain, *given)},
        )
    ]


def float8_linear(rows: int, dtype: torch.dtype) -> list[Case]:
    """The encoder's products over so many windows, 64 at most; compiled: all of them as torch does it by itself."""
    return [_product(min(rows, 64) * STATES, *shape, dtype) for shape in ((1280, 3840), (1280, 5120), (5120, 1280))]


def _product(m: int, width: int, out: int, dtype: torch.dtype) -> Case:
    rows, weight, bias = (torch.randn(*s, device=DEVICE, dtype=dtype) for s in ((m, width), (out, width), (out,)))
    given = (rows, *narrowed_rows(weight), bias)

    def run() -> object:
        from engine_kernels.float8_linear import float8_linear as kernel  # here: without a card there may be no Triton

        return kernel(*given)

    return Case(
        "float8_linear",
        f"{m}x{width}x{out}",
        run,
        lambda: float8_linear_reference(*given),
        dtype.itemsize * (rows.numel() + m * out) + weight.numel(),
        {"compiled": _compiled(_torchs_own, *given), "wide": lambda: functional.linear(rows, weight, bias)},
        operations=2 * m * width * out,
    )


def _torchs_own(rows: Tensor, weight: Tensor, scales: Tensor, bias: Tensor) -> Tensor:
    narrow, row_scales = narrowed_rows(rows)
    return torch._scaled_mm(narrow, weight.T, row_scales, scales.T, bias, out_dtype=rows.dtype)


def _compiled(function: Callable[..., object], *given: object) -> Callable[[], object]:
    """Compiled at its first run, which is not timed."""
    compiled = torch.compile(function)
    return lambda: compiled(*given)


CASES = {"attention": attention, "sampling": sampling, "alignment": alignment, "float8_linear": float8_linear}


if __name__ == "__main__":
    main()
