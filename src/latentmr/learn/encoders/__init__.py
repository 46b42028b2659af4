"""Encoders as arrays: what a saved model holds, without PyTorch."""
