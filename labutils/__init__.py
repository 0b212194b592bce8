"""The helper package of the Deep Learning Lab.

The lecture is in seven files: layers, losses, network, optimiser, training, record and data. Import what you need:
`from labutils.layers import Linear`. Importing `labutils` alone loads nothing else.
"""

from labutils._internal.environment import check_installation

__all__ = ["check_installation"]
__version__ = "0.2.0.dev0"
