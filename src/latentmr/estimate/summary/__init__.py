"""The former name of :mod:`latentmr.two_sample.methods`."""

from latentmr.former_names import moved_room

__getattr__ = moved_room(__name__, "latentmr.two_sample.methods")
