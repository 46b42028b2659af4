"""Training of networks: random restarts, minibatches, checkpoints and refinement; only learners use it."""
