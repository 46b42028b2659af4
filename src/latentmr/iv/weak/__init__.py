"""Tests and confidence sets that are valid with weak instruments."""
