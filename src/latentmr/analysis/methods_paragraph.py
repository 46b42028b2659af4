"""A paragraph for the methods section of a paper, written from the facts of the run."""

from latentmr.typing import Row

__all__ = ["methods_paragraph"]

LEARNERS = {
    "linear": {
        "factor": "a multigroup maximum-likelihood factor model, under which variants in linkage equilibrium are"
        " independent given the confounded component of the genotypes",
        "stationary": "analytic stationary subspace analysis, which finds the linear combinations of variants whose"
        " means and covariances are the same in every environment",
    },
    "autoencoder": {
        "": "a cross-environment autoencoder whose instruments are trained to have the same distribution in every"
        " environment"
        " (maximum mean discrepancy), to be independent of the residual latents and the environment (Hilbert-Schmidt"
        " independence criterion) and to have maximum entropy"
    },
    "flow": {
        "": "an invertible network (normalizing flow) whose likelihood gives the instruments the same distribution"
        " in every environment and the residual latents a distribution for each"
    },
}


def methods_paragraph(facts: Row) -> str:
    """Describe in sentences what was done.

    Parameters
    ----------
    facts : dict
        Facts of the report.

    Returns
    -------
    str
        Names, sizes and settings of the run, with a reference to the paper of the method.
    """
    exposures, outcome = " and ".join(facts["exposures"]), facts["outcome"]
    instruments = {"counts": "allele counts", "dosages": "allele dosages"}.get(facts["kind"], "continuous instruments")
    sentences = [
        f"We estimated the effect of {exposures} on {outcome} by one-sample Mendelian randomization with learned latent"
        f" instruments (Huang, Robinson and Locatello 2026, arXiv 2602.19782; LatentMR {facts['version']}).",
        f"We used {facts['variants']} variants ({instruments}) of {facts['n']} individuals in {facts['n_env']}"
        " environments.",
    ]
    if facts.get("filters"):
        kept = ", ".join(f"{name} {value}" for name, value in facts["filters"].items())
        sentences.append(f"Quality filters were {kept}.")
    forms = LEARNERS[facts["learner"]]
    sentences.append(
        f"{facts['k']} instrument{'s were' if facts['k'] > 1 else ' was'} learned without use of exposure or outcome by"
        f" {forms.get(facts['form'], next(iter(forms.values())))}."
    )
    if facts["aux"]:
        sentences.append(f"Proxies for the confounded component were {', '.join(facts['aux'])}.")
    sentences.append(
        f"Identification rests on {facts['route']}"
        + (
            ": the distribution of the confounded component differs between environments and that of the exogenous"
            " component does not."
            if facts["route"] == "environments"
            else ": variants are independent given the confounded component of the genotypes."
        )
    )
    covariates = ["environment indicators", *facts["covariates"]]
    if "latent" in facts["adjustment"].split("+"):
        covariates.append("the residual latents" + (", which include these proxies" if facts["aux"] else ""))
    effect = f"The effect is the {facts['method']} estimate adjusted for {_listed(covariates)}"
    kind, _, allowance = facts["se_type"].partition(", ")
    sentences.append(f"{effect}, with {kind} standard errors{', ' * bool(allowance)}{allowance}.")
    if facts["set_name"]:
        sentences.append(
            f"The {facts['set_name']} holds the effects that the test does not reject at the level {facts['alpha']:g}."
            " It is valid however weak the instruments are."
        )
    if facts["bootstrap"]:
        sentences.append(
            f"Errors and confidence sets account for estimation of the encoder by {facts['bootstrap']} bootstrap"
            " replicates of the individuals within environments."
        )
    if facts["diagnosis"]:
        sentences.append(
            f"In a diagnosis sample of {100 * facts['diagnosis']:g} % of the individuals, which was held out of"
            " learning, we tested that the instruments have the same distribution in every environment and are"
            f" independent of the residual latents ({facts['permutations']} permutations)."
        )
    if facts["placebos"]:
        sentences.append(f"Negative-control outcomes were {', '.join(facts['placebos'])}.")
    sentences.append(f"The random seed was {facts['seed']}.")
    return " ".join(sentences)


def _listed(names: list[str]) -> str:
    """Return names as an enumeration with a final "and"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
