"""Code to put before a notebook where nobody looks at its numbers or figures."""

# An epoch is as good as ten, but for what a student's thread trains.
TRAINING = """
import dataclasses, threading
from labutils import training
whole = training.train
def train(network, loss, data, options, callbacks=()):
    if len(data.x_train) > 200 and threading.current_thread() is threading.main_thread():
        options = dataclasses.replace(options, epochs=1)
    return whole(network, loss, data, options, callbacks)
training.train = train
"""

# A dot is as good as a figure.
FIGURES = """
import base64
from matplotlib.figure import Figure
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
Figure.savefig = lambda self, content, **kwargs: content.write(DOT)
"""

# Ten batches are as good as an epoch where only the way through the cells counts, but for the cell that counts dead
# units after each.
GLIMPSE = """
import dataclasses
from labutils import training
whole = training.train
def train(network, loss, data, options, callbacks=()):
    if not any(getattr(callback, "__name__", "") == "follow_the_units" for callback in callbacks):
        some = slice(10 * options.batch_size)
        data = dataclasses.replace(data, x_train=data.x_train[some], y_train=data.y_train[some])
        options = dataclasses.replace(options, epochs=1)
    return whole(network, loss, data, options, callbacks)
training.train = train
"""
