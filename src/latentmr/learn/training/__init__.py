"""Training of networks: restarts, minibatches, checkpoints, refinement; for the learners alone."""
