"""Experiments: configurations × seeds on any executor, one stored file per run, and paired statistics."""

from labutils.experiments.runs import Configuration, dead_units_pct, run_one, run_with_history
from labutils.experiments.statistics import PairedDifference, half_width, paired_difference
from labutils.experiments.study import in_bands, load_histories, load_study, read_runs, run_study

__all__ = ["Configuration", "dead_units_pct", "run_one", "run_with_history"]
__all__ += ["PairedDifference", "half_width", "paired_difference"]
__all__ += ["in_bands", "load_histories", "load_study", "read_runs", "run_study"]
