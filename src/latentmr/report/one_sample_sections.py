"""The sections of a one-sample page, in order."""

from latentmr.report.plan import SectionPlan

__all__ = ["ONE_SAMPLE_SECTIONS"]

ONE_SAMPLE_SECTIONS = (
    SectionPlan(
        "effect_by_unit",
        "Effect by unit",
        "The effect to quote per unit and per standard deviation of the exposure. Intervals are robust confidence sets"
        " if they exist.",
        effects=True,
    ),
    SectionPlan(
        "tests",
        "Tests",
        "Tests of the assumptions of the answer. pass: the test does not reject; warn: read the reason; fail: the"
        " answer is in doubt. Tests of the instruments use held-out individuals if a diagnosis sample exists.",
    ),
    SectionPlan(
        "individuals_and_variants",
        "Individuals and variants",
        "The individuals and variants that were kept, and the reasons for exclusions.",
        ("flow",),
        folded=True,
    ),
    SectionPlan(
        "environments",
        "Environments",
        "Individuals in estimation and in learning, and their traits. Small counts are hidden, and so are counts from"
        " which they could be derived.",
    ),
    SectionPlan(
        "composition",
        "Composition of the instruments",
        "The variants that each learned instrument depends on.",
        ("composition",),
        folded=True,
    ),
    SectionPlan("structure", "Population structure", "", ("scree",)),
    SectionPlan("learned_space", "Learned space", "", ("space",)),
    SectionPlan(
        "number_of_instruments", "Number of instruments", "How the number of instruments was chosen.", ("number",)
    ),
    SectionPlan("training", "Training", "", ("training",)),
    SectionPlan(
        "starts",
        "Starts of training",
        "Training used several starts; the start with the lowest objective in held-out individuals was selected.",
    ),
    SectionPlan("by_environment", "Effect by environment", "", ("environments",), effects=True),
    SectionPlan("without_environment", "Estimate without an environment", "", ("without",), effects=True),
    SectionPlan(
        "environment_pairs",
        "Environments in pairs",
        "How well the instruments predict which of two environments an individual belongs to (0.5: no better than"
        " chance).",
        folded=True,
    ),
    SectionPlan("estimates", "Estimates", "The estimate to quote, and all other estimates.", effects=True),
)
