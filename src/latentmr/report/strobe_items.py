"""The items of STROBE-MR, with the words of their answers."""

from typing import NamedTuple

__all__ = ["ITEMS", "KINDS", "OTHERS", "ROUTES", "TODO", "Item"]

#: Answer to items that a run does not know.
TODO = "AUTHOR TO COMPLETE"
#: Words for facts.
KINDS = {"counts": "allele counts", "dosages": "allele dosages", "continuous": "continuous instruments"}
ROUTES = {
    "environments": "environments: the distribution of the confounded component of the genotypes differs between"
    " environments, and that of the exogenous component does not",
    "unlinked variants": "unlinked variants: they are independent given the confounded component, which they share",
}
OTHERS = {"covariates": "covariates", "aux": "auxiliary features of learning", "placebos": "negative-control outcomes"}


class Item(NamedTuple):
    """One row of the checklist.

    Parameters
    ----------
    label : str
        Number of the item, and letter of its part.
    section : str
        Section of the article, and topic.
    asks : str
        What should be reported.
    answer : str
        Answer with fields for what the run knows. It is empty if no run can know the answer.
    """

    label: str
    section: str
    asks: str
    answer: str = ""


_DATA = "Methods: study design and data sources"
_MAIN = "Methods: statistical methods, main analysis"
_SOFTWARE = "Methods: software and preregistration"
_NUMBERS = "Results: descriptive data"
_RESULTS = "Results: main results"
_HOLD = "Results: assessment of assumptions"
_MORE = "Results: sensitivity analyses and additional analyses"
_MEANING = "Discussion: interpretation"

