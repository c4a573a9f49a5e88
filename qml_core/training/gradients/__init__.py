"""Gradients from circuits that run, or from losses alone."""
