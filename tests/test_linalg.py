import numpy as np
import pytest

from latentmr.linalg import oproj, partial_out, proj, quadratic_set, symmetric_root

INF = float("inf")


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    return rng.normal(size=(40, 4)), rng.normal(size=40), rng.normal(size=(40, 2))


def test_projection_is_least_squares(data):
    Z, f, F = data
    fitted, both = proj(Z, f, F)
    assert fitted == pytest.approx(Z @ np.linalg.lstsq(Z, f, rcond=None)[0], abs=1e-12)
    assert both == pytest.approx(Z @ np.linalg.lstsq(Z, F, rcond=None)[0], abs=1e-12)
    assert (fitted.shape, both.shape) == (f.shape, F.shape)


def test_projection_and_residual_add_up_and_are_orthogonal(data):
    Z, f, F = data
    for value in (f, F):
        assert proj(Z, value) + oproj(Z, value) == pytest.approx(value, abs=1e-12)
        assert Z.T @ oproj(Z, value) == pytest.approx(0, abs=1e-11)
        assert proj(Z, proj(Z, value)) == pytest.approx(proj(Z, value), abs=1e-12)


def test_projection_depends_on_the_span_alone(data):
    Z, f, _ = data
    mixing = np.random.default_rng(0).normal(size=(4, 4))
    repeated = np.column_stack([Z @ mixing, Z[:, :1], np.zeros(40)]) * [1e6, 1, 1e-6, 1, 1, 1]
    assert proj(repeated, f) == pytest.approx(proj(Z, f), abs=1e-9)


@pytest.mark.parametrize("Z", [np.zeros((40, 0)), np.zeros((40, 3))])
def test_projection_on_nothing_is_zero(data, Z):
    _, f, F = data
    assert np.array_equal(proj(Z, f), np.zeros(40))
    assert np.array_equal(oproj(Z, F), F)


def test_partialling_out_cross_products_is_partialling_out_columns(data):
    Z, f, F = data
    design = np.column_stack([Z, f, F])
    swept, coefficients = partial_out(design.T @ design, slice(0, 4))
    residual = oproj(Z, design)
    assert swept == pytest.approx(residual.T @ residual, abs=1e-10)
    assert design - Z @ coefficients == pytest.approx(residual, abs=1e-10)


def test_partialling_out_collinear_columns(data):
    Z, f, _ = data
    design = np.column_stack([Z, Z[:, 0] - 2 * Z[:, 1], f])
    given = np.arange(5)
    swept, coefficients = partial_out(design.T @ design, given)
    assert swept[5, 5] == pytest.approx(oproj(Z, f) @ oproj(Z, f), rel=1e-9)
    assert design[:, :5] @ coefficients[:, 5] == pytest.approx(proj(Z, f), abs=1e-6)


def test_partialling_out_nothing_changes_nothing(data):
    Z, _, _ = data
    S = Z.T @ Z
    swept, coefficients = partial_out(S, slice(0, 0))
    assert np.array_equal(swept, S)
    assert coefficients.shape == (0, 4)


def test_root_whitens(data):
    S = data[0].T @ data[0]
    R = symmetric_root(S, np.diag(S))
    assert np.allclose(R.T @ S @ R, np.eye(4), rtol=0, atol=1e-12)
    assert np.allclose(R @ R.T, np.linalg.inv(S), rtol=0, atol=1e-12)


def test_root_of_a_deficient_matrix_has_its_rank(data):
    Z = np.column_stack([data[0], data[0] @ [1.0, 1.0, 0.0, -1.0], np.zeros(40)])
    S = Z.T @ Z
    R = symmetric_root(S, np.diag(S))
    assert R.shape == (6, 4)
    assert np.allclose(R.T @ S @ R, np.eye(4), rtol=0, atol=1e-9)


def test_rank_does_not_depend_on_units(data):
    units = np.diag([1e-8, 1.0, 1e8, 1e3])
    S = units @ data[0].T @ data[0] @ units
    assert symmetric_root(S, np.diag(S)).shape[1] == 4


def test_rank_is_judged_against_what_a_column_was_before(data):
    # a column that the covariates explain but for rounding is no instrument
    S = np.diag([1.0, 1e-12])
    assert symmetric_root(S, np.array([1.0, 1.0])).shape[1] == 1
    assert symmetric_root(S, np.array([1.0, 1e-12])).shape[1] == 2


def test_root_of_nothing():
    assert symmetric_root(np.zeros((0, 0)), np.zeros(0)).shape == (0, 0)
    assert symmetric_root(np.zeros((2, 2)), np.zeros(2)).shape == (2, 0)


@pytest.mark.parametrize(
    ("coefficients", "want"),
    [
        ((1.0, -3.0, 8.0), ((2.0, 4.0),)),
        ((-1.0, 3.0, -8.0), ((-INF, 2.0), (4.0, INF))),
        ((1.0, 0.0, 1.0), ()),
        ((-1.0, 0.0, -1.0), ((-INF, INF),)),
        ((1.0, -2.0, 4.0), ((2.0, 2.0),)),
        ((-1.0, 2.0, -4.0), ((-INF, 2.0), (2.0, INF))),
        ((1.0, 0.0, 0.0), ((0.0, 0.0),)),
        ((0.0, 1.0, -6.0), ((-INF, 3.0),)),
        ((0.0, -1.0, 6.0), ((3.0, INF),)),
        ((0.0, 0.0, 1.0), ()),
        ((0.0, 0.0, 0.0), ((-INF, INF),)),
        ((0.0, 0.0, -1.0), ((-INF, INF),)),
    ],
)
def test_every_shape_of_a_quadratic_set(coefficients, want):
    assert quadratic_set(*coefficients) == want


def test_roots_of_very_different_size_keep_their_digits():
    ((low, high),) = quadratic_set(1.0, -0.5e8, 1.0)
    assert low == pytest.approx(1e-8, rel=1e-12)
    assert high == pytest.approx(1e8, rel=1e-12)


def test_members_solve_the_inequality():
    rng = np.random.default_rng(1)
    grid = np.linspace(-20, 20, 801) + 1e-3
    for a, b, c in rng.normal(size=(200, 3)):
        inside = np.zeros(len(grid), dtype=bool)
        for low, high in quadratic_set(a, b, c):
            inside |= (low <= grid) & (grid <= high)
        assert np.array_equal(inside, a * grid**2 + 2 * b * grid + c <= 0)
