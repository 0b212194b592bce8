"""Experiments: training runs with several seeds, the results of stored runs, and comparisons between them."""

from labutils.experiments.runs import Configuration
from labutils.experiments.statistics import PairedDifference, half_width, interaction, paired_difference
from labutils.experiments.study import in_bands, load_histories, load_sharpness, load_study, run_study

__all__ = ["Configuration", "PairedDifference", "half_width", "interaction", "paired_difference"]
__all__ += ["in_bands", "load_histories", "load_sharpness", "load_study", "run_study"]
