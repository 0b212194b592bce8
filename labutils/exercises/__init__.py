"""Exercises: gradient checks, and checks of answers that identify the mistake."""

from labutils.exercises.gradients import Result, check_gradient, check_layer, check_loss, check_network
from labutils.exercises.results import check, hint, replace_if_missing, replace_if_wrong, results_page

__all__ = ["Result", "check_gradient", "check_layer", "check_loss", "check_network"]
__all__ += ["check", "hint", "replace_if_missing", "replace_if_wrong", "results_page"]
