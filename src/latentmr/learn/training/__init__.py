"""Training of networks: restarts, minibatches, checkpoints, refinement."""
