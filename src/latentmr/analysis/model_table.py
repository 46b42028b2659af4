"""The models of the table of estimates: the primary model and its comparators."""

import numpy as np

from latentmr.analysis.design import Design
from latentmr.iv import Model, Moments
from latentmr.typing import Array

__all__ = ["N_PCS", "table_of_models"]


#: Maximum number of principal components that comparators adjust for (at most half the number of variants).
N_PCS = 10


def table_of_models(design: Design, moments: Moments) -> list[Model]:
    """Build the models in the order of the table.

    The primary model is LIML on the learned instruments, adjusted for environment indicators, covariates, and the
    residual latents. Further models on the learned instruments are 2SLS and Fuller(1) with the same adjustment, and
    LIML without the latents, as a sensitivity analysis. Comparators are OLS, and 2SLS and LIML on the genotypes. The
    latter are estimated without environment indicators, with them, and with principal components as well (or auxiliary
    features if there are any).

    LIML subtracts what the error of the exposures and the outcome contributes to their products with the instruments.
    Learning makes the instruments uncorrelated with the residual latents in the sample, so that the part of the error
    that the latents explain contributes nothing. An error covariance that includes this part subtracts too much, and
    the estimate is biased if instruments are many and weak. The adjustment removes it. Standard errors are another
    matter: latents of the genotypes are estimated, and the residual from which errors are computed includes them.
    The errors then account for estimation of the encoder. Auxiliary features are observed, as covariates are.

    Parameters
    ----------
    design : Design
    moments : Moments
        Moments of the columns of the design.

    Returns
    -------
    list of Model
    """
    data = design.dataset
    G, X, y = design.pick("G"), design.pick("X"), design.pick("y")[:, 0]
    none, C, env = design.pick(), design.pick("C"), design.pick("C", "env")
    covar = ["covar"] if data.C.shape[1] else []
    learned = design.learned_basis()
    latent = design.of_coordinates(design.representation.encoder.v_map())
    if data.A.shape[1]:
        # common practice knows components, not groups
        groups = set(data.structure.names) - set(data.structure.component_names) if data.structure else set()
        known = [j for j, name in enumerate(data.aux_names) if name not in groups]
        components, label = design.pick("A")[:, known], "aux"
    else:
        components, label = design.of_genotypes(_components(design, moments)), "pcs"

    def model(method: str, Z: Array, adjust: Array, terms: list[str], instruments: str, **more: object) -> Model:
        return Model(
            method=method,
            Z=Z,
            X=X,
            y=y,
            C=adjust,
            exposures=data.exposure_names,
            instruments=instruments,
            adjustment="+".join(covar + terms) or "none",
            **more,  # type: ignore[arg-type]
        )

    basis = "spline" if design.spline else "linear"
    terms = ["env", "latent"] if latent.shape[1] else ["env"]
    adjusted = {"basis": basis, "C_error": np.hstack([env, design.pick("A")])} if latent.shape[1] else {"basis": basis}
    every = np.hstack([env, latent])
    models = [
        model("LIML", learned, every, terms, "learned", primary=True, **adjusted),
        model("2SLS", learned, every, terms, "learned", **adjusted),
        model("Fuller", learned, every, terms, "learned", **adjusted),
    ]
    if latent.shape[1]:
        models.append(model("LIML", learned, env, ["env"], "learned", basis=basis))
    # the best of common practice first: a screen may not show all rows
    comparators = [(env, ["env"]), (C, [])]
    if components.shape[1]:
        comparators.insert(0, (np.hstack([env, components]), ["env", label]))
    models += [model(method, G, adjust, terms, "G") for adjust, terms in comparators for method in ("LIML", "2SLS")]
    return [*models, model("OLS", none, C, [], "none")]


def _components(design: Design, moments: Moments) -> Array:
    """Return the leading principal components of the standardised genotypes, as a map ``[p, m]`` of the genotypes."""
    S = moments.S[design.columns("G"), design.columns("G")]
    scale = np.sqrt(np.diag(S))
    unit = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1.0), 0.0)
    _, vectors = np.linalg.eigh(S * np.outer(unit, unit))
    count = min(N_PCS, design.dataset.p // 2)
    return np.asarray(unit[:, None] * vectors[:, ::-1][:, :count])
