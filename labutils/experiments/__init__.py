"""Experiments: configurations × seeds on any executor, one stored file per run, and paired statistics."""

from labutils.experiments.curvature import (
    Sharpness,
    largest_second_moment,
    largest_stable_curvature,
    sharpness,
    sharpness_along,
)
from labutils.experiments.runs import Configuration, SwitchOff, dead_units_pct, run_one, run_with_history
from labutils.experiments.statistics import PairedDifference, half_width, interaction, paired_difference
from labutils.experiments.study import (
    in_bands,
    load_histories,
    load_sharpness,
    load_study,
    read_runs,
    run_study,
)

__all__ = ["Configuration", "SwitchOff", "dead_units_pct", "run_one", "run_with_history"]
__all__ += ["PairedDifference", "half_width", "interaction", "paired_difference"]
__all__ += ["Sharpness", "largest_second_moment", "largest_stable_curvature", "sharpness", "sharpness_along"]
__all__ += ["in_bands", "load_histories", "load_sharpness", "load_study", "read_runs", "run_study"]
