"""The cross-environment autoencoder."""
