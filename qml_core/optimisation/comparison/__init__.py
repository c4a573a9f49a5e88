"""Searchers compared on one space: replays of a table, anytime curves, tests over seeds."""
