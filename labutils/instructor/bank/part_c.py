"""The exercises of Part C except C8: inputs, right answers, hints, and mistakes that no operator makes."""

from functools import partial
from typing import Any

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer
from labutils.instructor.bank.networks import RELU
from labutils.instructor.bank.part_c_sizes import SIZES


def _sgdm(
    *given: Any, keep: Any = 0.0, fresh: Any = 1.0, decay: Any = None, move: Any = None, bias: float = 0.0
) -> tuple[Any, ...]:
    """C2 with one change. decay: (rate, l2, W, vW, gW) -> the part of L2 in the velocity."""
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    pull = decay(rate, l2, W, vW, gW) if decay else -rate * l2 * W
    new_vW = (momentum + keep) * vW - fresh * rate * gW + pull
    new_vb = (momentum + keep) * vb - fresh * rate * gb - bias * rate * l2 * b
    return W + new_vW, b + new_vb, new_vW, new_vb


def _nesterov(*given: Any) -> tuple[Any, ...]:
    W, b, _, _, gW, gb, rate, momentum, l2 = given
    _, _, new_vW, new_vb = _sgdm(*given)
    return W + momentum * new_vW - rate * (gW + l2 * W), b + momentum * new_vb - rate * gb, new_vW, new_vb


def _nesterov_difference(*given: Any) -> tuple[Any, ...]:
    W, b, vW, vb, _, _, _, momentum, _ = given
    _, _, new_vW, new_vb = _sgdm(*given)
    return (
        W - momentum * vW + (1 + momentum) * new_vW,
        b - momentum * vb + (1 + momentum) * new_vb,
        new_vW,
        new_vb,
    )


def _rate_outside(
    *given: Any, sign: int = 1, l2_outside: bool = False, mean: bool = False
) -> tuple[Any, ...]:
    """v = momentum v + g, and the parameters move by -rate v, or by rate v with the other sign of v."""
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    part = 1 - momentum if mean else 1
    new_vW = momentum * vW + sign * part * (gW + (0 if l2_outside else l2 * W))
    new_vb = momentum * vb + sign * part * gb
    new_W = W - sign * rate * new_vW - (rate * l2 * W if l2_outside else 0)
    return new_W, b - sign * rate * new_vb, new_vW, new_vb


def _subtracted(*given: Any, mean: bool = False) -> tuple[Any, ...]:
    """v = momentum v + rate g, and the parameters move by -v."""
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    part = 1 - momentum if mean else 1
    new_vW, new_vb = momentum * vW + part * rate * (gW + l2 * W), momentum * vb + part * rate * gb
    return W - new_vW, b - new_vb, new_vW, new_vb


def _adam_like(*given: Any) -> tuple[Any, ...]:
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    g = gW + l2 * W
    new_vW, new_vb = momentum * vW + (1 - momentum) * g**2, momentum * vb + (1 - momentum) * gb**2
    return W - rate * g / np.sqrt(np.abs(new_vW)), b - rate * gb / np.sqrt(np.abs(new_vb)), new_vW, new_vb


def _l2_beside(*given: Any, factor: Any = None) -> tuple[Any, ...]:
    """L2 shrinks the weights beside the velocity (decoupled weight decay)."""
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    new_W, new_b, new_vW, new_vb = _sgdm(W, b, vW, vb, gW, gb, rate, momentum, 0.0)
    return new_W - (factor(rate, l2) if factor else rate * l2) * W, new_b, new_vW, new_vb


_SGDM = """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    W = W + vW
    b = b + vb
    return W, b, vW, vb
"""

