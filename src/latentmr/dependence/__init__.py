"""How distributions differ and how variables depend: kernels, permutation tests, prediction."""
