"""The closed-form learner in its stationary and factor forms. Import it from :mod:`latentmr.learn`."""
