"""Flows: each reads as a sentence of tasks. Import them by their own module: `flows.train`."""
