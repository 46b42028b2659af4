"""Encoders as arrays: the contents of a saved model, without PyTorch. A representation holds one of them."""
