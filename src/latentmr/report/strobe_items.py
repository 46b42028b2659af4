"""The items of STROBE-MR: what each asks, and in what words a run answers it."""

from typing import NamedTuple

__all__ = ["ITEMS", "KINDS", "OTHERS", "ROUTES", "TODO", "Item"]

#: Answer to what a run does not know.
TODO = "AUTHOR TO COMPLETE"
#: Facts in words.
KINDS = {"counts": "allele counts", "dosages": "allele dosages", "continuous": "continuous instruments"}
ROUTES = {
    "environments": "environments: the law of the confounded part of the genotypes differs between them, and that of"
    " the exogenous part does not",
    "unlinked variants": "unlinked variants: they are independent given the confounded part, which is what they share",
}
OTHERS = {"covariates": "covariates", "aux": "auxiliary features of learning", "placebos": "placebo outcomes"}


class Item(NamedTuple):
    """One row of the checklist.

    Parameters
    ----------
    label : str
        Number of the item, and letter of its part.
    section : str
        Of the article, and topic.
    asks : str
        What should be reported.
    answer : str
        With fields for what the run knows; empty where no run can know.
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
#: which eight have 30 parts. What they ask is said in other, fewer words: the published table decides.
ITEMS = (
    Item(
        "1",
        "Title and abstract",
        "Mendelian randomization as the design, where it is a main purpose of the study",
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
        "Who was eligible and how people were chosen; number of people; power worked out beforehand",
        "{people}. {todo}: eligibility, how people were chosen, power worked out beforehand.",
    ),
    Item(
        "4c",
        _DATA,
        "How genetic variants were measured, checked for quality and chosen",
        "{variants}{filters}{variant_steps}{see[individuals_and_variants]} {todo}: how they were measured, and why"
        " these.",
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
        "Relevance: the learned instruments move the exposure. Independence: they share no cause with the outcome."
        " Exclusion restriction: they change the outcome through the exposure alone. The effect is one number on its"
        " scale, the same for all. Such instruments are identified by {route}. No test can see an exogenous part that"
        " is itself confounded in the same way in every environment.{foils}",
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
        "{variants}; their weights in {facts[k]} instruments were learned (learner {facts[learner]}{form}) without a"
        " look at exposure or outcome{see[composition]}",
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
        "Missing values of {kind} are filled with the mean of the person's environment. People without exposure,"
        " outcome or a covariate are left out of estimation, but not of learning; people without an environment or an"
        " auxiliary feature are left out of both{see[individuals_and_variants]}",
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
        "People at each stage, and why others were excluded; perhaps a flow diagram",
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
        "Where data come from meta-analyses: heterogeneity between their studies",
        "Not applicable: individual-level data, no meta-analysis.",
    ),
    Item(
        "10d",
        _NUMBERS,
        "With two samples: whether variants act alike on the exposure in both, and how many people are in both",
        "Not applicable: one sample, exposure and outcome of the same people.",
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
    Item("11c", _RESULTS, "Absolute risks over a period that matters, where relevant", "{absolute_risk}"),
    Item(
        "11d",
        _RESULTS,
        "Plots of the results, such as forest and scatter plots",
        "Forest plots in the report: {plots}.",
    ),
    Item("12a", _HOLD, "How far the assumptions hold", "{verdicts}{see[tests]} Verdict: {level}."),
    Item("12b", _HOLD, "Further statistics, such as heterogeneity across variants", "{statistics}{see[tests]}"),
    Item("13a", _MORE, "Whether the main results stand where assumptions are violated", "{violations}"),
    Item("13b", _MORE, "Results of other sensitivity analyses and additional analyses", "{other_results}"),
    Item("13c", _MORE, "Direction of the effect, for instance from the reverse analysis"),
    Item("13d", _MORE, "Comparison with estimates without Mendelian randomization, where relevant", "{comparison}"),
    Item("13e", _MORE, "Further plots, such as leave-one-out", "Figures in the report, sections {further_plots}."),
    Item("14", "Discussion: key results", "Key results, in view of the objectives"),
    Item(
        "15",
        "Discussion: limitations",
        "Validity of the assumptions, other biases with direction and size, imprecision; what was done about them",
    ),
    Item("16a", _MEANING, "Meaning: cautious, in view of limitations and of other studies"),
    Item(
        "16b",
        _MEANING,
        "Mechanism: biology that may bring the effect about; gene-environment equivalence; careful causal language",
    ),
    Item("16c", _MEANING, "Relevance for clinic and policy; what the results say of the effects of interventions"),
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
        "Where data and code are, so that others can repeat it all",
        "Code: LatentMR {facts[version]}, run by: {facts[command]} (hashes of the input: Report, section 'How this was"
        " made'). {todo}: where the data are.",
    ),
    Item("20", "Other information: conflicts of interest", "Potential conflicts of interest of all authors"),
)
