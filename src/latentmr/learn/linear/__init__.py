"""The closed-form learner, in its stationary and its factor form."""
