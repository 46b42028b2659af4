"""Tests and confidence sets that hold however weak the instruments are."""
