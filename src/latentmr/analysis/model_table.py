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

    The primary model is LIML on the learned instruments, adjusted for environment indicators and covariates. Further
    models on the learned instruments are 2SLS, Fuller(1), and LIML that also adjusts for the residual latents. The last
    is a sensitivity analysis, whose errors come from the residual without the latents. Comparators are OLS, and 2SLS
    and LIML on the genotypes. The latter are estimated without environment indicators, with them, and with principal
    components as well (or auxiliary features if the user gives them).

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
        components, label = design.pick("A"), "aux"
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
    models = [
        model("LIML", learned, env, ["env"], "learned", basis=basis, primary=True),
        model("2SLS", learned, env, ["env"], "learned", basis=basis),
        model("Fuller", learned, env, ["env"], "learned", basis=basis),
    ]
    if latent.shape[1]:
        adjusted = np.hstack([env, latent])
        models.append(model("LIML", learned, adjusted, ["env", "latent"], "learned", basis=basis, C_error=env))
    models.append(model("OLS", none, C, [], "none"))
    comparators = [(C, []), (env, ["env"])]
    if components.shape[1]:
        comparators.append((np.hstack([env, components]), ["env", label]))
    models += [model(method, G, adjust, terms, "G") for adjust, terms in comparators for method in ("2SLS", "LIML")]
    return models


def _components(design: Design, moments: Moments) -> Array:
    """Return the leading principal components of the standardised genotypes, as a map ``[p, m]`` of the genotypes."""
    S = moments.S[design.columns("G"), design.columns("G")]
    scale = np.sqrt(np.diag(S))
    unit = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1.0), 0.0)
    _, vectors = np.linalg.eigh(S * np.outer(unit, unit))
    count = min(N_PCS, design.dataset.p // 2)
    return np.asarray(unit[:, None] * vectors[:, ::-1][:, :count])
