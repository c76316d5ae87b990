"""Products in 8 bits: torch's scaled product beside the plain reference, and both beside float64."""

from __future__ import annotations

import pytest
import torch
from engine_kernels.float8 import FLOAT8, float8_linear_reference, narrowed_rows, widened
from engine_kernels.float8_linear import float8_linear

TYPES = [torch.float32, torch.bfloat16]
SHAPES = [(1, 16, 16), (5, 48, 144), (131, 192, 768), (33, 1280, 64), (3, 20, 7), (2, 1, 1)]  # rows, width, out
ON_CARD = torch.cuda.is_available()


@pytest.fixture(autouse=True)
def rounding(monkeypatch):
    """Triton's interpreter (3.8) loses the carry into the exponent: 1.98 becomes 1 in float8. Here torch rounds, as a
    card does."""
    import triton.language as tl
    from triton.runtime import interpreter

    convert = interpreter._convert_float

    def rounded(numbers, source, target, mode):
        if (source, target) != (tl.float32, tl.float8e4nv):
            return convert(numbers, source, target, mode)
        return torch.from_numpy(numbers).to(FLOAT8).view(torch.uint8).numpy()

    monkeypatch.setattr(interpreter, "_convert_float", rounded)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def given(m, width, out, dtype, device, size=1.0):
    """Rows of very different sizes, weight and bias."""
    sizes = size * 10.0 ** torch.arange(m).remainder(5)[:, None]
    rows, weight, bias = drawn(m, width) * sizes, drawn(out, width, seed=1), drawn(out, seed=2)
    return tuple(each.to(device, dtype) for each in (rows, weight, bias))


def exact(rows, weight, bias):
    return rows.double() @ weight.double().T + bias.double()


@pytest.mark.parametrize("dtype", [*TYPES, torch.float16])
@pytest.mark.parametrize("size", [1e-3, 1.0])
def test_every_number_of_a_row_comes_back_to_a_sixteenth(dtype, size):
    rows, _, _ = given(7, 131, 1, dtype, "cpu", size)
    kept, scales = narrowed_rows(rows)
    assert kept.dtype == FLOAT8 and scales.dtype == torch.float32 and scales.shape == (7, 1)
    largest = rows.float().abs().amax(dim=1, keepdim=True)
    assert ((widened(kept, scales) - rows.float()).abs() <= rows.float().abs() / 16 * 1.001 + largest * 2**-18).all()
    assert (kept.float().abs().amax(dim=1) == 448).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", TYPES)
def test_kernel_and_reference_are_the_same(shape, dtype, device):
    """But for the order of sums, and the rounding of the result."""
    if ON_CARD and (dtype == torch.float32 or any(side % 16 for side in shape[1:])):
        pytest.skip("a card multiplies these not at all: the encoder keeps its type then")
    rows, weight, bias = given(*shape, dtype, device)
    found, expected = (run(rows, *narrowed_rows(weight), bias) for run in (float8_linear, float8_linear_reference))
    assert found.shape == (shape[0], shape[2]) and found.dtype == expected.dtype == dtype
    rounding = 2**-20 if dtype == torch.float32 else 2**-7
    size = expected.float().abs().amax(dim=1, keepdim=True)
    assert ((found.float() - expected.float()).abs() <= rounding * size).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", TYPES)
def test_a_product_is_off_by_less_than_an_eighth_of_its_terms(shape, dtype, device):
    """Each factor of a term is off by a sixteenth of itself at most, or by 2^-18 of its row's largest."""
    rows, weight, bias = given(*shape, dtype, device)
    found = float8_linear_reference(rows, *narrowed_rows(weight), bias)
    a, b = (
        factor.double().abs() + factor.double().abs().amax(dim=1, keepdim=True) * 2**-14 for factor in (rows, weight)
    )
    bound = (2 / 16 + 1 / 256 + 1e-3) * (a @ b.T) + (2**-8 if dtype != torch.float32 else 2**-22) * exact(
        rows, weight, bias
    ).abs()
    assert ((found.double() - exact(rows, weight, bias)).abs() <= bound).all()


@pytest.mark.parametrize("dtype", TYPES)
def test_errors_of_many_terms_cancel(dtype, device):
    """Of a row of an encoder's width: a few hundredths, however large the row is beside the others."""
    rows, weight, bias = given(40, 1280, 96, dtype, device)
    found = float8_linear_reference(rows, *narrowed_rows(weight), torch.zeros_like(bias)).double()
    expected = exact(rows, weight, torch.zeros_like(bias))
    assert ((found - expected).norm(dim=1) <= 0.05 * expected.norm(dim=1)).all()


@pytest.mark.parametrize("run", [float8_linear, float8_linear_reference])
def test_no_rows_and_rows_of_silence(run, device):
    weight, scales = narrowed_rows(drawn(32, 48).to(device))
    bias = drawn(32).to(device, torch.bfloat16)
    assert run(torch.zeros(0, 48, device=device, dtype=torch.bfloat16), weight, scales, bias).shape == (0, 32)
    silence = torch.zeros(3, 48, device=device, dtype=torch.bfloat16)
    assert torch.equal(run(silence, weight, scales, bias), bias.expand(3, -1))
    nothing = run(silence, *narrowed_rows(torch.zeros(32, 48, device=device)), bias)
    assert torch.equal(nothing, bias.expand(3, -1))


@pytest.mark.parametrize("run", [float8_linear, float8_linear_reference])
def test_huge_rows_and_what_is_no_number(run, device):
    """An overflow further up must not come out as a number that looks right."""
    rows = drawn(4, 48).to(device, torch.bfloat16)
    rows[0] *= 1e30
    rows[1, 3], rows[2, 4] = torch.inf, torch.nan
    weight = drawn(32, 48, seed=1).to(device, torch.bfloat16)
    found = run(rows, *narrowed_rows(weight), torch.zeros(32, device=device, dtype=torch.bfloat16))
    expected = exact(rows[[0, 3]], weight, torch.zeros(32, device=device))
    assert ((found[[0, 3]].double() - expected).norm(dim=1) <= 0.06 * expected.norm(dim=1)).all()
    assert not found[1:3].isfinite().any()


def test_rows_that_lie_apart(device):
    """Rows may be a part of wider ones."""
    wide = drawn(6, 96).to(device, torch.bfloat16)
    weight, scales = narrowed_rows(drawn(32, 48).to(device))
    bias = drawn(32).to(device, torch.bfloat16)
    alone = float8_linear(wide[:, :48].contiguous(), weight, scales, bias)
    assert torch.equal(float8_linear(wide[:, :48], weight, scales, bias), alone)


@pytest.mark.gpu
@pytest.mark.skipif(not ON_CARD, reason="needs a CUDA device")
def test_a_graph_holds_it(device):
    """Nothing in it waits for the host."""
    rows, weight, bias = given(64, 128, 256, torch.bfloat16, device)
    weight, scales = narrowed_rows(weight)
    expected = float8_linear(rows, weight, scales, bias)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = float8_linear(rows, weight, scales, bias)
    graph.replay()
    assert torch.equal(found, expected)
