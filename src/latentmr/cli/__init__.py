"""The command line: read the options, call the library, write and show the results."""

from latentmr.cli.app import app, main

__all__ = ["app", "main"]
