"""The command line: parse, one library call, write."""

from latentmr.cli.app import app, main

__all__ = ["app", "main"]