#: Order, numbers and topics are those of table 3 in Skrivankova et al. (2021), BMJ 375:n2233 (CC BY 4.0): 20 items, of
#: which eight have 30 parts. The questions are shortened here; the published table is authoritative.
ITEMS = (
    Item(
        "1",
        "Title and abstract",
        "Mendelian randomization as the design, if it is a main purpose of the study",
        "One-sample Mendelian randomization of {exposures} on {facts[outcome]}. {todo}: title and abstract of the"
        " article.",
    ),
    Item(
        "2",
        "Introduction: background",
        "What is known and why the study is done; the exposure; whether an effect is plausible; why the method helps",
    ),
    Item(
        "3",
        "Introduction: objectives",
        "Objectives, with hypotheses set beforehand; that the method aims at causal effects, under assumptions",
    ),
    Item(
        "4a",
        _DATA,
        "For each source of data: design, population, setting, places and dates",
        "Individual-level data of one sample in {facts[n_env]} environments{column}{sampling}. {todo}: population,"
        " setting, places and dates.",
    ),
    Item(
        "4b",
        _DATA,
        "Eligibility and selection of participants; number of participants; prior power or sample size calculations",
        "{people}. {todo}: eligibility, selection of participants, prior power calculations.",
    ),
    Item(
        "4c",
        _DATA,
        "How genetic variants were measured, checked for quality and selected",
        "{variants}{filters}{variant_steps}{see[individuals_and_variants]} {todo}: how they were measured, and why"
        " they were selected.",
    ),
    Item(
        "4d",
        _DATA,
        "How exposure, outcome and other variables were assessed; criteria of diagnosis",
        "{exposure_and_outcome}{other_variables}. {todo}: how each was assessed.",
    ),
    Item("4e", _DATA, "Approval by an ethics committee, and consent of participants"),
    Item(
        "5",
        "Methods: assumptions",
        "Relevance, independence and exclusion restriction; assumptions of any additional analysis",
        "Relevance: the learned instruments affect the exposure. Independence: they share no cause with the outcome."
        " Exclusion restriction: they affect the outcome only through the exposure. Homogeneity: the effect is the"
        " same for all individuals on its scale. The instruments are identified by {route}. No test can detect an"
        " exogenous component that is confounded in the same way in every environment.{comparators}",
    ),
    Item(
        "6a",
        _MAIN,
        "How quantitative variables were handled: scale, units, model",
        "{exposure_and_outcome} ({facts[outcome_type]}), as they were read; effects are per unit of the"
        " exposure{scale}{see[effect_by_unit]}",
    ),
    Item(
        "6b",
        _MAIN,
        "How genetic variants were handled, and how they were weighted",
        "{variants}; their weights in {facts[k]} instruments were learned (learner {facts[learner]}{form}) without"
        " use of exposure or outcome{see[composition]}",
    ),
    Item(
        "6c",
        _MAIN,
        "Estimator and its statistics; covariates, and with two samples whether both have the same",
        "{estimator}{see[estimates]} One sample, so that covariates are the same throughout.",
    ),
    Item(
        "6d",
        _MAIN,
        "How missing data were handled",
        "Missing values of {kind} are replaced by the mean of the individual's environment. Individuals without"
        " exposure, outcome or a covariate are excluded from estimation, but not from learning. Individuals without an"
        " environment or an auxiliary feature are excluded from both{see[individuals_and_variants]}",
    ),
    Item(
        "6e",
        _MAIN,
        "How multiple testing was handled",
        "One primary estimate for each exposure ({exposures}), at the level {facts[alpha]}, without"
        " correction{levels}{see[tests]}",
    ),
    Item(
        "7",
        "Methods: assessment of assumptions",
        "Methods and prior knowledge by which the assumptions are assessed or justified",
        "{nulls}{see[tests]}{held_out} {todo}: prior knowledge.",
    ),
    Item(
        "8",
        "Methods: sensitivity analyses and additional analyses",
        "Further analyses, such as other estimators, replication, analysis of bias, validation of instruments",
        "{analyses}{see[estimates, by_environment, without_environment, tests]}",
    ),
    Item(
        "9a",
        _SOFTWARE,
        "Software and packages, with versions and settings",
        "LatentMR {facts[version]}{packages}: {settings}{command}.",
    ),
    Item("9b", _SOFTWARE, "Whether the protocol was registered beforehand, when and where"),
    Item(
        "10a",
        _NUMBERS,
        "Numbers of participants at each stage, and reasons for exclusion; consider a flow diagram",
        "{people_steps}; {people}{see[individuals_and_variants]}",
    ),
    Item(
        "10b",
        _NUMBERS,
        "Summary statistics of exposure, outcome and other variables",
        "{people}. {exposure_and_outcome}. Standard deviation of the exposure: {spread}{see[environments]} {todo}:"
        " summaries of other variables.",
    ),
    Item(
        "10c",
        _NUMBERS,
        "For data from meta-analyses: heterogeneity between their studies",
        "Not applicable: individual-level data, no meta-analysis.",
    ),
    Item(
        "10d",
        _NUMBERS,
        "With two samples: whether associations of variants with the exposure are similar in both, and the number of"
        " participants in both",
        "Not applicable: one sample, with exposure and outcome of the same individuals.",
    ),
    Item(
        "11a",
        _RESULTS,
        "Associations of variants with exposure and outcome, on a scale that readers can interpret",
        "Learned instruments and exposure: {strength}{see[tests]} {todo}: variants.",
    ),
    Item(
        "11b",
        _RESULTS,
        "Effect of the exposure and its uncertainty, on a scale that readers can interpret",
        "{effect} Verdict: {level}.",
    ),
    Item("11c", _RESULTS, "Absolute risks over a meaningful period, if relevant", "{absolute_risk}"),
    Item(
        "11d",
        _RESULTS,
        "Plots of the results, such as forest and scatter plots",
        "Forest plots in the report: {plots}.",
    ),
    Item("12a", _HOLD, "Assessment of the validity of the assumptions", "{verdicts}{see[tests]} Verdict: {level}."),
    Item("12b", _HOLD, "Further statistics, such as heterogeneity across variants", "{statistics}{see[tests]}"),
    Item("13a", _MORE, "Whether the main results are robust to violations of the assumptions", "{violations}"),
    Item("13b", _MORE, "Results of other sensitivity analyses and additional analyses", "{other_results}"),
    Item("13c", _MORE, "Direction of the effect, for instance from a bidirectional analysis"),
    Item("13d", _MORE, "Comparison with estimates without Mendelian randomization, if relevant", "{comparison}"),
    Item("13e", _MORE, "Further plots, such as leave-one-out", "Figures in the report, sections {further_plots}."),
    Item("14", "Discussion: key results", "Key results, in view of the objectives"),
    Item(
        "15",
        "Discussion: limitations",
        "Validity of the assumptions, other biases with direction and size, imprecision, and efforts to address them",
    ),
    Item("16a", _MEANING, "Meaning: cautious, in view of limitations and of other studies"),
    Item(
        "16b",
        _MEANING,
        "Mechanism: biology that may explain the effect; gene-environment equivalence; careful causal language",
    ),
    Item("16c", _MEANING, "Relevance for clinical practice and policy; implications for the effects of interventions"),
    Item(
        "17",
        "Discussion: generalizability",
        "Whether the results hold in other populations, at other times of exposure and at other levels of it",
        "Between environments: {heterogeneity}{see[tests, by_environment]} {todo}: what follows from it.",
    ),
    Item("18", "Other information: funding", "Sources of funding of this study and of its data; role of the funders"),
    Item(
        "19",
        "Other information: data and data sharing",
        "Where data and code are available, so that others can repeat the analysis",
        "Code: LatentMR {facts[version]}, run by: {facts[command]} (hashes of the input: Report, section 'How this was"
        " made'). {todo}: where the data are.",
    ),
    Item("20", "Other information: conflicts of interest", "Potential conflicts of interest of all authors"),
)
