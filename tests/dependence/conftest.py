"""Measures at quadratic cost, from the file beside this one."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def quadratic():
    spec = spec_from_file_location("exact_kernels", Path(__file__).with_name("exact_kernels.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
