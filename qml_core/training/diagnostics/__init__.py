"""Whether a circuit can be trained: its gradients, states and frequencies at random parameters."""
