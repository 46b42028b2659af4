"""Encoders as arrays: what a saved model holds, without PyTorch. They come with a representation."""
