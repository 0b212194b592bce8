"""Experiments: configurations × seeds on any executor, one stored file per run, and paired statistics."""

from labutils.experiments.curvature import largest_second_moment, largest_stable_curvature, sharpness
from labutils.experiments.runs import Configuration
from labutils.experiments.statistics import PairedDifference, half_width, interaction, paired_difference
from labutils.experiments.study import (
    in_bands,
    load_histories,
    load_sharpness,
    load_study,
    read_runs,
    run_study,
)

__all__ = ["Configuration", "PairedDifference", "half_width", "interaction", "paired_difference"]
__all__ += ["largest_second_moment", "largest_stable_curvature", "sharpness"]
__all__ += ["in_bands", "load_histories", "load_sharpness", "load_study", "read_runs", "run_study"]
