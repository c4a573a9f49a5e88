"""Circuits: encodings and what they cost."""
