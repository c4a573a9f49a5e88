"""How a search turns a black box into qubits, in plain words."""

from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.search import SearchSection, SurrogatePicture

_SURROGATES = {
    "sparse_bayes": "a sparse Bayesian linear regression with pairwise terms (BOCS, Baptista & "
    "Poloczek 2018, arXiv:1806.08838); a Thompson draw of its posterior",
    "factorisation_machine": "a factorisation machine (FMQA, Kitai et al. 2020, "
    "arXiv:1907.13493); a Thompson draw of it",
}

_SOLVERS = {
    "qaoa": "is an Ising polynomial, and the samples of QAOA at low energy are the next trials.",
    "anneal": "is minimised by simulated annealing: the control that tells whether the quantum "
    "part does anything.",
}

_ENCODINGS = {
    "one_hot": "A variable of two levels takes one qubit and an X mixer; one of k ≥ 3 levels takes "
    "k qubits, and XY mixers keep exactly one of them at 1.",
    "binary": "One-hot does not fit, so that a variable of k levels takes ⌈log₂ k⌉ qubits; words "
    "that are no level cost a penalty, and samples of them are discarded.",
    "blocks": "One-hot does not fit, so that QAOA moves a block of variables at a time while the "
    "others keep the levels of the best trial so far.",
}


def how_words(search: SearchSection) -> str:
    """How the black box becomes a Hamiltonian; nothing of a searcher without a surrogate."""
    solver = _SOLVERS.get(search.searcher)
    if solver is None:
        return ""
    kind = "sparse_bayes" if search.surrogate is None else search.surrogate.kind
    model = _SURROGATES.get(kind, f"a surrogate ({kind}); a draw of it")
    return (
        "The objective is a black box and has no Hamiltonian. Each round makes one: the trials so "
        f"far, one-hot, are fitted by {model} {solver}"
    )


def encoding_words(search: SearchSection) -> str:
    """How variables became qubits, and how many; nothing where there are none."""
    found = search.surrogate
    if found is None or not found.n_qubits:
        return ""
    return " ".join(filter(None, (_ENCODINGS.get(found.encoding, ""), _qubits(found), found.note)))


def _qubits(found: SurrogatePicture) -> str:
    return f"The circuit has {number(found.n_qubits)} qubit{'s' if found.n_qubits > 1 else ''}."
