"""The helper package of the Deep Learning Lab. Import what you need: `from labutils.layers import Linear`."""

from labutils._internal.environment import check_installation

__all__ = ["check_installation"]
__version__ = "0.2.0.dev0"
