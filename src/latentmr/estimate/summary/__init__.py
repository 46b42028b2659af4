"""Two-sample methods: effects of an exposure on an outcome from tables of GWAS results."""

from latentmr.estimate.summary.effects import SummaryEffect
from latentmr.estimate.summary.egger import egger, i2_gx
from latentmr.estimate.summary.ivw import ivw
from latentmr.estimate.summary.median import median

__all__ = ["SummaryEffect", "egger", "i2_gx", "ivw", "median"]
