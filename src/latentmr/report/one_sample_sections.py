"""The sections of a one-sample page, in their order."""

from latentmr.report.plan import SectionPlan

__all__ = ["ONE_SAMPLE_SECTIONS"]

ONE_SAMPLE_SECTIONS = (
    SectionPlan(
        "effect_by_unit",
        "Effect by unit",
        "The effect to quote per unit and per standard deviation of the exposure; intervals are the robust sets where"
        " there are such.",
        effects=True,
    ),
    SectionPlan(
        "tests",
        "Tests",
        "What the answer rests on. pass: nothing speaks against it; warn: read the reason; fail: the answer is in"
        " doubt. Tests of the instruments are made on people whom learning did not see, where there are such.",
    ),
    SectionPlan(
        "individuals_and_variants",
        "Samples and variants",
        "Who and what was kept, and why the others were not.",
        ("flow",),
        folded=True,
    ),
    SectionPlan(
        "environments",
        "Environments",
        "People in estimation and in learning, and their traits. Small counts, and what would give them away, are"
        " hidden.",
    ),
    SectionPlan(
        "composition",
        "Composition of the instruments",
        "What each learned instrument is made of.",
        ("composition",),
        folded=True,
    ),
    SectionPlan("learned_space", "Learned space", "", ("space",)),
    SectionPlan(
        "number_of_instruments", "Number of instruments", "How the number of instruments was chosen.", ("number",)
    ),
    SectionPlan("training", "Training", "", ("training",)),
    SectionPlan(
        "starts", "Starts of training", "Training began from several starts; the best on people held out was taken."
    ),
    SectionPlan("by_environment", "Effect by environment", "", ("environments",), effects=True),
    SectionPlan("without_environment", "Estimate without an environment", "", ("without",), effects=True),
    SectionPlan(
        "environment_pairs",
        "Environments in pairs",
        "How well the instruments tell two environments apart (0.5: not at all).",
        folded=True,
    ),
    SectionPlan("estimates", "Estimates", "The estimate to quote and all others beside it.", effects=True),
)
