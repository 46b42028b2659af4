"""The cross-environment autoencoder: settings, network, objective, fit. Its door is :mod:`latentmr.learn`."""
