"""Compile every kernel to machine code for the cards that count; needs the compiler only, no card."""

from __future__ import annotations

import sys

from engine_kernels import alignment, attention, float8_linear, sampling
from triton import compile
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

FLOATS, BYTES, LONGS, DOUBLES, INTS, HALVES, FLOAT8S = "*fp32", "*u8", "*i64", "*fp64", "*i32", "*bf16", "*fp8e4nv"
PART = {"queries": HALVES, "counts": LONGS, "sums tops totals": FLOATS, "scale": "fp32"}
SCAN = {
    "logits": HALVES,
    "bans": BYTES,
    "written last before_last latest": LONGS,
    "parts": FLOATS,
    "places": INTS,
}
WARP = {
    "attention costs": FLOATS,
    "first row_counts column_counts starts": LONGS,
    "steps": BYTES,
    "passed": DOUBLES,
}
TYPES = [
    (attention._part, PART | {"keys values": HALVES}),
    (attention._part, PART | {"keys values": FLOAT8S}),
    (attention._join, {"sums tops totals": FLOATS, "out": HALVES}),
    (float8_linear._narrow, {"rows": HALVES, "narrow": FLOAT8S, "scales": FLOATS}),
    (sampling._scan, SCAN),
    (sampling._join, {"parts log_probability text_probability": FLOATS, "places": INTS, "token": LONGS}),
    (alignment._warp, WARP),
]
CONSTANTS = {"heads": 20, "splits": 8, "width": 64, "block": 64, "timestamps": True, "most_rows": 128}
CARDS = (90, 121)  # H100 and H200; GB10

for kernel, types in TYPES:
    signature = dict.fromkeys(kernel.arg_names, "i32")
    signature |= {name: kind for names, kind in types.items() for name in names.split()}
    constants = {param.name: CONSTANTS[param.name] for param in kernel.params if param.is_constexpr}
    signature |= dict.fromkeys(constants, "constexpr")
    for card in CARDS:
        binary = compile(ASTSource(kernel, signature, constants), target=GPUTarget("cuda", card, 32)).asm["cubin"]
        sys.stdout.write(f"{card} {kernel.fn.__name__} {len(binary)}\n")