_MOMENTUM = BankEntry(
    room=90_000,
    bases=4,
    about="one step of gradient descent with momentum and L2 regularisation",
    names=("W", "b", "vW", "vb"),
    function="momentum_step",
    # there are no samples, and a step has no factor
    partial={"in place": 0.75, "outputs": 0.67},
    inputs=random_inputs.momentum_inputs,
    sizes={"the number of inputs": ("W", 0), "the number of outputs": ("W", 1)},
    scalars=("rate", "momentum", "l2"),
    words={
        "g": "the gradient with L2",
        "l2 * W": "L2",
        "rate * l2 * W": "L2",
        "momentum * vW": "the old `vW`",
        "momentum * vb": "the old `vb`",
        "rate * gW": "the step of `gW`",
        "rate * gb": "the step of `gb`",
    },
    writings=(
        _SGDM,
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    g = gW + l2 * W
    vW = momentum * vW - rate * g
    vb = momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW - rate * l2 * W
    vb = momentum * vb - rate * gb
    W = W + vW
    b = b + vb
    return W, b, vW, vb
""",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    new_W = W + momentum * vW - rate * (gW + l2 * W)
    new_b = b + momentum * vb - rate * gb
    return new_W, new_b, new_W - W, new_b - b
""",
    ),
    hints=(
        "Start with one weight and l2 = 0. Which part of the old velocity is left after one step, "
        "and what is added to it?",
        "L2 regularisation adds a multiple of the weights to their gradient. For which parameters "
        "does the text ask for it?",
        "Compute both velocities first. The parameters then move by the velocities that you return.",
    ),
    mistakes=(
        WrongAnswer(
            "The old velocities are kept in full and the new ones added; they are replaced.",
            lambda *g: _sgdm(*g, keep=1.0),
        ),
        WrongAnswer(
            "The biases are regularised, too; L2 is for the weights.", lambda *g: _sgdm(*g, bias=1.0)
        ),
        WrongAnswer(
            "L2 has the wrong sign; it pulls the weights towards 0.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: rate * l2 * W),
        ),
        WrongAnswer("L2 is missing.", lambda *g: _sgdm(*g[:8], 0.0)),
        WrongAnswer(
            "The L2 term is not multiplied by the rate.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -l2 * W),
        ),
        WrongAnswer(
            "The L2 term is not multiplied by the rate, and it has the wrong sign.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: l2 * W),
        ),
        WrongAnswer(
            "L2 is counted twice (or its derivative is taken as 2 times the weights).",
            lambda *g: _sgdm(*g[:8], 2 * g[8]),
        ),
        WrongAnswer("L2 is halved.", lambda *g: _sgdm(*g[:8], g[8] / 2)),
        WrongAnswer("L2 is squared.", lambda *g: _sgdm(*g[:8], g[8] ** 2)),
        WrongAnswer(
            "The weights are squared in the L2 term; its derivative is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * W**2),
        ),
        WrongAnswer(
            "The penalty itself is used, the sum of the squares; its derivative is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * (W**2).sum()),
        ),
        WrongAnswer(
            "The penalty itself is used, half the sum of the squares; its derivative is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 / 2 * (W**2).sum()),
        ),
        WrongAnswer(
            "The sum of all weights is used in the L2 term; each weight has its own.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * W.sum()),
        ),
        WrongAnswer(
            "The length of all weights is used in the L2 term; each weight has its own.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * np.sqrt((W**2).sum())),
        ),
        WrongAnswer(
            "The L2 term has a factor 2, and is not multiplied by the rate.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -2 * l2 * W),
        ),
        WrongAnswer(
            "`momentum` multiplies the whole velocity, the new gradient included.",
            lambda *g: _sgdm(*g[:6], g[6] * g[7], *g[7:]),
        ),
        WrongAnswer(
            "This is L1 regularisation: the sign of the weights is used instead of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * np.sign(W)),
        ),
        WrongAnswer(
            "The absolute values of the weights are used in the L2 term.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * np.abs(W)),
        ),
        WrongAnswer(
            "L2 acts on the velocity; the term is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * v),
        ),
        WrongAnswer(
            "L2 multiplies the gradient; the term is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * gW),
        ),
        WrongAnswer(
            "L2 is added as a number; the term is a multiple of the weights.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2),
        ),
        WrongAnswer(
            "L2 is divided by the number of inputs.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 / len(W) * W),
        ),
        WrongAnswer(
            "The weights at the new position are used in the L2 term; the old ones belong there.",
            lambda *g: _sgdm(*g, decay=lambda rate, l2, W, v, gW: -rate * l2 * (W + g[7] * v)),
        ),
        WrongAnswer(
            "L2 shrinks the weights apart from the velocity; it belongs into the gradient and so into the velocity.",
            _l2_beside,
        ),
        WrongAnswer(
            "L2 shrinks the weights apart from the velocity and without the rate; it belongs into the gradient.",
            lambda *g: _l2_beside(*g, factor=lambda rate, l2: l2),
        ),
        WrongAnswer(
            "L2 shrinks the weights in addition to the velocity: it is there twice.",
            lambda *g: (_sgdm(*g)[0] - g[6] * g[8] * g[0], *_sgdm(*g)[1:]),
        ),
        WrongAnswer(
            "L2 shrinks the weights in addition to the velocity: it is there twice, once without the rate.",
            lambda *g: (_sgdm(*g)[0] - g[8] * g[0], *_sgdm(*g)[1:]),
        ),
        WrongAnswer(
            "The gradient is multiplied by 1 minus `momentum` (an exponential mean); here it is not.",
            lambda *g: _sgdm(
                *g[:8], g[8], fresh=1 - g[7], decay=lambda rate, l2, W, v, gW: -(1 - g[7]) * rate * l2 * W
            ),
        ),
        WrongAnswer(
            "The gradient without L2 is multiplied by 1 minus `momentum` (an exponential mean); here it is not.",
            lambda *g: _sgdm(*g, fresh=1 - g[7]),
        ),
        WrongAnswer(
            "The rate multiplies the whole velocity, in the update of the parameters; here it "
            "multiplies the gradient only.",
            _rate_outside,
        ),
        WrongAnswer(
            "The rate multiplies the whole velocity, whose sign is that of the step; here it "
            "multiplies the gradient only.",
            lambda *g: _rate_outside(*g, sign=-1),
        ),
        WrongAnswer(
            "The rate multiplies the whole velocity, and L2 shrinks the weights beside it; both "
            "belong into the gradient.",
            lambda *g: _rate_outside(*g, l2_outside=True),
        ),
        WrongAnswer(
            "The velocity is an exponential mean of the gradients, multiplied by the rate afterwards; "
            "here the rate multiplies the gradient, and no factor 1 minus `momentum` is there.",
            lambda *g: _rate_outside(*g, mean=True),
        ),
        *(
            WrongAnswer(
                f"{first} Also, {second}",
                lambda *g, b=bias, f=fresh, d=decay: _sgdm(
                    *g, bias=b, fresh=f(g[7]), decay=partial(d, f(g[7]))
                ),
            )
            for first, bias, fresh in (
                ("The biases are regularised, too.", 1.0, lambda momentum: 1.0),
                ("The gradient is added instead of subtracted.", 0.0, lambda momentum: -1.0),
                ("The gradient is multiplied by 1 minus `momentum`.", 0.0, lambda momentum: 1 - momentum),
                ("The biases are regularised, too, and the gradient is added.", 1.0, lambda momentum: -1.0),
                ("The rate is halved.", 0.0, lambda momentum: 0.5),
            )
            for second, decay in (
                ("L2 is not multiplied by the rate.", lambda f, rate, l2, W, v, gW: -l2 * W),
                ("L2 has the wrong sign.", lambda f, rate, l2, W, v, gW: f * rate * l2 * W),
                ("L2 has a factor 2.", lambda f, rate, l2, W, v, gW: -2 * f * rate * l2 * W),
                ("L2 is missing.", lambda f, rate, l2, W, v, gW: 0 * W),
                ("L2 uses the velocity.", lambda f, rate, l2, W, v, gW: -f * rate * l2 * v),
                ("L2 uses the squares of the weights.", lambda f, rate, l2, W, v, gW: -f * rate * l2 * W**2),
            )
        ),
        WrongAnswer(
            "The biases are regularised, too, and the gradient is added instead of subtracted.",
            lambda *g: _sgdm(*g[:6], -g[6], g[7], g[8], bias=1.0),
        ),
        WrongAnswer(
            "The biases are regularised, too. Also, the rate multiplies the whole velocity, in the "
            "update of the parameters.",
            lambda *g: _rate_outside(*g[:5], g[5] + g[8] * g[1], *g[6:]),
        ),
        WrongAnswer(
            "The biases are regularised, too. Also, the gradient is multiplied by 1 minus `momentum`.",
            lambda *g: _sgdm(*g[:6], g[6] * (1 - g[7]), *g[7:], bias=1.0),
        ),
        WrongAnswer(
            "The biases are regularised, too. Also, the velocities are subtracted from the parameters.",
            lambda *g: (
                2 * g[0] - _sgdm(*g)[0],
                2 * g[1] - _sgdm(*g, bias=1.0)[1],
                _sgdm(*g)[2],
                _sgdm(*g, bias=1.0)[3],
            ),
        ),
        WrongAnswer(
            "The rate multiplies the whole velocity, in the update of the parameters. Also, L2 is missing.",
            lambda *g: _rate_outside(*g[:8], 0.0),
        ),
        WrongAnswer("This is Nesterov's momentum, which looks ahead.", _nesterov),
        WrongAnswer("This is Nesterov's momentum, which looks ahead.", _nesterov_difference),
        WrongAnswer(
            "The gradients are divided by the root of their mean square, as in RMSProp or Adam.", _adam_like
        ),
        WrongAnswer(
            "The velocities have the sign of the gradient and are subtracted; here they are added to the parameters.",
            _subtracted,
        ),
        WrongAnswer(
            "The velocities are an exponential mean with the sign of the gradient, and are subtracted.",
            lambda *g: _subtracted(*g, mean=True),
        ),
        WrongAnswer(
            "The rate also multiplies the old velocity.",
            lambda *g: _sgdm(*g[:6], g[6], g[7], g[8], keep=g[6] * g[7] - g[7]),
        ),
        WrongAnswer("The rate is applied twice.", lambda *g: _sgdm(*g[:6], g[6] ** 2, *g[7:])),
        WrongAnswer("The rate is missing.", lambda *g: _sgdm(*g[:6], 1.0, *g[7:])),
        WrongAnswer(
            "Momentum is missing: this is plain gradient descent.", lambda *g: _sgdm(*g[:7], 0.0, g[8])
        ),
        WrongAnswer(
            "The old velocities count in full: `momentum` is not used.", lambda *g: _sgdm(*g[:7], 1.0, g[8])
        ),
        WrongAnswer(
            "1 minus `momentum` multiplies the old velocities; it should be `momentum`.",
            lambda *g: _sgdm(*g[:7], 1 - g[7], g[8]),
        ),
        WrongAnswer(
            "1 minus `momentum` multiplies the old velocities and `momentum` the gradients; they are exchanged.",
            lambda *g: _sgdm(*g[:6], g[6] * g[7], 1 - g[7], g[8]),
        ),
        WrongAnswer("`rate` and `momentum` are exchanged.", lambda *g: _sgdm(*g[:6], g[7], g[6], g[8])),
        WrongAnswer("`rate` and `l2` are exchanged.", lambda *g: _sgdm(*g[:6], g[8], g[7], g[6])),
        WrongAnswer(
            "The step follows the gradient uphill: the sign of its term is wrong.",
            lambda *g: _sgdm(*g[:4], -g[4], -g[5], *g[6:8], -g[8]),
        ),
        WrongAnswer(
            "The step follows the gradient uphill: the sign of its term is wrong, but not that of L2.",
            lambda *g: _sgdm(*g[:4], -g[4], -g[5], *g[6:]),
        ),
        WrongAnswer(
            "The parameters move by the old velocities; the new ones belong there.",
            lambda *g: (g[0] + g[2], g[1] + g[3], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "The old velocities are returned; the next step needs the new ones.",
            lambda *g: (*_sgdm(*g)[:2], *g[2:4]),
        ),
        WrongAnswer("`W` and `b` come back as they were given.", lambda *g: (*g[:2], *_sgdm(*g)[2:])),
        WrongAnswer(
            "The velocities are returned in place of the parameters.",
            lambda *g: (*_sgdm(*g)[2:], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "The velocities are subtracted from the parameters; the minus is already in the velocities.",
            lambda *g: (g[0] - _sgdm(*g)[2], g[1] - _sgdm(*g)[3], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "The parameters move by the velocity and by the gradient, too; the gradient is in the velocity already.",
            lambda *g: (
                _sgdm(*g)[0] - g[6] * (g[4] + g[8] * g[0]),
                _sgdm(*g)[1] - g[6] * g[5],
                *_sgdm(*g)[2:],
            ),
        ),
        WrongAnswer(
            "The parameters move by `rate` times the velocity; the rate is in the velocity already.",
            lambda *g: (g[0] + g[6] * _sgdm(*g)[2], g[1] + g[6] * _sgdm(*g)[3], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "`rate` times the velocity is subtracted from the parameters; the rate and the minus are "
            "in the velocity already.",
            lambda *g: (g[0] - g[6] * _sgdm(*g)[2], g[1] - g[6] * _sgdm(*g)[3], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "The parameters move by the gradient alone; the velocity is not used in them.",
            lambda *g: (g[0] - g[6] * (g[4] + g[8] * g[0]), g[1] - g[6] * g[5], *_sgdm(*g)[2:]),
        ),
        WrongAnswer(
            "The parameters move by `momentum` times the velocity; momentum is in the velocity already.",
            lambda *g: (g[0] + g[7] * _sgdm(*g)[2], g[1] + g[7] * _sgdm(*g)[3], *_sgdm(*g)[2:]),
        ),
    ),
)


def _minus(train: Any, validation: Any, from_train: Any, from_validation: Any = None) -> tuple[Any, Any]:
    """Both sets as numbers with a sign, each minus an image."""
    other = from_train if from_validation is None else from_validation
    return train.astype(float) - from_train, validation.astype(float) - other


def _mean(images: Any) -> Any:
    return images.mean(axis=1, keepdims=True)


def _both(change: Any) -> Any:
    """A change of both results."""
    return lambda a, v: tuple(change(x, a) for x in _minus(a, v, _mean(a)))


_INTEGERS = (
    "Whole numbers are used for the mean, so its fraction is cut off; or they are of 0 to "
    "255 and cannot be negative."
)
_KEPT = "The validation images are shifted by their own mean; both sets need the same shift."

_CENTRE = BankEntry(
    about="both sets of images, as columns, minus the mean training image",
    names=("train", "validation"),
    function="centre",
    # that both sets need the same shift is the exercise
    partial={"in place": 0.75, "outputs": 0.34},
    inputs=random_inputs.image_inputs,
    sizes={
        "the number of training images": ("train", 1),
        "the number of validation images": ("validation", 1),
        "the number of pixels": ("train", 0),
    },
    samples={"train": 1, "validation": 1},
    positive=("train", "validation"),
    integers=("train", "validation"),
    words={
        "mean": "the mean image",
        "train.mean(axis=1, keepdims=True)": "the mean image",
        "total": "the sum of the images",
    },
    writings=(
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    return train - mean, validation - mean
""",
        """
def centre(train, validation):
    mean = np.mean(train, axis=1).reshape(-1, 1)
    train = train - mean
    validation = validation - mean
    return train, validation
""",
        """
def centre(train, validation):
    total = np.zeros((train.shape[0], 1))
    for i in range(train.shape[1]):
        total[:, 0] += train[:, i]
    mean = total / train.shape[1]
    return train - mean, validation - mean
""",
        """
def centre(train, validation):
    mean = np.sum(train, axis=1, keepdims=True, dtype=float) / train.shape[1]
    return train - mean, validation - mean
""",
    ),
    hints=(
        "How many numbers does one image have, and how many does the mean image have?",
        "Imagine that the validation images arrive only after training. Which mean can then be known?",
        "Check two things: after the shift, the training images have the mean 0 in every pixel, "
        "and some of the values are negative.",
    ),
    mistakes=(
        WrongAnswer(_KEPT, lambda a, v: _minus(a, v, _mean(a), _mean(v))),
        WrongAnswer(
            "Each image is shifted by the mean of its own pixels; the shift must not depend on the image.",
            lambda a, v: _minus(a, v, a.mean(axis=0), v.mean(axis=0)),
        ),
        WrongAnswer(
            "One number, the mean of all pixels, is subtracted everywhere; the mean image has one for each pixel.",
            lambda a, v: _minus(a, v, a.mean()),
        ),
        WrongAnswer(
            "One number for each set, the mean of all its pixels, is subtracted; the mean image has "
            "one for each pixel.",
            lambda a, v: _minus(a, v, a.mean(), v.mean()),
        ),
        WrongAnswer("The validation images are not shifted.", lambda a, v: _minus(a, v, _mean(a), 0)),
        WrongAnswer("The training images are not shifted.", lambda a, v: _minus(a, v, 0, _mean(a))),
        WrongAnswer(
            "The training images are not shifted, and the validation images by their own mean.",
            lambda a, v: _minus(a, v, 0, _mean(v)),
        ),
        WrongAnswer("Nothing is shifted.", lambda a, v: (a, v)),
        WrongAnswer(
            "The mean of all images is used; the validation images must not be used.",
            lambda a, v: _minus(a, v, _mean(np.hstack([a, v]))),
        ),
        WrongAnswer(
            "The mean of the two means is used; the validation images must not be used.",
            lambda a, v: _minus(a, v, (_mean(a) + _mean(v)) / 2),
        ),
        WrongAnswer(
            "The mean of the validation images is subtracted from both; the validation images must not be used.",
            lambda a, v: _minus(a, v, _mean(v)),
        ),
        WrongAnswer(
            "The means are exchanged: each set is shifted by the mean of the other one.",
            lambda a, v: _minus(a, v, _mean(v), _mean(a)),
        ),
        WrongAnswer(
            "The validation images are shifted by the mean of the centred training images, which is 0.",
            lambda a, v: _minus(a, v, _mean(a), _mean(a - _mean(a))),
        ),
        WrongAnswer(
            "The validation images are shifted twice: by the training images' mean, and then by their own.",
            lambda a, v: (a - _mean(a), v - _mean(a) - _mean(v - _mean(a))),
        ),
        WrongAnswer("The mean is added.", lambda a, v: _minus(a, v, -_mean(a))),
        WrongAnswer("The sign is wrong: the image is subtracted from the mean.", _both(lambda x, a: -x)),
        WrongAnswer("The mean image is subtracted twice.", lambda a, v: _minus(a, v, 2 * _mean(a))),
        WrongAnswer(
            "The images are divided by the mean, not shifted by it.",
            lambda a, v: (a / _mean(a), v / _mean(a)),
        ),
        WrongAnswer(
            "The images are divided by 255 as well; only the mean is asked.", _both(lambda x, a: x / 255)
        ),
        WrongAnswer(
            "The images are divided by 255 before the mean is subtracted.",
            lambda a, v: _minus(a, v / 1, _mean(a) / 255),
        ),
        WrongAnswer(
            "The images are divided by the largest value as well; only the mean is asked.",
            _both(lambda x, a: x / a.max()),
        ),
        WrongAnswer(
            "The images are divided by 128 or 127.5 as well; only the mean is asked.",
            _both(lambda x, a: x / 127.5),
        ),
        WrongAnswer(
            "The images are divided by 128 or 127.5 as well; only the mean is asked.",
            _both(lambda x, a: x / 128),
        ),
        WrongAnswer(
            "A fixed number, 127.5, is subtracted; the mean image has one number for each pixel.",
            lambda a, v: _minus(a, v, 127.5),
        ),
        WrongAnswer(
            "A fixed number, 128, is subtracted; the mean image has one number for each pixel.",
            lambda a, v: _minus(a, v, 128),
        ),
        WrongAnswer(
            "The pixels are divided by their standard deviation as well; only the mean is asked.",
            _both(lambda x, a: x / a.std(axis=1, keepdims=True)),
        ),
        WrongAnswer(
            "The pixels are divided by their standard deviation as well; only the mean is asked.",
            _both(lambda x, a: x / (a.std(axis=1, keepdims=True) + 1e-8)),
        ),
        WrongAnswer(
            "The images are divided by the standard deviation of all pixels as well; only the mean is asked.",
            _both(lambda x, a: x / a.std()),
        ),
        WrongAnswer(
            "The images are divided by their own standard deviation as well; only the mean is asked.",
            _both(lambda x, a: x / x.std(axis=0)),
        ),
        WrongAnswer(
            "Each set is divided by its own standard deviation as well; only the mean is asked.",
            _both(lambda x, a: x / x.std(axis=1, keepdims=True)),
        ),
        WrongAnswer(
            "The range of the images is scaled as well; only the mean is asked.",
            _both(lambda x, a: x / (a.max() - a.min())),
        ),
        WrongAnswer(_INTEGERS, lambda a, v: (a - _mean(a).astype(a.dtype), v - _mean(a).astype(a.dtype))),
        WrongAnswer(_INTEGERS, lambda a, v: (a - _mean(a).astype(np.uint8), v - _mean(a).astype(np.uint8))),
        WrongAnswer(
            _INTEGERS, lambda a, v: tuple(x.astype(np.uint8) - _mean(a).astype(np.uint8) for x in (a, v))
        ),
        WrongAnswer(
            "The mean is cut to a whole number (integer division or a type of whole numbers).",
            lambda a, v: _minus(a, v, np.floor(_mean(a))),
        ),
        WrongAnswer("The mean is rounded to a whole number.", lambda a, v: _minus(a, v, np.round(_mean(a)))),
        WrongAnswer(
            "The result is turned back into whole numbers of 0 to 255, which cannot be negative.",
            _both(lambda x, a: x.astype(a.dtype)),
        ),
        WrongAnswer(
            "The result is turned back into whole numbers of 0 to 255, which cannot be negative.",
            _both(lambda x, a: x.astype(np.uint8)),
        ),
        WrongAnswer(
            "The result is turned back into whole numbers of 0 to 255, which cannot be negative.",
            _both(lambda x, a: x.astype(int).astype(np.uint8)),
        ),
        WrongAnswer("The result is cut to whole numbers.", _both(lambda x, a: np.trunc(x))),
        WrongAnswer("The result is rounded to whole numbers.", _both(lambda x, a: np.round(x))),
        WrongAnswer(
            "Negative values are replaced by 0; pixels below the mean are negative.",
            _both(lambda x, a: np.maximum(x, 0)),
        ),
        WrongAnswer(
            "The values are cut off at 0 and 255; pixels below the mean are negative.",
            _both(lambda x, a: np.clip(x, 0, 255)),
        ),
        WrongAnswer("The values are cut off at 0 and 1.", _both(lambda x, a: np.clip(x, 0, 1))),
        WrongAnswer("The sign is lost: absolute values are taken.", _both(lambda x, a: np.abs(x))),
        WrongAnswer("The squares of the differences are returned.", _both(lambda x, a: x**2)),
        WrongAnswer(
            "The sum of the images is subtracted; the mean is the sum divided by their number.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float)),
        ),
        WrongAnswer(
            "The sum of the images is divided by the number of pixels; the mean is over the images.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float) / len(a)),
        ),
        WrongAnswer(
            "The sum of the images is divided by the number of all values.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float) / a.size),
        ),
        WrongAnswer(
            "The sum of the images is divided by their number minus 1.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float) / max(a.shape[1] - 1, 1)),
        ),
        WrongAnswer(
            "The sum of the images is divided by the number of validation images.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float) / v.shape[1]),
        ),
        WrongAnswer(
            "The sum of the images is divided by a fixed number; it depends on the input.",
            lambda a, v: _minus(a, v, a.sum(axis=1, keepdims=True, dtype=float) / 784),
        ),
        *(
            WrongAnswer(
                f"{what} is subtracted, not the mean image.", lambda a, v, f=image: _minus(a, v, f(a))
            )
            for what, image in (
                ("The first image", lambda a: a[:, :1].astype(float)),
                ("The last image", lambda a: a[:, -1:].astype(float)),
                ("The median image", lambda a: np.median(a, axis=1, keepdims=True)),
                ("The median of all values", lambda a: np.median(a)),
                ("The image of the smallest values", lambda a: a.min(axis=1, keepdims=True).astype(float)),
                ("The image of the largest values", lambda a: a.max(axis=1, keepdims=True).astype(float)),
                (
                    "The middle of the smallest and the largest value",
                    lambda a: (a.min(axis=1, keepdims=True) + a.max(axis=1, keepdims=True).astype(float)) / 2,
                ),
                ("The standard deviation", lambda a: a.std(axis=1, keepdims=True)),
                ("The mean of the first pixel", lambda a: _mean(a)[0, 0]),
                ("The mean of the last pixel", lambda a: _mean(a)[-1, 0]),
                ("The mean of the mean image", lambda a: _mean(a).mean()),
                (
                    "The geometric mean",
                    lambda a: np.exp(np.log(a.astype(float) + (a == 0)).mean(axis=1, keepdims=True)),
                ),
            )
        ),
        *(
            WrongAnswer(
                "Each set is shifted by its own values: " + what + ".",
                lambda a, v, f=image: _minus(a, v, f(a), f(v)),
            )
            for what, image in (
                ("its median image", lambda a: np.median(a, axis=1, keepdims=True)),
                ("its first image", lambda a: a[:, :1].astype(float)),
                ("its smallest values", lambda a: a.min(axis=1, keepdims=True).astype(float)),
            )
        ),
        WrongAnswer(
            "The training images are shifted by the mean of the images, the validation images by one number.",
            lambda a, v: _minus(a, v, _mean(a), a.mean()),
        ),
        WrongAnswer(
            "The training images are shifted by the mean of the images, the validation images by one "
            "number of their own.",
            lambda a, v: _minus(a, v, _mean(a), v.mean()),
        ),
        WrongAnswer(
            "The mean image comes back in place of the images.",
            lambda a, v: (_mean(a) + 0.0 * a, _mean(a) + 0.0 * v),
        ),
        *(
            WrongAnswer(
                f"{first} Also, {second}",
                lambda a, v, m=means, c=change: tuple(
                    c(x, a, d) for x, d in zip(_minus(a, v, *m(a, v)), (a, v), strict=True)
                ),
            )
            for first, means in (
                ("The validation images are shifted by their own mean.", lambda a, v: (_mean(a), _mean(v))),
                (
                    "The mean of all images is used, the validation images included.",
                    lambda a, v: (_mean(np.hstack([a, v])), None),
                ),
                ("The mean of the validation images is subtracted from both.", lambda a, v: (_mean(v), None)),
                (
                    "One number, the mean of all pixels, is subtracted everywhere.",
                    lambda a, v: (a.mean(), None),
                ),
                ("One number for each set is subtracted.", lambda a, v: (a.mean(), v.mean())),
                (
                    "Each image is shifted by the mean of its own pixels.",
                    lambda a, v: (a.mean(axis=0), v.mean(axis=0)),
                ),
                ("The validation images are not shifted.", lambda a, v: (_mean(a), 0.0)),
                ("The mean is rounded to a whole number.", lambda a, v: (np.round(_mean(a)), None)),
            )
            for second, change in (
                (
                    "the images are divided by the standard deviation of each pixel.",
                    lambda x, a, d: x / a.std(axis=1, keepdims=True),
                ),
                (
                    "each set is divided by its own standard deviation.",
                    lambda x, a, d: x / d.std(axis=1, keepdims=True),
                ),
                (
                    "the images are divided by the standard deviation of all pixels.",
                    lambda x, a, d: x / a.std(),
                ),
                ("the images are divided by 255.", lambda x, a, d: x / 255),
                ("the sign is wrong.", lambda x, a, d: -x),
                ("negative values are replaced by 0.", lambda x, a, d: np.maximum(x, 0)),
                ("the sign is lost.", lambda x, a, d: np.abs(x)),
            )
        ),
        *(
            WrongAnswer(
                f"{first} Also, the validation images are used.",
                lambda a, v, m=mean: _minus(a, v, m(np.hstack([a, v]))),
            )
            for first, mean in (
                ("One number, the mean of all pixels, is subtracted everywhere.", lambda both: both.mean()),
                ("The median image is subtracted.", lambda both: np.median(both, axis=1, keepdims=True)),
            )
        ),
        *(
            WrongAnswer(
                f"The mean of all images is used, the validation images included. Also, the images "
                f"are divided by {what}.",
                lambda a, v, d=spread: tuple(
                    x / d(np.hstack([a, v])) for x in _minus(a, v, _mean(np.hstack([a, v])))
                ),
            )
            for what, spread in (
                ("the standard deviation of each pixel", lambda both: both.std(axis=1, keepdims=True)),
                ("the standard deviation of all pixels", lambda both: both.std()),
                ("the largest value", lambda both: both.max()),
            )
        ),
        WrongAnswer(
            "Each set is shifted by its own mean, and divided by its standard deviation as well.",
            lambda a, v: tuple((x - _mean(x)) / x.std(axis=1, keepdims=True) for x in (a, v)),
        ),
        WrongAnswer(
            "Each set is shifted by one number, and divided by its standard deviation as well.",
            lambda a, v: tuple((x - x.mean()) / x.std() for x in (a, v)),
        ),
        WrongAnswer(
            "One number is subtracted everywhere, and the images are divided by their standard deviation as well.",
            lambda a, v: tuple((x - a.mean()) / a.std() for x in (a, v)),
        ),
    ),
)

EXERCISES = {"C1": RELU, "C2": _MOMENTUM, "C8": SIZES, "C9": _CENTRE}
