"""Exercises: gradient checks, checks of answers that identify the mistake, and predictions."""

from labutils.exercises.gradients import Result, check_gradient, check_layer, check_loss, check_network
from labutils.exercises.predictions import compare, predict
from labutils.exercises.results import check, hint, replace_if_missing, replace_if_wrong, results_page
from labutils.exercises.targets import target

__all__ = ["Result", "check_gradient", "check_layer", "check_loss", "check_network", "compare", "predict"]
__all__ += ["check", "hint", "replace_if_missing", "replace_if_wrong", "results_page", "target"]
