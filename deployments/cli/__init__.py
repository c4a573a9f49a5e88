"""The command line: `qml …`. Light at the door: nothing heavy is imported before input is valid."""

from deployments.cli.app import main

__all__ = ["main"]
