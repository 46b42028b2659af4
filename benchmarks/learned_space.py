"""Draw the learned space before and after, coloured by environment: the picture of docs/autoencoder.md.

Usage: python benchmarks/learned_space.py [--out docs/learned_space.png] (needs matplotlib: the group `docs`)
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np

import latentmr as lm
from latentmr.benchmark import leak, recovery
from latentmr.simulate import diffeomorphic

#: Colours that colour-blind readers can distinguish (Okabe and Ito, 2008), and markers for prints in grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
MARKERS = ("o", "^", "s", "D")
SHOWN = 400


def panel(ax: plt.Axes, points: np.ndarray, env: np.ndarray, title: str, names: tuple[str, str]) -> None:
    """Draw a scatter plot of some individuals of each environment, in mixed order."""
    rng = np.random.default_rng(0)
    for e in range(4):
        rows = rng.choice(np.flatnonzero(env == e), SHOWN, replace=False)
        ax.scatter(
            *points[rows, :2].T,
            s=7,
            alpha=0.55,
            c=COLOURS[e],
            marker=MARKERS[e],
            linewidths=0,
            label=f"environment {e + 1}",
        )
    ax.set_title(title, fontsize=10, loc="left")
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    ax.spines[["top", "right"]].set_visible(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/learned_space.png")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    drawn = diffeomorphic(seed=options.seed)
    data, truth = drawn.dataset, drawn.truth
    before = lm.LinearLearner(k=3).fit(data).encode(data.G)
    model = lm.AutoencoderLearner(k=3, seed=options.seed).fit(data)
    z, v = model.encode(data.G), model.residual(data.G)

    def quality(Z: np.ndarray) -> str:
        return f"R2 of Z {recovery(truth.Z, Z):.2f}, leak of V {leak(truth.V, Z, truth.Z):.2f}"

    figure, axes = plt.subplots(2, 2, figsize=(9, 8.4), constrained_layout=True)
    panel(axes[0, 0], data.G, data.env, "Genotypes", ("G1", "G2"))
    panel(axes[0, 1], before, data.env, f"Before: the linear learner's instruments\n{quality(before)}", ("z1", "z2"))
    panel(axes[1, 0], z, data.env, f"After: the autoencoder's instruments\n{quality(z)}", ("z1", "z2"))
    panel(axes[1, 1], v, data.env, "After: residual latents", ("v1", "v2"))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, markerscale=2)
    figure.savefig(options.out, dpi=110)


if __name__ == "__main__":
    main()
