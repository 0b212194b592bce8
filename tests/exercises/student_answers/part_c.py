"""Students' answers to the code exercises of Part C: C1, C2, C8 and C9."""

from ._answer import Answer

C1: list[Answer] = [
    Answer(
        "C1",
        "wrong",
        "the ReLU's backward is left out: da1 is passed on as dz1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, dz1 = linear_backward(W2, a1, dz2)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the sigmoid's derivative a1 (1 - a1) from Part B is used for the ReLU",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * a1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask is a1 >= 0, which is true everywhere, so the gradient also passes where the ReLU is 0",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 >= 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "da1 is set to 0 where a1 < 0, which is nowhere, as a1 is the ReLU's output",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1.copy()
    dz1[a1 < 0] = 0
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask is inverted: the gradient is set to 0 where the unit is active",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = np.where(a1 > 0, 0, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "da1 is multiplied by a1 itself and not by 1 where a1 is positive",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * np.maximum(a1, 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the ReLU is applied to the gradient: negative gradients are cut to 0, whatever a1 is",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = np.maximum(0, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "dz1 is only the mask: the gradient da1 is not multiplied in",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = (a1 > 0).astype(float)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask is used for dW1 but not for db1, which is summed from da1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dW1 = x @ (da1 * (a1 > 0)).T
    db1 = da1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "a leaky ReLU: a tenth of the gradient passes where a1 is 0",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * np.where(a1 > 0, 1.0, 0.1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask is per unit (positive for some image) and not per unit and image",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    alive = (a1 > 0).any(axis=1, keepdims=True)
    dz1 = da1 * alive
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask compares the input x with 0 and not a1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (x > 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the argument a1 is overwritten with the mask",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    a1[a1 > 0] = 1
    dz1 = da1 * a1
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "both the ReLU's mask and the sigmoid's derivative are applied",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    da1[a1 <= 0] = 0
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "all gradients are divided by the number of images, those of the mean and not of the summed loss",
        """
def backward(x, a1, y, labels, W2):
    N = len(labels)
    dz2 = scores_gradient(y, labels) / N
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 > 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "db1 is summed over the hidden units (axis 0) and not over the images",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 > 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=0, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask compares da1 with 0 and not a1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = np.where(da1 > 0, da1, 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "the mask is computed but dW1 and db1 use the unmasked da1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 > 0)
    dW1 = x @ da1.T
    db1 = da1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "y is changed in place: the true labels' elements of the argument lose 1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = y
    dz2[labels, np.arange(len(labels))] -= 1
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    dz1 = (W2 @ dz2) * (a1 > 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: the ReLU's mask is left out, and db1 has no keepdims",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dW1 = x @ da1.T
    db1 = da1.sum(axis=1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: the mask is inverted, and dW1 is transposed",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 == 0)
    dW1 = dz1 @ x.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: da1 is multiplied by a1 and not by the mask, and the sign of dz2 is reversed",
        """
def backward(x, a1, y, labels, W2):
    t = np.eye(len(y))[labels].T
    dz2 = t - y
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    dz1 = (W2 @ dz2) * a1
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: the sigmoid's derivative is used for the ReLU, and all gradients are divided by N",
        """
def backward(x, a1, y, labels, W2):
    N = x.shape[1]
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1 / N, db1 / N, dW2 / N, db2 / N
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: the mask compares da1 with 0 and not a1, and the bias gradients are means",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, _, da1 = linear_backward(W2, a1, dz2)
    db2 = np.mean(dz2, axis=1, keepdims=True)
    dz1 = da1 * (da1 > 0)
    dW1 = x @ dz1.T
    db1 = np.mean(dz1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "wrong",
        "two slips: the argument a1 is overwritten with the mask, before dW2 is computed from it",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    a1[a1 > 0] = 1
    dz1 = (W2 @ dz2) * a1
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "right",
        "da1 set to 0 where a1 is 0, first layer by linear_backward with unused zeros",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, dz1 = linear_backward(W2, a1, dz2)
    dz1[a1 == 0] = 0
    dW1, db1, _ = linear_backward(np.zeros((len(x), len(a1))), x, dz1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "right",
        "np.sign as the derivative",
        """
def backward(x, a1, y, labels, W2):
    dz2 = y.copy()
    dz2[labels, np.arange(y.shape[1])] -= 1
    dz1 = np.sign(a1) * (W2 @ dz2)
    dW1, dW2 = x @ dz1.T, a1 @ dz2.T
    db1, db2 = dz1.sum(axis=1)[:, None], dz2.sum(axis=1)[:, None]
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "right",
        "loop over the images, only the active units' columns are added to",
        """
def backward(x, a1, y, labels, W2):
    dW1, db1 = np.zeros((len(x), len(a1))), np.zeros((len(a1), 1))
    dW2, db2 = np.zeros(W2.shape), np.zeros((len(y), 1))
    for n in range(len(labels)):
        d2 = y[:, n] - (np.arange(len(y)) == labels[n])
        active = np.flatnonzero(a1[:, n])
        d1 = W2[active] @ d2
        dW1[:, active] += np.outer(x[:, n], d1)
        db1[active, 0] += d1
        dW2 += np.outer(a1[:, n], d2)
        db2[:, 0] += d2
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "C1",
        "right",
        "einsum with a mask of numbers",
        """
def backward(x, a1, y, labels, W2):
    mask = (a1 > 0) * 1.0
    d2 = y - np.eye(y.shape[0])[:, labels]
    dW1 = np.einsum("mn,hn,hk,kn->mh", x, mask, W2, d2)
    db1 = np.einsum("hn,hk,kn->h", mask, W2, d2).reshape(-1, 1)
    dW2 = np.einsum("hn,kn->hk", a1, d2)
    return dW1, db1, dW2, d2.sum(axis=1, keepdims=True)
""",
    ),
    Answer(
        "C1",
        "right",
        "np.where, and a helper for one linear layer",
        """
def backward(x, a1, y, labels, W2):
    def weights_and_bias(inputs, dz):
        return inputs @ dz.T, dz.sum(axis=1).reshape((dz.shape[0], 1))

    dz2 = scores_gradient(y, labels)
    dz1 = np.where(a1 > 0, np.dot(W2, dz2), 0.0)
    first = weights_and_bias(x, dz1)
    second = weights_and_bias(a1, dz2)
    return first + second
""",
    ),
]

C2: list[Answer] = [
    Answer(
        "C2",
        "wrong",
        "the gradient is added: + rate in the velocity",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW + rate * (gW + l2 * W)
    vb = momentum * vb + rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "L2 regularisation is applied to the bias as well",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * (gb + l2 * b)
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "L2 regularisation is left out",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW
    vb = momentum * vb - rate * gb
    W = W + vW
    b = b + vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term is not multiplied by the rate",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW - l2 * W
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the velocity is subtracted from the weights, though it has the minus sign already",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    W = W - vW
    b = b - vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the parameters move by the old velocity: it is updated only afterwards",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    new_W = W + vW
    new_b = b + vb
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    return new_W, new_b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "momentum multiplies the whole new velocity, the gradient step included",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * (vW - rate * (gW + l2 * W))
    vb = momentum * (vb - rate * gb)
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the gradient is weighted by 1 - momentum, as in a running mean",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - (1 - momentum) * rate * (gW + l2 * W)
    vb = momentum * vb - (1 - momentum) * rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the old velocity is not multiplied by momentum",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = vW - rate * (gW + l2 * W)
    vb = vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the old velocity is left out, so it is plain gradient descent",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = -rate * (gW + l2 * W)
    vb = -rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term has a factor of 2",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    grad = gW + 2 * l2 * W
    vW = momentum * vW - rate * grad
    vb = momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the velocity is a sum of gradients (the rate multiplies only the move), so vW and vb are not the step",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW + gW + l2 * W
    vb = momentum * vb + gb
    W = W - rate * vW
    b = b - rate * vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the rate multiplies the velocity once more when the parameters move",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    W = W + rate * vW
    b = b + rate * vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term has the wrong sign and makes the weights grow",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * (gW - l2 * W)
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the bias velocity is updated from vW and not from vb",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    new_vW = momentum * vW - rate * (gW + l2 * W)
    new_vb = momentum * vW - rate * gb
    return W + new_vW, b + new_vb, new_vW, new_vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the bias has no momentum: its old velocity is left out",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = -rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the results are in the wrong order: W, vW, b, vb",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    W = W + vW
    vb = momentum * vb - rate * gb
    b = b + vb
    return W, vW, b, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the arguments are changed in place",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW *= momentum
    vW -= rate * (gW + l2 * W)
    vb *= momentum
    vb -= rate * gb
    W += vW
    b += vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "only W and b are returned, the velocities are not",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the old velocities are returned and not the new ones",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    stepW = momentum * vW - rate * (gW + l2 * W)
    stepb = momentum * vb - rate * gb
    return W + stepW, b + stepb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "momentum is the constant 0.9 and not the argument",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = 0.9 * vW - rate * (gW + l2 * W)
    vb = 0.9 * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "Nesterov's momentum: the parameters move by momentum * v - rate * g with the new velocity",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    gW = gW + l2 * W
    vW = momentum * vW - rate * gW
    vb = momentum * vb - rate * gb
    W = W + momentum * vW - rate * gW
    b = b + momentum * vb - rate * gb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term has W squared in place of W, the penalty and not its derivative",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W**2)
    vb = momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term is made of the velocity vW and not of the weights W",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * vW)
    vb = momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the weight decay acts on W directly, outside the velocity",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW
    vb = momentum * vb - rate * gb
    W = W + vW - rate * l2 * W
    b = b + vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term is applied twice: in the velocity and again to the weights",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    W = (1 - rate * l2) * W + vW
    b = b + vb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "the L2 term has the sum of all weights in place of each weight itself",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * (gW + l2 * np.sum(W))
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "rate and momentum are swapped",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = rate * vW - momentum * (gW + l2 * W)
    vb = rate * vb - momentum * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "nothing is returned",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: L2 is applied to the bias too, and the gradient is added",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    def one(p, v, g):
        v = momentum * v + rate * (g + l2 * p)
        return p + v, v

    W, vW = one(W, vW, gW)
    b, vb = one(b, vb, gb)
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: the L2 term lacks the rate, and the results are in the order W, vW, b, vb",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW - l2 * W
    vb = momentum * vb - rate * gb
    return W + vW, vW, b + vb, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: L2 is left out, and the gradient is weighted by 1 - momentum",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * (1 - momentum) * gW
    vb = momentum * vb - rate * (1 - momentum) * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: the parameters move by the old velocity, and in place",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    W += vW
    b += vb
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: L2 is applied to the bias too, and the velocity lacks the rate, which multiplies only the move",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW + (gW + l2 * W)
    vb = momentum * vb + (gb + l2 * b)
    return W - rate * vW, b - rate * vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: the velocity is subtracted though it has the minus sign already, and L2 is left out",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = momentum * vW - rate * gW
    vb = momentum * vb - rate * gb
    moved = W - vW, b - vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: the L2 term has a factor of 2 and is not multiplied by the rate",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    moved = None
    vW = momentum * vW - rate * gW - 2 * l2 * W
    vb = momentum * vb - rate * gb
    moved = W + vW, b + vb, vW, vb
    return moved
""",
    ),
    Answer(
        "C2",
        "wrong",
        "two slips: momentum and rate are the constants 0.9 and 0.1 and not the arguments",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    rate, momentum = 0.1, 0.9
    vW = momentum * vW - rate * (gW + l2 * W)
    vb = momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb
""",
    ),
    Answer(
        "C2",
        "right",
        "the velocity with the opposite sign inside, turned at the end",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    down_W = -momentum * vW + rate * gW + rate * l2 * W
    down_b = -momentum * vb + rate * gb
    return W - down_W, b - down_b, -down_W, -down_b
""",
    ),
    Answer(
        "C2",
        "right",
        "a helper for both, with decay 0 for the bias",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    def step(value, velocity, gradient, decay):
        velocity = momentum * velocity - rate * (gradient + decay * value)
        return value + velocity, velocity

    W, vW = step(W, vW, gW, l2)
    b, vb = step(b, vb, gb, 0)
    return W, b, vW, vb
""",
    ),
    Answer(
        "C2",
        "right",
        "decay as a factor of W in the move",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    shrink = 1 - rate * l2
    new_W = shrink * W + momentum * vW - rate * gW
    new_b = b + momentum * vb - rate * gb
    return new_W, new_b, new_W - W, new_b - b
""",
    ),
    Answer(
        "C2",
        "right",
        "weights and biases stacked into one matrix",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    P, V, G = np.vstack([W, b.T]), np.vstack([vW, vb.T]), np.vstack([gW, gb.T])
    decay = np.full((len(P), 1), l2)
    decay[-1] = 0
    V = momentum * V - rate * (G + decay * P)
    P = P + V
    return P[:-1], P[-1:].T, V[:-1], V[-1:].T
""",
    ),
    Answer(
        "C2",
        "right",
        "loops over the elements",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    newW, newv = W.copy(), vW.copy()
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            newv[i, j] = momentum * vW[i, j] - rate * (gW[i, j] + l2 * W[i, j])
            newW[i, j] = W[i, j] + newv[i, j]
    newvb = np.array([[momentum * v - rate * g] for v, g in zip(vb[:, 0], gb[:, 0])])
    return newW, b + newvb, newv, newvb
""",
    ),
    Answer(
        "C2",
        "right",
        "in place on copies, returned as a list",
        """
def momentum_step(W, b, vW, vb, gW, gb, rate, momentum, l2):
    W, b, vW, vb = (a.copy() for a in (W, b, vW, vb))
    vW *= momentum
    vW -= rate * l2 * W
    vW -= rate * gW
    W += vW
    vb *= momentum
    vb -= rate * gb
    b += vb
    return [W, b, vW, vb]
""",
    ),
]

C8: list[Answer] = [
    Answer(
        "C8",
        "wrong",
        "the count must be a whole number exactly, though the printed accuracies are rounded",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        counts = accuracies * n / 100
        if np.all(counts == np.round(counts)):
            return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "np.allclose's default tolerance (about 0.001 at 100) is narrower than the rounding, 0.005",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.allclose(100 * k / n, accuracies):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the tolerance of 0.5 is for counts of images, which every number fits, so 1 is returned",
        """
def batch_size(accuracies):
    n = 1
    while n <= 10000:
        counts = accuracies * n / 100
        if np.all(np.abs(counts - np.round(counts)) <= 0.5):
            break
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the tolerance is a fixed 0.01 images whatever n is: not the rounding of per cents, 0.005 n / 100",
        """
def batch_size(accuracies):
    n = None
    for candidate in range(1, 10001):
        counts = np.array(accuracies) / 100 * candidate
        if np.all(np.abs(counts - np.rint(counts)) < 0.01):
            n = candidate
            break
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the tolerance is 0.05, ten times too wide: as for one decimal",
        """
def batch_size(accuracies):
    n = 1
    while np.any(np.abs(np.round(accuracies * n / 100) * 100 / n - accuracies) > 0.05):
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the tolerance is 0.0005, ten times too narrow",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        possible = 100 * np.round(accuracies * n / 100) / n
        if np.max(np.abs(possible - accuracies)) <= 0.0005:
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the sizes tried begin at 2, so 1 is never found",
        """
def batch_size(accuracies):
    for n in range(2, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(k / n * 100 - accuracies) < 0.0051):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "only sizes below 200 are tried, so that nothing is returned for a larger one",
        """
def batch_size(accuracies):
    for n in range(1, 200):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(k / n * 100 - accuracies) < 0.0051):
            return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "it is enough if any one of the accuracies fits, where all of them must",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.any(np.abs(k / n * 100 - accuracies) < 0.0051):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "only the first accuracy is looked at",
        """
def batch_size(accuracies):
    a = accuracies[0]
    n = 1
    while abs(round(a * n / 100) * 100 / n - a) > 0.0051:
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the first accuracy is skipped",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        fits = True
        for i in range(1, len(accuracies)):
            k = round(accuracies[i] * n / 100)
            if abs(100 * k / n - accuracies[i]) > 0.0051:
                fits = False
        if fits:
            return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "in the inner loop the flag is overwritten, so only the last accuracy decides",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        for a in accuracies:
            k = np.round(a * n / 100)
            ok = abs(100 * k / n - a) < 0.0051
        if ok:
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the count is cut down to a whole number (floor) and not rounded to the nearest",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.floor(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) < 0.0051):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the per cents are not divided by 100: they are taken for shares of 1",
        """
def batch_size(accuracies):
    n = 1
    while n < 10000:
        k = np.round(accuracies * n)
        if np.all(np.abs(k / n - accuracies) < 0.0051):
            return n
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the tolerance of 0.005 is compared with shares of 1, so it is a hundred times too wide",
        """
def batch_size(accuracies):
    p = np.asarray(accuracies) / 100
    for n in range(1, 10001):
        if np.all(np.abs(np.round(p * n) / n - p) <= 0.005):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "n is counted up before it is returned, one too many",
        """
def batch_size(accuracies):
    n = 1
    found = False
    while not found:
        k = np.round(accuracies * n / 100)
        found = np.all(np.abs(100 * k / n - accuracies) < 0.0051)
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the largest size that fits is returned: the loop does not stop at the first",
        """
def batch_size(accuracies):
    best = None
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) < 0.0051):
            best = n
    return best
""",
    ),
    Answer(
        "C8",
        "wrong",
        "only powers of two are tried",
        """
def batch_size(accuracies):
    n = 1
    while n <= 8192:
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) < 0.0051):
            return n
        n *= 2
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "100 divided by the smallest difference of two accuracies: a guess that need not fit them all",
        """
def batch_size(accuracies):
    values = np.unique(accuracies)
    step = np.diff(values).min()
    n = int(np.round(100 / step))
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the least common multiple of each accuracy's own smallest size, not the smallest that fits all",
        """
def batch_size(accuracies):
    def smallest(a):
        n = 1
        while abs(round(a * n / 100) * 100 / n - a) > 0.0051:
            n += 1
        return n

    n = 1
    for a in accuracies:
        n = np.lcm(n, smallest(a))
    return int(n)
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the largest of the accuracies' own smallest sizes, which need not fit the others",
        """
def batch_size(accuracies):
    sizes = []
    for a in accuracies:
        for n in range(1, 10001):
            if abs(round(a * n / 100) * 100 / n - a) < 0.0051:
                sizes.append(n)
                break
    return max(sizes)
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the accuracies are compared after rounding to whole per cents",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.round(100 * k / n) == np.round(accuracies)):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the sign of the difference is not removed (no abs), so every accuracy above its fraction fits",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(100 * k / n - accuracies < 0.0051):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the mean of the deviations is compared with the tolerance, not every one of them",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.mean(np.abs(100 * k / n - accuracies)) < 0.0051:
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the return of None is inside the loop, which ends after n = 1",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) < 0.0051):
            return n
        else:
            return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the list of all sizes that fit is returned and not the smallest",
        """
def batch_size(accuracies):
    sizes = []
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) < 0.0051):
            sizes.append(n)
    return sizes
