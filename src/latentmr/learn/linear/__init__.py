"""The closed-form learner, in its stationary and its factor form. Its door is :mod:`latentmr.learn`."""
