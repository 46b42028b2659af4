"""The normalizing flow: settings, networks, number of instruments, fit. Its door is :mod:`latentmr.learn`."""
