"""The hyper-parameter configurations of quantum models: of every model the same number."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, product

import numpy as np

from qml_core.encoding_names import FIELDS_OF
from qml_core.specs import KernelSpec, ModelSpec
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.space import Value

Configurations = tuple[dict[str, Value], ...]

_MOST_PENALTIES = 4
_BANDWIDTH_STEP, _PENALTY_STEP, _RATE_STEP = 2.0, 10.0, 3.0
_BANDWIDTH_LIMIT, _PENALTY_LIMIT, _RATE_LIMIT = 100.0, 1e6, 10.0
_GAMMA_FACTORS = {1: (1.0,), 2: (0.5, 2.0), 3: (0.25, 1.0, 4.0)}
_DIGITS = 6
_WIDE = (0.05, 1.0)
"""Where a model says nothing of its bandwidths: from smooth kernels to the feature map's own."""


def kernel_configurations(
    model: ModelSpec, count: int, scale_of: Callable[[KernelSpec], float]
) -> Configurations:
    """Exactly `count` triples of bandwidth, γ and C; those of the model's own grid where they fit.

    Up to four C, the other factor bandwidths, both evenly spaced on a logarithmic scale over the
    ranges of the model, or around its value where it has one; bandwidths that are the default go up
    to 1, where data that a feature map was made for are told apart. Of a projected kernel whose γ
    is the default, γ is among them: factors of the inverse mean squared distance of its rows.

    Args:
        scale_of: γ of a projected kernel that suits its rows.
    """
    kernel = model.kernel
    tunes_gamma = kernel.kind == "projected" and kernel.gamma == KernelSpec().gamma
    bandwidths = _bandwidths(model)
    if _own_grid(model, count) and not tunes_gamma:
        return _grid(count, {"bandwidth": bandwidths, "C": sorted(model.C)})
    factors = _GAMMA_FACTORS[_n_gammas(count)] if tunes_gamma else (1.0,)
    n_bandwidths, n_penalties = _shape(math.ceil(count / len(factors)), bool(bandwidths))
    penalties = spread(model.C, n_penalties, _PENALTY_STEP, _PENALTY_LIMIT)
    if bandwidths:
        bandwidths = spread(bandwidths, n_bandwidths, _BANDWIDTH_STEP, _BANDWIDTH_LIMIT)
    if not tunes_gamma:
        return _grid(count, {"bandwidth": bandwidths, "C": penalties})
    found: list[dict[str, Value]] = []
    for encoding in _grid(len(bandwidths) or 1, {"bandwidth": bandwidths}):
        scale = scale_of(_with_encoding(kernel, encoding))
        gammas = [_rounded(min(scale * factor, 1e6)) for factor in factors]
        found += [encoding | rest for rest in _grid(None, {"gamma": gammas, "C": penalties})]
    return tuple(found[:count])


def fourier_configurations(model: ModelSpec, count: int) -> Configurations:
    """Exactly `count` pairs of the bandwidth of the circuit's encoding and C."""
    n_bandwidths, n_penalties = _shape(count, True)
    own = (model.encoding.bandwidth,) if model.variational else _bandwidths(model)
    bandwidths = spread(own, n_bandwidths, _BANDWIDTH_STEP, _BANDWIDTH_LIMIT)
    penalties = spread(model.C, n_penalties, _PENALTY_STEP, _PENALTY_LIMIT)
    if not model.variational and _own_grid(model, count):
        bandwidths, penalties = own, tuple(sorted(model.C))
    return _grid(count, {"bandwidth": bandwidths, "C": penalties})


