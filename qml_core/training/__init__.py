"""Gradients, optimisers, schedules and diagnostics of variational circuits."""
