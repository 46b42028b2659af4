"""May the factor form have missed factors?"""

import pytest

from latentmr import LinearLearner
from latentmr.diagnose.factor_form import hidden_factors
from latentmr.results.history import FactorsTried
from latentmr.simulate import admixture


def history(found, **aic):
    return found, [FactorsTried(n_factors=int(k[1:]), aic=v) for k, v in aic.items()]


def test_factors_that_fade_out_warn():
    clear = hidden_factors(*history(4, k2=400.0, k3=150.0, k4=0.0, k5=20.0))
    assert (clear.verdict, clear.statistic) == ("pass", 250.0)
    faint = hidden_factors(*history(4, k2=390.0, k3=150.0, k4=0.0, k5=20.0))
    assert (faint.verdict, faint.statistic, faint.effect, faint.p_value) == ("warn", 240.0, 240.0, None)
    assert faint.reason.endswith("structure is fine-grained, and weaker factors may be missed")


def test_a_steep_end_passes_even_with_one_too_many():
    found = hidden_factors(*history(4, k2=5000.0, k3=3.0, k4=0.0))
    assert (found.verdict, found.statistic) == ("pass", 4997.0)
    assert found.reason == "the second weakest of 4 factors improves AIC by 4997"


def test_numbers_beyond_the_one_taken_do_not_count():
    found = hidden_factors(*history(3, k1=9000.0, k2=4000.0, k3=1.0, k4=0.0))
    assert found.statistic == 5000.0


def test_with_one_gain_known_it_decides():
    assert hidden_factors(*history(3, k2=100.0, k3=0.0)).verdict == "warn"
    assert hidden_factors(*history(3, k2=300.0, k3=0.0)).verdict == "pass"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((None, ()), "only the factor form has factors"),
        (history(3, k3=0.0), "the number of factors was given"),
        (history(1, k0=9.0, k1=0.0), "the number of factors is 1: there is no second weakest factor"),
        (history(3, k3=0.0, k4=1.0), "smaller numbers of factors were not tried"),
    ],
)
def test_where_it_does_not_apply(given, reason):
    found = hidden_factors(*given)
    assert (found.verdict, found.reason) == ("not applicable", reason)


def test_a_few_distant_populations_pass():
    data = admixture(n=8000, p=40, seed=1).dataset
    found = LinearLearner().fit(data).history
    assert hidden_factors(found.n_factors, found.candidates).verdict == "pass"