""",
    ),
    Answer(
        "C8",
        "wrong",
        "the constant 128 is returned",
        """
def batch_size(accuracies):
    n = 128
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: any one accuracy is enough, and the sizes begin at 2",
        """
def batch_size(accuracies):
    for n in range(2, 10001):
        for a in accuracies:
            if abs(round(a * n / 100) / n * 100 - a) < 0.0051:
                return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: the count is cut down and not rounded, and it is compared exactly",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = (accuracies * n / 100).astype(int)
        if (k / n * 100 == accuracies).all():
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: the tolerance is ten times too wide, and n is one too many",
        """
def batch_size(accuracies):
    n = 0
    fits = False
    while not fits:
        n += 1
        k = np.round(accuracies * n / 100)
        fits = bool(np.all(np.abs(100 * k / n - accuracies) < 0.05))
    return n + 1
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: only powers of two are tried, and the tolerance is that of np.allclose",
        """
def batch_size(accuracies):
    for power in range(14):
        n = 2**power
        if np.allclose(np.round(accuracies * n / 100) / n * 100, accuracies):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: only the first accuracy is looked at, and its count must be whole exactly",
        """
def batch_size(accuracies):
    n = 1
    while (accuracies[0] * n / 100) % 1 != 0 and n < 10000:
        n += 1
    return n
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: the count is cut down and not rounded, and the first accuracy is skipped",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        if all(abs(int(a * n / 100) * 100 / n - a) < 0.0051 for a in accuracies[1:]):
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "wrong",
        "two slips: the largest size that fits is returned, and the sizes end at 999",
        """
def batch_size(accuracies):
    for n in range(1, 1000):
        k = np.round(accuracies * n / 100)
        if np.max(np.abs(100 * k / n - accuracies)) < 0.0051:
            size = n
    return size
""",
    ),
    Answer(
        "C8",
        "right",
        "next and all, with a bound a little above half a hundredth",
        """
def batch_size(accuracies):
    def fits(n):
        return all(abs(round(a * n / 100) * 100 / n - a) < 0.005 + 1e-9 for a in accuracies)

    return next(n for n in range(1, 10001) if fits(n))
""",
    ),
    Answer(
        "C8",
        "right",
        "the tolerance in images, in proportion to n",
        """
def batch_size(accuracies):
    n = 0
    far = True
    while far:
        n += 1
        counts = np.asarray(accuracies) * n / 100
        far = np.any(np.abs(counts - np.rint(counts)) > 0.0051 * n / 100)
    return n
""",
    ),
    Answer(
        "C8",
        "right",
        "all sizes at once in one matrix, np.argmax for the first that fits",
        """
def batch_size(accuracies):
    sizes = np.arange(1, 10001)[:, None]
    counts = np.round(np.asarray(accuracies)[None, :] * sizes / 100)
    fits = (np.abs(100 * counts / sizes - accuracies) < 0.00501).all(axis=1)
    return int(sizes[np.argmax(fits), 0])
""",
    ),
    Answer(
        "C8",
        "right",
        "for every size the list of possible accuracies, and the distance to the nearest",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        possible = np.arange(n + 1) * 100 / n
        for a in accuracies:
            i = min(int(a * n / 100), n - 1)
            if min(abs(possible[i] - a), abs(possible[i + 1] - a)) > 0.0050001:
                break
        else:
            return n
    return None
""",
    ),
    Answer(
        "C8",
        "right",
        "recursion-like sieve: each accuracy removes the sizes that it does not fit",
        """
def batch_size(accuracies):
    sizes = np.arange(1, 10001)
    for a in accuracies:
        counts = a * sizes / 100
        sizes = sizes[np.abs(counts - np.round(counts)) / sizes * 100 < 0.0051]
    return sizes.min()
""",
    ),
    Answer(
        "C8",
        "right",
        "the errors (100 minus accuracy) in whole hundredths of a per cent",
        """
def batch_size(accuracies):
    errors = [round(10000 - 100 * float(a)) for a in accuracies]
    n = 1
    while True:
        if all(2 * abs(10000 * round(e * n / 10000) - e * n) <= n for e in errors):
            return n
        n += 1
""",
    ),
]

C9: list[Answer] = [
    Answer(
        "C9",
        "wrong",
        "the mean is over the pixels of each image (axis 0), each set its own, and not the mean image",
        """
def centre(train, validation):
    centred = None
    train_mean = train.mean(axis=0)
    validation_mean = validation.mean(axis=0)
    centred = train - train_mean, validation - validation_mean
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean is over axis 0, one number per training image, and is subtracted from both sets",
        """
def centre(train, validation):
    mean = np.mean(train, axis=0)
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "one mean over all pixels and images is subtracted, a number and not a mean image",
        """
def centre(train, validation):
    mean = train.mean()
    centred = train - mean, validation - mean
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the validation images have their own mean subtracted and not that of the training images",
        """
def centre(train, validation):
    centred = None
    mean_train = train.mean(axis=1, keepdims=True)
    mean_val = validation.mean(axis=1, keepdims=True)
    centred = train - mean_train, validation - mean_val
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean is over training and validation images together",
        """
def centre(train, validation):
    everything = np.hstack([train, validation])
    mean = everything.mean(axis=1, keepdims=True)
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "keepdims is missing: the mean has the shape (784,) and does not broadcast with (784, N)",
        """
def centre(train, validation):
    mean_image = np.mean(train, axis=1)
    train = train - mean_image
    validation = validation - mean_image
    return train, validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the median is subtracted and not the mean",
        """
def centre(train, validation):
    middle = np.median(train, axis=1, keepdims=True)
    return train - middle, validation - middle
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the sum of the training images is subtracted: it is not divided by their number",
        """
def centre(train, validation):
    centred = None
    mean = train.sum(axis=1, keepdims=True)
    centred = train - mean, validation - mean
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the images are also divided by the standard deviation, which was not asked for",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    std = train.std(axis=1, keepdims=True) + 1e-8
    return (train - mean) / std, (validation - mean) / std
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the validation images are returned as they are",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    train = train - mean
    return train, validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the arguments are changed in place (-=)",
        """
def centre(train, validation):
    mean = np.mean(train, axis=1, keepdims=True)
    train -= mean
    validation -= mean
    return train, validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the two results are in the wrong order, validation first",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    centred_train = train - mean
    centred_validation = validation - mean
    return centred_validation, centred_train
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the sign is reversed: the image is subtracted from the mean",
        """
def centre(train, validation):
    m = train.mean(axis=1).reshape(-1, 1)
    return m - train, m - validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean is that of the validation images, subtracted from both sets",
        """
def centre(train, validation):
    centred = None
    mean = validation.mean(axis=1, keepdims=True)
    centred = train - mean, validation - mean
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the validation images lose the mean of the training images after these were centred, which is 0",
        """
def centre(train, validation):
    train = train - train.mean(axis=1, keepdims=True)
    validation = validation - train.mean(axis=1, keepdims=True)
    return train, validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the sum is divided by the number of pixels (shape[0]) and not by the number of images",
        """
def centre(train, validation):
    mean = train.sum(axis=1, keepdims=True) / train.shape[0]
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean leaves out the last training image, but divides by all",
        """
def centre(train, validation):
    N = train.shape[1]
    total = np.zeros((train.shape[0], 1))
    for n in range(N - 1):
        total += train[:, n : n + 1]
    mean = total / N
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean image is rounded to whole numbers",
        """
def centre(train, validation):
    mean = np.round(train.mean(axis=1, keepdims=True))
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "three results: the mean is returned as well",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    return train - mean, validation - mean, mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "nothing is returned",
        """
def centre(train, validation):
    centred = None
    mean = train.mean(axis=1, keepdims=True)
    centred = train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "negative pixels are cut to 0 after the subtraction",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    return np.maximum(train - mean, 0), np.maximum(validation - mean, 0)
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the first training image is subtracted and not the mean of all",
        """
def centre(train, validation):
    mean = train[:, [0]]
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the variable is misspelt (means for mean), a NameError",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    centred = train - mean, validation - means
    return centred
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the validation images have their own mean, and both means are single numbers",
        """
def centre(train, validation):
    return train - np.mean(train), validation - np.mean(validation)
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the mean is over both sets together, and the images are divided by the deviation",
        """
def centre(train, validation):
    both = np.concatenate((train, validation), axis=1)
    mu = both.mean(axis=1, keepdims=True)
    sigma = both.std(axis=1, keepdims=True) + 1e-8
    return (train - mu) / sigma, (validation - mu) / sigma
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the validation images have their own mean, and the arguments are changed in place",
        """
def centre(train, validation):
    for images in (train, validation):
        images -= images.mean(axis=1, keepdims=True)
    return train, validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the sign is reversed for both, and the validation images are given their own mean",
        """
def centre(train, validation):
    mt = np.mean(train, axis=1, keepdims=True)
    mv = np.mean(validation, axis=1, keepdims=True)
    return mt - train, mv - validation
""",
    ),
    Answer(
        "C9",
        "wrong",
        "the mean image is cut down to the integers of uint8",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True).astype(np.uint8)
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the mean is one number over everything, and it is taken from both sets together",
        """
def centre(train, validation):
    mean = np.hstack((train, validation)).mean()
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the mean is that of the validation images, and the results are in the wrong order",
        """
def centre(train, validation):
    mean = np.mean(validation, axis=1, keepdims=True)
    return validation - mean, train - mean
""",
    ),
    Answer(
        "C9",
        "wrong",
        "two slips: the validation images are left as they are, and train is changed in place",
        """
def centre(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    train -= mean
    return train, validation
""",
    ),
    Answer(
        "C9",
        "right",
        "the mean as a matrix product with equal shares",
        """
def centre(train, validation):
    N = train.shape[1]
    mean = train @ np.full((N, 1), 1 / N)
    return train - mean, validation - mean
""",
    ),
    Answer(
        "C9",
        "right",
        "on the transposes, and transposed back",
        """
def centre(train, validation):
    mean = train.T.mean(axis=0)
    return (train.T - mean).T, (validation.T - mean).T
""",
    ),
    Answer(
        "C9",
        "right",
        "both sets in one matrix, the mean of the first N columns",
        """
def centre(train, validation):
    N = train.shape[1]
    images = np.hstack([train, validation])
    images = images - images[:, :N].mean(axis=1)[:, None]
    return images[:, :N], images[:, N:]
""",
    ),
    Answer(
        "C9",
        "right",
        "np.average, and a tuple by a generator",
        """
def centre(train, validation):
    mean = np.average(train, axis=1).reshape(-1, 1)
    return tuple(images - mean for images in (train, validation))
""",
    ),
    Answer(
        "C9",
        "right",
        "loop over the pixels, in arrays of its own",
        """
def centre(train, validation):
    t, v = np.empty(train.shape), np.empty(validation.shape)
    for pixel in range(train.shape[0]):
        mean = sum(train[pixel]) / len(train[pixel])
        t[pixel] = train[pixel] - mean
        v[pixel] = validation[pixel] - mean
    return t, v
""",
    ),
    Answer(
        "C9",
        "right",
        "in place on copies, a running mean of the images",
        """
def centre(train, validation):
    mean = np.zeros(train.shape[0])
    for n, image in enumerate(train.T, start=1):
        mean += (image - mean) / n
    train, validation = np.array(train, dtype=float), np.array(validation, dtype=float)
    train -= mean[:, None]
    validation -= mean[:, None]
    return train, validation
""",
    ),
]

ANSWERS: list[Answer] = [*C1, *C2, *C8, *C9]
