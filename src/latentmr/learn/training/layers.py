"""Define layers that several networks share."""

from torch import nn

__all__ = ["perceptron"]


def perceptron(inputs: int, outputs: int, width: int, depth: int) -> nn.Sequential:
    """Make hidden layers with SiLU and a last layer that starts at zero."""
    layers: list[nn.Module] = []
    size = inputs
    for _ in range(depth):
        layers += [nn.Linear(size, width), nn.SiLU()]
        size = width
    last = nn.Linear(size, outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)
