"""Simulated data and scenarios print short, without arrays, addresses or individual-level values."""

from latentmr.simulate import SCENARIOS, admixture, linear


def test_simulated_data_and_truth():
    drawn = admixture(n=2000, p=20, seed=1)
    assert repr(drawn) == (
        "Simulated: 2,000 individuals, 20 variants (counts), 5 environments; true effect 0.5, 0 exogenous and 4"
        " confounded latents"
    )
    assert repr(drawn.truth) == "Truth: effect 0.5; 0 exogenous and 4 confounded latents of 2,000 individuals"
    assert "3 exogenous and 3 confounded latents" in repr(linear(n_per_env=50, seed=1))


def test_scenarios_show_purpose_and_options():
    assert repr(SCENARIOS["linear"]) == ("Scenario: the closed form is exact; options n, n_env, d_z, d_v, beta, seed")
    assert all("0x" not in repr(scenario) for scenario in SCENARIOS.values())
