"""Cost Hamiltonians, QAOA, surrogates and the searchers of hyper-parameters."""
