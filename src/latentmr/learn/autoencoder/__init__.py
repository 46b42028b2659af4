"""The cross-environment autoencoder: settings, network, objective and fit. Import it from :mod:`latentmr.learn`."""