def network_configurations(model: ModelSpec, count: int) -> Configurations:
    """Exactly `count` pairs of learning rate and bandwidth of the encoding, around the model's own.

    Where the encoding has no bandwidth the initialisation is varied in its place, or nothing.
    """
    training, others = model.training, dict[str, Sequence[Value]]()
    if has_bandwidth(model.encoding):
        n_bandwidths, n_rates = _shape(count, True)
        if training.optimiser == "rotosolve":  # which has no step size
            n_bandwidths, n_rates = count, 1
        own = (model.encoding.bandwidth,)
        others["bandwidth"] = spread(own, n_bandwidths, _BANDWIDTH_STEP, _BANDWIDTH_LIMIT)
    else:
        if training.initialisation != "identity" and count > 1:
            other = "small" if training.initialisation == "uniform" else "uniform"
            others["initialisation"] = (training.initialisation, other)
        n_rates = math.ceil(count / math.prod(map(len, others.values())))
    rates = spread((training.learning_rate,), n_rates, _RATE_STEP, _RATE_LIMIT)
    return _grid(count, {**others, "learning_rate": rates})


def has_bandwidth(encoding: EncodingSpec) -> bool:
    """Whether its angles have a factor; an encoding from elsewhere is taken to have one."""
    return "bandwidth" in FIELDS_OF.get(encoding.name, {"bandwidth"})


def spread(values: Sequence[float], count: int, step: float, limit: float) -> tuple[float, ...]:
    """`count` values, ascending, evenly on a logarithmic scale over the range of the given ones.

    Args:
        values: as many as asked for are taken as they are; of one value, those around it, it among
            them.
        step: largest factor between two values around one.
        limit: none is above it.
    """
    low, high = min(values), max(values)
    if len(values) == count:
        return tuple(sorted(values))
    if count == 1:
        return (_rounded(math.sqrt(low * high)),)
    if low < high:
        return tuple(_rounded(v) for v in np.geomspace(low, high, count))
    below = count // 2
    factor = min(step, step ** (3 / below))
    above = count - 1 - below
    top = min(high * factor**above, limit)
    return tuple(
        high if top == high * factor**above and k == above else _rounded(top / factor**k)
        for k in reversed(range(count))
    )


def _bandwidths(model: ModelSpec) -> tuple[float, ...]:
    """Candidates of a kernel model, or its encoding's own; none where it has no bandwidth."""
    encoding = model.kernel.encoding
    if not has_bandwidth(encoding):
        return ()
    if _says_nothing(model):
        return _WIDE
    return tuple(sorted(set(model.bandwidths))) or (encoding.bandwidth,)


def _says_nothing(model: ModelSpec) -> bool:
    """Whether the bandwidths are the default, where there are any."""
    usual = model.bandwidths == ModelSpec.model_fields["bandwidths"].default
    return usual and has_bandwidth(model.kernel.encoding)


def _own_grid(model: ModelSpec, count: int) -> bool:
    """Whether the grid of the model is one that was asked for, and of that size."""
    return model.configurations == count and not _says_nothing(model)


def _with_encoding(kernel: KernelSpec, changed: dict[str, Value]) -> KernelSpec:
    return kernel.model_copy(update={"encoding": kernel.encoding.model_copy(update=changed)})


def _n_gammas(count: int) -> int:
    if count >= 18 and count % 3 == 0:
        return 3
    return 2 if count >= 4 else 1


def _shape(count: int, bandwidths: bool) -> tuple[int, int]:
    """Numbers of bandwidths and penalties whose product is `count`, or a little more.

    Of bandwidths as many or more: a kernel changes with them more than a machine with C.
    """
    if not bandwidths:
        return 1, count
    for penalties in range(_MOST_PENALTIES, 1, -1):
        if count % penalties == 0 and count // penalties >= penalties:
            return count // penalties, penalties
    penalties = min(_MOST_PENALTIES, math.isqrt(count))
    return math.ceil(count / penalties), penalties


def _grid(count: int | None, values: dict[str, Iterable[Value]]) -> Configurations:
    """The first `count` combinations, the last name fastest; names without values are left out."""
    given = {name: tuple(some) for name, some in values.items() if tuple(some)}
    combinations = islice(product(*given.values()), count)
    return tuple(dict(zip(given, some, strict=True)) for some in combinations)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
