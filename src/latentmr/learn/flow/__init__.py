"""The normalizing flow: settings, networks, number of instruments and fit. Import it from :mod:`latentmr.learn`."""
