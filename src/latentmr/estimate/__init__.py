"""The former name of :mod:`latentmr.iv`."""

from latentmr.former_names import moved_room

__getattr__ = moved_room(__name__, "latentmr.iv")
