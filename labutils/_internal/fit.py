"""Do a network, a loss and data fit together? An error says what does not, before any work is done."""

import copy
from typing import Any

import numpy as np

from labutils._internal import arguments
from labutils._internal.arguments import expect

_KINDS = {  # an example of each argument, and the attributes that it must have
    "network": ("a Network", ("layers", "forward", "backward", "astype", "set_training")),
    "layer": ("a layer such as Sigmoid()", arguments.LAYER),
    "loss": ("a loss such as SoftmaxNLL()", ("forward", "backward", "predict", "reduction", "divisor")),
    "data": ("a Dataset", ("x_train", "y_train", "x_validation", "y_validation", "classes")),
    "options": ("TrainingOptions(...)", ("batch_size", "epochs", "stop_on_divergence", "batches_per_epoch")),
}


def check_kinds(**given: Any) -> None:
    """The arguments network, layer, loss, data and options are what their names say."""
    for name, value in given.items():
        example, attributes = _KINDS[name]
        expect(all(hasattr(value, part) for part in attributes), name, example, value, TypeError)


def check_dataset(data: Any) -> None:
    """The fields of a `Dataset`: float inputs (N, D) that are finite, and integer labels (N,) of its classes."""
    arguments.instance(str, name=data.name)
    arguments.whole_number("classes", data.classes, low=2)
    columns = data.x_train.shape[-1] if isinstance(data.x_train, np.ndarray) and data.x_train.ndim else "D"
    for part in ("train", "validation"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        arguments.floats(f"x_{part}", x, columns)
        if not np.isfinite(x).all():
            row = int(np.argmin(np.isfinite(x).all(axis=1)))
            raise ValueError(f"x_{part}: expected finite numbers, got NaN or infinity in row {row}")
        arguments.labels(f"y_{part}", y, len(x), data.classes)


def check_layers(layers: Any) -> None:
    """The layers of a `Network`: at least one, each once, none with arrays of another, and of sizes that agree."""
    expect(layers, "layers", "at least one layer", layers)
    if len({id(layer) for layer in layers}) < len(layers):  # each keeps only its last forward
        raise ValueError(f"layers: expected each layer once, got one of {list(layers)} twice")
    width, parameters = None, []
    for layer in layers:
        missing = ", ".join(part for part in arguments.LAYER if not hasattr(layer, part))
        example, title = f"layers such as Linear(784, 100, rng), with {missing}", type(layer).__name__
        expect(not missing, "layers", example, layer, TypeError)
        arguments.instance(dict, **{f"layers: {title}.params": layer.params, f"{title}.grads": layer.grads})
        parameters += [id(array) for array in layer.params.values()]
        if type(layer).__module__ != "labutils.layers":
            width = None  # it may have any number of outputs
        elif layer.params:  # Linear
            expect(width in (None, layer.inputs), "layers", f"a layer of {width} inputs", layer)
            width = layer.outputs
    if len(set(parameters)) < len(parameters):
        raise ValueError("layers: expected parameters of their own, got an array that two of them share")


def check_fit(network: Any, loss: Any, data: Any, options: Any, callbacks: Any) -> None:
    """What `train` receives fits together, and every layer of the student's own works as `Layer` describes."""
    check_kinds(network=network, loss=loss, data=data, options=options)
    arguments.instance(list | tuple, callbacks=callbacks)
    for callback in callbacks:
        arguments.function("callbacks", callback)
    images, size = len(data.x_train), options.batch_size
    expect(size <= images, "batch_size", f"at most {images}, the training data", size)
    check_custom_layers(network, data.x_train[:4])
    given = [layer for layer in network.layers if type(layer).__module__ == "labutils.layers"]
    shared = {id(arrays): arrays for layer in given for arrays in (layer.params, layer.grads)}
    trial = copy.deepcopy(network, shared)  # a forward may change a layer
    prediction = trial.forward(data.x_train[:2])
    fits = max(prediction.shape[1], 2) == data.classes
    expect(fits, "network", f"one output for each of {data.classes} classes", prediction.shape[1])
    loss.forward(prediction, np.full(len(prediction), data.classes - 1))


def check_custom_layers(network: Any, x: np.ndarray) -> None:
    """Try each layer of the student's own; raise an error if it differs from what `Layer` describes. x: (N, D)."""
    own = [i for i, layer in enumerate(network.layers) if type(layer).__module__ != "labutils.layers"]
    for layer in (network.layers[i] for i in own):
        for kind, arrays in (("params", layer.params), ("grads", layer.grads)):
            for name, array in arrays.items():
                is_float = np.asarray(array).dtype.kind == "f"
                is_float &= kind == "grads" or type(array) in arguments.ARRAYS
                expect(is_float, type(layer).__name__, f"a float array as {kind}[{name!r}]", array, TypeError)
    if own:
        trial, rng = copy.deepcopy(network).astype(x.dtype), np.random.default_rng(0)
        trial.set_training(True)
        for i, layer in enumerate(trial.layers):
            if i in own:
                _check_custom_layer(layer, rng.uniform(0.1, 1.0, (4, x.shape[1])).astype(x.dtype))
            x = layer.forward(x.copy())


def _check_custom_layer(layer: Any, x: np.ndarray) -> None:
    """`forward` uses the parameters, and `backward` writes the gradients with respect to them."""
    title = type(layer).__name__
    for name in layer.params:  # in copies, so that random numbers are the same
        pairs = ([_forward(copy.deepcopy(layer), v, change) for change in ("", name)] for v in (x, -x))
        if all(np.array_equal(before, after, equal_nan=True) for before, after in pairs):
            problem = f"forward does not use params[{name!r}], so training has no effect"
            raise ValueError(f"{title}: {problem}; use self.params[{name!r}]")
    y = _forward(layer, x)
    for array in layer.grads.values():
        if isinstance(array, np.ndarray):
            array[...] = np.nan  # to see what backward writes
    dx = layer.backward(np.ones_like(y))
    expect(np.shape(dx) == x.shape, title, f"backward to return an array of shape {x.shape}", dx)
    for name, array in layer.params.items():
        gradient = layer.grads.get(name, np.nan)
        if np.shape(gradient) != array.shape or np.isnan(gradient).any():
            words = f"backward to write the gradient with respect to {name} into grads[{name!r}]"
            raise ValueError(f"{title}: expected {words}, in place of the last one, of shape {array.shape}")


def _forward(layer: Any, x: np.ndarray, change: str = "") -> np.ndarray:
    """The output of the layer, a new float array with a row for each row of x, after one parameter is changed."""
    if change:
        layer.params[change] += 10 * np.random.default_rng(0).normal(size=layer.params[change].shape)
    try:
        y = layer.forward(arguments.read_only(x))
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        words = "forward changes its input in place; return a new array"
        raise ValueError(f"{type(layer).__name__}: {words}") from error
    arguments.floats(f"{type(layer).__name__}: output", y, rows=len(x))
    return y
