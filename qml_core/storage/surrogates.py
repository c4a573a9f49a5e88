"""A surrogate as a table: one row per constant, field and coupling."""

import numpy as np

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.references import ArtifactRef
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import ArtifactStore

FOLDER = "surrogates"
_NONE = -1


def put_surrogate(store: ArtifactStore, model: PottsModel) -> ArtifactRef:
    """Store the model: columns variable, level, other, other_level, energy; −1 where there is none.

    The constant has no variable, a field no other one.
    """
    rows: list[tuple[int, int, int, int, float]] = [(_NONE, _NONE, _NONE, _NONE, model.constant)]
    for i, of in enumerate(model.fields):
        rows += [(i, a, _NONE, _NONE, float(energy)) for a, energy in enumerate(of)]
    for (i, j), table in model.couplings.items():
        rows += [(i, a, j, b, float(energy)) for (a, b), energy in np.ndenumerate(table)]
    numbers = np.array([row[:4] for row in rows], np.int64)
    names = ("variable", "level", "other", "other_level")
    columns = dict(zip(names, numbers.T, strict=True))
    energies = np.array([row[4] for row in rows], np.float64)
    return put_arrays(store, FOLDER, {**columns, "energy": energies}, {})


def get_surrogate(ref: ArtifactRef) -> PottsModel:
    """The model that was stored; raises ArtifactNotFound or CorruptArtifact."""
    found = get_arrays(ref)
    variable, level, energy = found["variable"], found["level"], found["energy"]
    other, other_level = found["other"], found["other_level"]
    sizes = [int(level[variable == i].max()) + 1 for i in range(int(variable.max()) + 1)]
    fields = [np.zeros(size) for size in sizes]
    couplings: dict[tuple[int, int], np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
    for i, a, j, b, value in zip(variable, level, other, other_level, energy, strict=True):
        if i >= 0 and j < 0:
            fields[i][a] = value
        elif i >= 0:
            pair = (int(i), int(j))
            table = couplings.setdefault(pair, np.zeros((sizes[i], sizes[j])))
            table[a, b] = value
    constant = float(energy[variable < 0][0])
    return PottsModel(constant, tuple(fields), couplings)
