"""Students' answers to the code exercises of Part A: A3.1, A3.2, A3.3, A6 and A7.2."""

from ._answer import Answer

A3_1: list[Answer] = [
    Answer(
        "A3.1",
        "wrong",
        "dW is transposed: dz times x transposed instead of x times dz transposed",
        """
def linear_backward(W, x, dz):
    dW = np.dot(dz, x.T)
    db = np.sum(dz, axis=1, keepdims=True)
    dx = np.dot(W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "in dW x is transposed instead of dz, so the product does not fit the shapes",
        """
def linear_backward(W, x, dz):
    dW = x.T @ dz
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "W is transposed in dx, as if W had a row for each output",
        """
def linear_backward(W, x, dz):
    dW = x.dot(dz.T)
    db = dz.sum(axis=1, keepdims=True)
    dx = W.T.dot(dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx is transposed: it has a row for each sample instead of a column",
        """
def linear_backward(W, x, dz):
    '''gradients of z = W.T x + b'''
    dW = x @ dz.T
    db = np.sum(dz, axis=1, keepdims=True)
    dx = dz.T @ W.T
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db is summed over the outputs (axis 0) instead of over the samples",
        """
def linear_backward(W, x, dz):
    dW = np.matmul(x, dz.T)
    db = np.sum(dz, axis=0, keepdims=True)
    dx = np.matmul(W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db loses its second axis: keepdims is missing, so its shape is (n,) and not (n, 1)",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = np.sum(dz, axis=1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db is summed over the outputs as well as the samples: one number instead of one for each output",
        """
def linear_backward(W, x, dz):
    n_in, n_samples = x.shape
    dW = np.dot(x, dz.T)
    db = np.sum(dz)
    dx = np.dot(W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the sum over the samples is missing in db: it is dz itself",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db is the mean over the samples instead of the sum",
        """
def linear_backward(W, x, dz):
    dW = np.einsum("ik,jk->ij", x, dz)
    db = np.mean(dz, axis=1, keepdims=True)
    dx = np.einsum("ij,jk->ik", W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW is divided by the number of samples (mean instead of sum)",
        """
def linear_backward(W, x, dz):
    m, N = x.shape
    dW = np.zeros_like(W)
    for k in range(N):
        dW += np.outer(x[:, k], dz[:, k])
    dW = dW / N
    db = dz.sum(axis=1).reshape(-1, 1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW and db are divided by the number of samples (mean loss instead of summed loss)",
        """
def linear_backward(W, x, dz):
    m = x.shape[1]
    dW = (1 / m) * np.dot(x, dz.T)
    db = (1 / m) * np.sum(dz, axis=1, keepdims=True)
    dx = np.dot(W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW is overwritten for each sample instead of added up, so only the last sample counts in it",
        """
def linear_backward(W, x, dz):
    N = x.shape[1]
    db = np.zeros((dz.shape[0], 1))
    dx = np.zeros(x.shape)
    for i in range(N):
        xi = x[:, i : i + 1]
        dzi = dz[:, i : i + 1]
        dW = xi @ dzi.T
        db += dzi
        dx[:, i : i + 1] = W @ dzi
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db takes only the first sample instead of the sum over all",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz[:, [0]]
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the loop ends one too early, so the last sample is left out of dW and db",
        """
def linear_backward(W, x, dz):
    samples = x.shape[1]
    dW = np.zeros(W.shape)
    db = np.zeros((W.shape[1], 1))
    for s in range(samples - 1):
        dW = dW + np.outer(x[:, s], dz[:, s])
        db = db + dz[:, s].reshape(-1, 1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the loop over the samples starts at 1, so the first sample is left out of dW",
        """
def linear_backward(W, x, dz):
    dW = np.zeros_like(W)
    for j in range(1, dz.shape[1]):
        dW += x[:, j][:, None] * dz[:, j][None, :]
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the results are returned in the wrong order: dx, dW, db",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dx, dW, db
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW and db are swapped in the return",
        """
def linear_backward(W, x, dz):
    grad_b = np.sum(dz, axis=1)[:, np.newaxis]
    grad_W = x @ np.transpose(dz)
    grad_x = W @ dz
    return grad_b, grad_W, grad_x
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx is not returned: two results instead of three",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    return dW, db
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the return is missing",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = np.sum(dz, axis=1, keepdims=True)
    dx = W @ dz
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dz is not used in db: it counts the samples",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    # dz/db is 1 for every sample
    db = np.ones(dz.shape).sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW is an element-wise product of x and dz instead of a matrix product",
        """
def linear_backward(W, x, dz):
    dW = x * dz
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx does not use dz: every column holds the row sums of W",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ np.ones_like(dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW multiplies the sum of x over the samples with the sum of dz over the samples, "
        "instead of summing the products",
        """
def linear_backward(W, x, dz):
    x_total = x.sum(axis=1, keepdims=True)
    dz_total = dz.sum(axis=1, keepdims=True)
    dW = x_total @ dz_total.T
    db = dz_total
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx has the wrong sign",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz @ np.ones((dz.shape[1], 1))
    dx = -W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "a misspelt variable: dZ instead of dz",
        """
def linear_backward(W, x, dz):
    dW = np.dot(x, dZ.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dx = np.dot(W, dZ)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db is a row (1, n) instead of a column (n, 1)",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1).reshape(1, -1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW is the outer product of all entries of x with all of dz, which mixes different samples",
        """
def linear_backward(W, x, dz):
    dW = np.outer(x, dz)
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx is computed with dW in the place of W",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    dx = dW @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "db sums x over the samples instead of dz",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = x.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW is collected in an array of integers, which cuts off the decimals",
        """
def linear_backward(W, x, dz):
    m, n = W.shape
    N = x.shape[1]
    dW = np.zeros((m, n), dtype=int)
    for i in range(m):
        for j in range(n):
            dW[i, j] = sum(x[i, k] * dz[j, k] for k in range(N))
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dx is summed over the samples, although each sample has its own x",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = np.sum(dz, axis=1, keepdims=True)
    dx = np.sum(W @ dz, axis=1, keepdims=True)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "dW uses W in the place of x: W times dz, times dz transposed",
        """
def linear_backward(W, x, dz):
    dx = W @ dz
    dW = dx @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "the loop over the outputs ends one too early, so the last entry of db stays zero",
        """
def linear_backward(W, x, dz):
    n, N = dz.shape
    db = np.zeros((n, 1))
    for j in range(n - 1):
        for k in range(N):
            db[j, 0] += dz[j, k]
    dW = x @ dz.T
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dW is transposed (dz times x transposed), and db lacks keepdims",
        """
def linear_backward(W, x, dz):
    dW = dz @ x.T
    db = dz.sum(axis=1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dW and db are divided by the number of samples, and dx is returned first",
        """
def linear_backward(W, x, dz):
    m = dz.shape[1]
    dW = np.dot(x, dz.T) / m
    db = np.sum(dz, axis=1, keepdims=True) / m
    dx = np.dot(W, dz)
    return dx, dW, db
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dx is transposed, and db is summed over the outputs (axis 0)",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = np.sum(dz, axis=0, keepdims=True)
    dx = (W @ dz).T
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dW takes only the first sample, and db is dz without the sum over the samples",
        """
def linear_backward(W, x, dz):
    dW = np.outer(x[:, 0], dz[:, 0])
    db = dz.copy()
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dz is divided by the number of samples, which makes all three results too small, "
        "and this is done in place, so the argument dz is changed",
        """
def linear_backward(W, x, dz):
    dz /= dz.shape[1]
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: db is the mean over the samples, and dx is dz handed down without W",
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.mean(axis=1, keepdims=True)
    dx = dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: the loop leaves the last sample out of dW, and db lacks keepdims",
        """
def linear_backward(W, x, dz):
    N = x.shape[1]
    dW = np.zeros(W.shape)
    for i in range(0, N - 1):
        dW += np.outer(x[:, i], dz[:, i])
    db = np.sum(dz, 1)
    dx = W @ dz
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "wrong",
        "two mistakes: dx and db are swapped in the return, and db is dz without the sum over the samples",
        """
def linear_backward(W, x, dz):
    dx = W.dot(dz)
    dW = x.dot(dz.T)
    db = 1 * dz
    return dW, dx, db
""",
    ),
    Answer(
        "A3.1",
        "right",
        "einsum",
        """
def linear_backward(W, x, dz):
    dW = np.einsum("ms,ns->mn", x, dz)
    db = np.einsum("ns->n", dz)[:, None]
    dx = np.einsum("mn,ns->ms", W, dz)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "right",
        "np.outer for each sample, added up",
        """
def linear_backward(W, x, dz):
    dW = np.zeros(W.shape)
    db = np.zeros((W.shape[1], 1))
    dx = np.empty(x.shape)
    for k in range(x.shape[1]):
        dW += np.outer(x[:, k], dz[:, k])
        db[:, 0] += dz[:, k]
        dx[:, k] = W @ dz[:, k]
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "right",
        "three nested loops over single numbers",
        """
def linear_backward(W, x, dz):
    m, n = W.shape
    N = x.shape[1]
    dW, db, dx = np.zeros((m, n)), np.zeros((n, 1)), np.zeros((m, N))
    for k in range(N):
        for j in range(n):
            db[j, 0] += dz[j, k]
            for i in range(m):
                dW[i, j] += x[i, k] * dz[j, k]
                dx[i, k] += W[i, j] * dz[j, k]
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "right",
        "the transposed products, transposed back",
        """
def linear_backward(W, x, dz):
    dW = np.dot(dz, x.T).T
    db = np.dot(dz, np.ones(dz.shape[1])).reshape(-1, 1)
    dx = np.dot(dz.T, W.T).T
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "right",
        "dW and db at once, with a row of ones under x for the bias",
        """
def linear_backward(W, x, dz):
    x1 = np.vstack([x, np.ones((1, x.shape[1]))])
    both = x1 @ dz.T
    return both[:-1], both[-1:].T, W @ dz
""",
    ),
    Answer(
        "A3.1",
        "right",
        "broadcasting on three axes and a sum over the last",
        """
def linear_backward(W, x, dz):
    per_sample = x[:, None, :] * dz[None, :, :]
    dW = per_sample.sum(axis=2)
    db = dz.sum(axis=-1, keepdims=True)
    dx = (W[:, :, None] * dz[None, :, :]).sum(axis=1)
    return dW, db, dx
""",
    ),
    Answer(
        "A3.1",
        "right",
        "list comprehensions, a list as the result",
        """
def linear_backward(W, x, dz):
    dW = sum(np.outer(a, d) for a, d in zip(x.T, dz.T))
    db = np.array([[row.sum()] for row in dz])
    dx = np.column_stack([W @ d for d in dz.T])
    return [dW, db, dx]
""",
    ),
]

A3_2: list[Answer] = [
    Answer(
        "A3.2",
        "wrong",
        "dp is not used: only the derivative of the sigmoid is returned",
        """
def sigmoid_backward(p, dp):
    dz = p * (1 - p)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the factor 1 - p is missing",
        """
def sigmoid_backward(p, dp):
    dz = dp * p
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the factor p is missing",
        """
def sigmoid_backward(p, dp):
    return np.multiply(dp, 1 - p)
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "1 + p instead of 1 - p",
        """
def sigmoid_backward(p, dp):
    dz = dp * p * (1 + p)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the sign is wrong: p - 1 instead of 1 - p",
        """
def sigmoid_backward(p, dp):
    local = p * (p - 1)
    dz = local * dp
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the sigmoid is applied once more to p, which is already its output",
        """
def sigmoid_backward(p, dp):
    s = 1 / (1 + np.exp(-p))
    dz = dp * s * (1 - s)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the derivative is added to dp instead of multiplied",
        """
def sigmoid_backward(p, dp):
    dz = dp + p * (1 - p)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "dp is divided by p (1 - p) instead of multiplied",
        """
def sigmoid_backward(p, dp):
    dz = dp / (p * (1 - p))
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the brackets around 1 - p are missing, so p is subtracted at the end",
        """
def sigmoid_backward(p, dp):
    dz = dp * p * 1 - p
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the brackets around p - p ** 2 are missing, so dp multiplies only p",
        """
def sigmoid_backward(p, dp):
    dz = dp * p - p**2
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "p is a factor twice",
        """
def sigmoid_backward(p, dp):
    derivative = p * (1 - p)
    dz = dp * p * derivative
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the derivative of tanh, 1 - p ** 2, instead of that of the sigmoid",
        """
def sigmoid_backward(p, dp):
    dz = dp * (1 - p**2)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the derivative of a ReLU instead of that of the sigmoid, so dp is handed on",
        """
def sigmoid_backward(p, dp):
    dz = np.array(dp, copy=True)
    dz[p <= 0] = 0
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "a matrix product with dp instead of an element-wise product",
        """
def sigmoid_backward(p, dp):
    dz = dp @ (p * (1 - p)).T
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "np.dot of two arrays of the same shape instead of an element-wise product",
        """
def sigmoid_backward(p, dp):
    s = p * (1 - p)
    dz = np.dot(dp, s)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the Jacobian is built from the first sample only and used for all samples",
        """
def sigmoid_backward(p, dp):
    first = p[:, 0]
    J = np.diag(first * (1 - first))
    dz = J @ dp
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "dz is summed over the samples",
        """
def sigmoid_backward(p, dp):
    dz = np.sum(dp * p * (1 - p), axis=1, keepdims=True)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "dz is divided by the number of samples",
        """
def sigmoid_backward(p, dp):
    N = p.shape[1]
    dz = dp * p * (1 - p) / N
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the result is right, but dp is changed in place",
        """
def sigmoid_backward(p, dp):
    dp *= p * (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "dz is stored in an array of integers, which cuts off the decimals",
        """
def sigmoid_backward(p, dp):
    n, N = p.shape
    dz = np.zeros((n, N), dtype=int)
    for i in range(n):
        for j in range(N):
            dz[i, j] = dp[i, j] * p[i, j] * (1 - p[i, j])
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the loop over the rows ends one too early, so the last row stays zero",
        """
def sigmoid_backward(p, dp):
    dz = np.zeros_like(p)
    for i in range(p.shape[0] - 1):
        dz[i] = dp[i] * p[i] * (1 - p[i])
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "p and dp are swapped: p times dp (1 - dp)",
        """
def sigmoid_backward(p, dp):
    dz = p * dp * (1 - dp)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the return is missing",
        """
def sigmoid_backward(p, dp):
    dz = dp * p * (1 - p)
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the largest slope, a quarter, is used instead of p (1 - p)",
        """
def sigmoid_backward(p, dp):
    dz = 0.25 * dp
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the derivative is squared",
        """
def sigmoid_backward(p, dp):
    grad = np.multiply(p, 1 - p)
    dz = dp * grad**2
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "the result is rounded to two decimals",
        """
def sigmoid_backward(p, dp):
    dz = np.round(dp * p * (1 - p), 2)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the sigmoid is applied once more to p, and dp is not used",
        """
def sigmoid_backward(p, dp):
    def sig(v):
        return 1 / (1 + np.exp(-v))

    return sig(p) * (1 - sig(p))
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the factor 1 - p is missing, and dz is divided by the samples",
        """
def sigmoid_backward(p, dp):
    dz = dp * p / dp.shape[1]
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the sign is wrong, and dz is summed over the samples",
        """
def sigmoid_backward(p, dp):
    dz = -dp * p * (1 - p)
    dz = dz.sum(axis=1, keepdims=True)
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: dp is not used, and p is changed in place",
        """
def sigmoid_backward(p, dp):
    p *= 1 - p
    return p
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the sigmoid is applied to p again, and the factor 1 minus it is missing",
        """
def sigmoid_backward(p, dp):
    s = 1.0 / (1.0 + np.exp(-p))
    dz = dp * s
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the derivative of tanh is used, and dz is divided by the number of samples",
        """
def sigmoid_backward(p, dp):
    m = p.shape[1]
    dz = (1 / m) * dp * (1 - np.power(p, 2))
    return dz
""",
    ),
    Answer(
        "A3.2",
        "wrong",
        "two mistakes: the loop leaves out the last sample, and the factor p is missing",
        """
def sigmoid_backward(p, dp):
    dz = np.zeros_like(dp)
    for k in range(dp.shape[1] - 1):
        dz[:, k] = dp[:, k] * (1 - p[:, k])
    return dz
""",
    ),
    Answer(
        "A3.2",
        "right",
        "multiplied out: p - p squared",
        """
def sigmoid_backward(p, dp):
    return np.multiply(dp, p - np.square(p))
""",
    ),
    Answer(
        "A3.2",
        "right",
        "loops over single numbers",
        """
def sigmoid_backward(p, dp):
    dz = np.empty(p.shape)
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            dz[i, j] = dp[i, j] * p[i, j] * (1 - p[i, j])
    return dz
""",
    ),
    Answer(
        "A3.2",
        "right",
        "the diagonal Jacobian of each sample",
        """
def sigmoid_backward(p, dp):
    columns = []
    for k in range(p.shape[1]):
        J = np.diag(p[:, k] * (1 - p[:, k]))
        columns.append(J.T @ dp[:, k])
    return np.stack(columns, axis=1)
""",
    ),
    Answer(
        "A3.2",
        "right",
        "back to z by the logit, then the derivative in exponentials",
        """
def sigmoid_backward(p, dp):
    z = np.log(p) - np.log(1 - p)
    e = np.exp(-z)
    dz = dp * e / (1 + e) ** 2
    return dz
""",
    ),
    Answer(
        "A3.2",
        "right",
        "computed in float32",
        """
def sigmoid_backward(p, dp):
    p32, dp32 = p.astype(np.float32), dp.astype(np.float32)
    return dp32 * p32 * (1 - p32)
""",
    ),
    Answer(
        "A3.2",
        "right",
        "einsum, and a quarter minus the squared distance from a half",
        """
def sigmoid_backward(p, dp):
    slope = 0.25 - (p - 0.5) ** 2
    return np.einsum("ij,ij->ij", slope, dp)
""",
    ),
]

A3_3: list[Answer] = [
    Answer(
        "A3.3",
        "wrong",
        "the division by p (1 - p) is missing: p - t is the gradient by z, not by p",
        """
def nll_backward(p, t):
    dp = p - t
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the sign is wrong: t - p instead of p - t",
        """
def nll_backward(p, t):
    dp = (t - p) / (p * (1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the minus in front of the whole loss is forgotten, so both terms have the wrong sign",
        """
def nll_backward(p, t):
    dp = t / p - (1 - t) / (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the inner derivative -1 of log(1 - p) is missing: the second term has the wrong sign",
        """
def nll_backward(p, t):
    dp = -(t / p + (1 - t) / (1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the second term is missing: samples with target 0 get no gradient",
        """
def nll_backward(p, t):
    dp = -t / p
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the second term is divided by p instead of 1 - p",
        """
def nll_backward(p, t):
    dp = -t / p + (1 - t) / p
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "t instead of 1 - t in the second term",
        """
def nll_backward(p, t):
    first = -np.divide(t, p)
    second = np.divide(t, 1 - p)
    return first + second
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "p - t is multiplied by p (1 - p) instead of divided",
        """
def nll_backward(p, t):
    dp = (p - t) * p * (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the brackets around the denominator are missing, so 1 - p multiplies instead of divides",
        """
def nll_backward(p, t):
    dp = (p - t) / p * (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "divided by the number of samples (mean instead of sum)",
        """
def nll_backward(p, t):
    N = t.shape[1]
    dp = -(1 / N) * (t / p - (1 - t) / (1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the gradients are summed to one number",
        """
def nll_backward(p, t):
    dp = np.sum((p - t) / (p * (1 - p)))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the loss is returned instead of its derivative",
        """
def nll_backward(p, t):
    dp = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the terms of the loss are returned, with logarithms, instead of their derivatives",
        """
def nll_backward(p, t):
    dp = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the gradient of the squared error instead of that of the NLL",
        """
def nll_backward(p, t):
    dp = 2 * (p - t)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the two cases are swapped: target 1 is treated as target 0 and the reverse",
        """
def nll_backward(p, t):
    dp = np.where(t == 0, -1 / p, 1 / (1 - p))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the derivative of the logarithm to base 2 is taken instead of the natural one",
        """
def nll_backward(p, t):
    dp = (-t / p + (1 - t) / (1 - p)) / np.log(2)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "dp takes over the integer type of t, which cuts off the decimals",
        """
def nll_backward(p, t):
    dp = np.zeros_like(t)
    dp[t == 1] = -1 / p[t == 1]
    dp[t == 0] = 1 / (1 - p[t == 0])
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the loop leaves out the last sample, whose column stays zero",
        """
def nll_backward(p, t):
    dp = np.zeros(p.shape)
    for k in range(p.shape[1] - 1):
        dp[:, k] = (p[:, k] - t[:, k]) / (p[:, k] * (1 - p[:, k]))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "p and t are swapped in the formula, which divides by t (1 - t), that is by zero",
        """
def nll_backward(p, t):
    dp = (t - p) / (t * (1 - t))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "p is clipped far too strongly, to between 0.2 and 0.8",
        """
def nll_backward(p, t):
    q = np.clip(p, 0.2, 0.8)  # against division by zero
    dp = (q - t) / (q * (1 - q))
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the result is right, but p is changed in place",
        """
def nll_backward(p, t):
    below = p * (1 - p)
    p -= t
    return p / below
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the denominator is squared",
        """
def nll_backward(p, t):
    dp = (p - t) / (p * (1 - p)) ** 2
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the divisors are the logarithms of p and 1 - p instead of p and 1 - p",
        """
def nll_backward(p, t):
    dp = -t / np.log(p) + (1 - t) / np.log(1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the return is missing",
        """
def nll_backward(p, t):
    dp = (p - t) / (p * (1 - p))
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "p + t instead of p - t in the numerator",
        """
def nll_backward(p, t):
    num = p + t
    den = p * (1 - p)
    return num / den
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the factor 1 - p is missing in the denominator",
        """
def nll_backward(p, t):
    dp = (p - t) / p
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "the result is rounded to one decimal",
        """
def nll_backward(p, t):
    dp = np.around((p - t) / (p * (1 - p)), decimals=1)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: the sign is wrong, and the mean over the samples is taken",
        """
def nll_backward(p, t):
    m = p.shape[1]
    dp = (t / p - (1 - t) / (1 - p)) / m
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: the term of target 0 is missing, and the minus is forgotten",
        """
def nll_backward(p, t):
    dp = t / p
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: p (1 - p) is not divided by, and the mean over the samples is taken",
        """
def nll_backward(p, t):
    dp = (p - t) / t.shape[1]
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: the second term has the wrong sign, and dp is summed over the samples",
        """
def nll_backward(p, t):
    dp = -t / p - (1 - t) / (1 - p)
    return dp.sum(axis=1, keepdims=True)
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: the sign is wrong, and the brackets around the denominator are missing",
        """
def nll_backward(p, t):
    dp = (t - p) / p * (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: the brackets around the denominator are missing, and the mean over the samples is taken",
        """
def nll_backward(p, t):
    dp = (p - t) / p * (1 - p)
    return dp / p.shape[1]
""",
    ),
    Answer(
        "A3.3",
        "wrong",
        "two mistakes: t instead of 1 - t in the second term, and the minus in front of the loss is forgotten",
        """
def nll_backward(p, t):
    dp = t / p - t / (1 - p)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "right",
        "the two terms of the loss, differentiated one by one",
        """
def nll_backward(p, t):
    return -np.divide(t, p) + np.divide(1 - t, 1 - p)
""",
    ),
    Answer(
        "A3.3",
        "right",
        "two cases by np.where",
        """
def nll_backward(p, t):
    return np.where(t == 1, -1 / p, 1 / (1 - p))
""",
    ),
    Answer(
        "A3.3",
        "right",
        "two cases by masks, in an array of floats",
        """
def nll_backward(p, t):
    dp = np.zeros_like(p, dtype=float)
    ones = t.astype(bool)
    dp[ones] = -1 / p[ones]
    dp[~ones] = 1 / (1 - p[~ones])
    return dp
""",
    ),
    Answer(
        "A3.3",
        "right",
        "loops with an if",
        """
def nll_backward(p, t):
    n, N = p.shape
    dp = np.empty((n, N))
    for i in range(n):
        for k in range(N):
            if t[i, k] == 1:
                dp[i, k] = -1 / p[i, k]
            else:
                dp[i, k] = 1 / (1 - p[i, k])
    return dp
""",
    ),
    Answer(
        "A3.3",
        "right",
        "a sign and the probability of the own group",
        """
def nll_backward(p, t):
    sign = 2 * t - 1
    own = t * p + (1 - t) * (1 - p)
    return -sign / own
""",
    ),
    Answer(
        "A3.3",
        "right",
        "a tiny epsilon against division by zero",
        """
def nll_backward(p, t):
    eps = 1e-12
    dp = (p - t) / (p * (1 - p) + eps)
    return dp
""",
    ),
    Answer(
        "A3.3",
        "right",
        "lists, in float32 at the end",
        """
def nll_backward(p, t):
    rows = []
    for p_row, t_row in zip(p, t):
        rows.append([(a - b) / (a - a * a) for a, b in zip(p_row, t_row)])
    return np.array(rows, dtype=np.float32)
""",
    ),
]

A6: list[Answer] = [
    Answer(
        "A6",
        "wrong",
        "W and b move with the gradient instead of against it",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, dx = linear_backward(W, x, dz)
        W = W + rate * dW
        b = b + rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "b moves with its gradient instead of against it",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, dx = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b + rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the rate is not used",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for step in range(steps):
        z = linear(W, b, x)
        p = sigmoid(z)
        dp = nll_backward(p, t)
        dz = sigmoid_backward(p, dp)
        dW, db, _ = linear_backward(W, x, dz)
        W = W - dW
        b = b - db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the rate is the constant 0.02 instead of the argument",
        """
def train_by_hand(x, t, W, b, rate, steps):
    lr = 0.02
    for step in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W, b = W - lr * dW, b - lr * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "there are always 100 steps: the argument steps is not used",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for epoch in range(100):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the gradients are divided by the number of samples (mean instead of sum)",
        """
def train_by_hand(x, t, W, b, rate, steps):
    N = x.shape[1]
    for _ in range(steps):
        p = sigmoid(W.T @ x + b)
        dW = x @ (p - t).T / N
        db = np.sum(p - t, axis=1, keepdims=True) / N
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the return stands inside the loop, so only one step is done",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
        return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "one step too few: the loop starts at 1 and ends before steps",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for i in range(1, steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "one step too many: the count from 0 goes up to and including steps",
        """
def train_by_hand(x, t, W, b, rate, steps):
    done = 0
    while done <= steps:
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
        done += 1
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the gradient is computed once before the loop and not again after each step",
        """
def train_by_hand(x, t, W, b, rate, steps):
    p = sigmoid(linear(W, b, x))
    dz = sigmoid_backward(p, nll_backward(p, t))
    dW, db, dx = linear_backward(W, x, dz)
    for _ in range(steps):
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the sigmoid is missing in the forward pass: the scores are taken as probabilities",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = linear(W, b, x)
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the backward of the sigmoid is left out: the gradient by p is taken as that by z",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dp = nll_backward(p, t)
        dW, db, _ = linear_backward(W, x, dp)
        W, b = W - rate * dW, b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the backward of the NLL is left out: p - t is taken as the gradient by p",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        error = p - t
        dz = sigmoid_backward(p, error)
        dW, db, _ = linear_backward(W, x, dz)
        W, b = W - rate * dW, b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "b is never updated",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "W is updated first, and the gradient for b is then computed with the new W",
        """
def train_by_hand(x, t, W, b, rate, steps):
    def gradients(W, b):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        return linear_backward(W, x, dz)

    for _ in range(steps):
        W = W - rate * gradients(W, b)[0]
        b = b - rate * gradients(W, b)[1]
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the result is right, but the arguments W and b are changed in place",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W -= rate * dW
        b -= rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "dW and db are swapped when linear_backward is unpacked",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        db, dW, dx = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "linear_backward gives three results, but only two are unpacked",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "each step takes a single sample in turn instead of all samples at once",
        """
def train_by_hand(x, t, W, b, rate, steps):
    N = x.shape[1]
    for s in range(steps):
        i = s % N
        xi, ti = x[:, i : i + 1], t[:, i : i + 1]
        p = sigmoid(linear(W, b, xi))
        dz = sigmoid_backward(p, nll_backward(p, ti))
        dW, db, _ = linear_backward(W, xi, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "W and b are updated after every single sample instead of once a step with the sum",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        for i in range(x.shape[1]):
            xi = x[:, [i]]
            p = sigmoid(linear(W, b, xi))
            dz = sigmoid_backward(p, nll_backward(p, t[:, [i]]))
            dW, db, _ = linear_backward(W, xi, dz)
            W = W - rate * dW
            b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "training starts from zeros instead of from the given W and b",
        """
def train_by_hand(x, t, W, b, rate, steps):
    W = np.zeros((x.shape[0], 1))
    b = np.zeros((1, 1))
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = p - t
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "every step starts again from the given W and b, so only one step remains",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W_new = W - rate * dW
        b_new = b - rate * db
    return W_new, b_new
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the results are returned in the wrong order: b, W",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return b, W
""",
    ),
    Answer(
        "A6",
        "wrong",
        "only W is returned",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    trained = W
    return trained
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the last gradients are returned instead of the trained W and b",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return dW, db
""",
    ),
    Answer(
        "A6",
        "wrong",
        "brackets are missing in the own sigmoid: 1 / 1 + exp(-z) instead of 1 / (1 + exp(-z))",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        z = np.dot(W.T, x) + b
        p = 1 / 1 + np.exp(-z)
        dz = p - t
        W = W - rate * np.dot(x, dz.T)
        b = b - rate * np.sum(dz, axis=1, keepdims=True)
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the gradient by z has the wrong sign (t - p), so the steps go uphill",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dW, db, _ = linear_backward(W, x, t - p)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the old weights are lost: W is set to minus rate times the gradient",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = -rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the rate is made smaller from step to step",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for k in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        eta = rate / (k + 1)
        W = W - eta * dW
        b = b - eta * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "b is left out of the forward pass",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(W.T @ x)
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the arguments of nll_backward are swapped, t before p",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(t, p))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the error is taken from the decision p > 1/2 (0 or 1) instead of from p",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        predicted = (p > 0.5).astype(int)
        dz = predicted - t
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the sigmoid is applied twice in the forward pass",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        a = sigmoid(linear(W, b, x))
        p = sigmoid(a)
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "a misspelt variable: dw instead of dW",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dw
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: the mean over the samples is taken, and one step is left out",
        """
def train_by_hand(x, t, W, b, rate, steps):
    N = x.shape[1]
    for i in range(steps - 1):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t)) / N
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: the rate is not used for b, and one step too many is done",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for i in range(steps + 1):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: b is never updated, and the mean over the samples is taken",
        """
def train_by_hand(x, t, W, b, rate, steps):
    m = t.shape[1]
    for _ in range(steps):
        A = sigmoid(np.dot(W.T, x) + b)
        dW = np.dot(x, (A - t).T) / m
        W = W - rate * dW
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: the sigmoid's backward is left out, and W and b move with the gradient",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = nll_backward(p, t)
        dW, db, _ = linear_backward(W, x, dz)
        W = W + rate * dW
        b = b + rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: training starts from zeros, and the rate is a constant",
        """
def train_by_hand(x, t, W, b, rate, steps):
    W, b = np.zeros_like(W), np.zeros_like(b)
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - 0.01 * dW
        b = b - 0.01 * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "the backward of the sigmoid is applied twice",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dp = nll_backward(p, t)
        dz = sigmoid_backward(p, dp)
        dz = sigmoid_backward(p, dz)
        dW, db, _ = linear_backward(W, x, dz)
        W, b = W - rate * dW, b - rate * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "W and b are rounded to two decimals after every step",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = np.round(W - rate * dW, 2)
        b = np.round(b - rate * db, 2)
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: the return stands inside the loop, so only one step is done, and it gives b, W",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
        return b, W
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: the backward of the sigmoid is left out, and the rate is a constant",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(linear(W, b, x))
        dW, db, _ = linear_backward(W, x, nll_backward(p, t))
        W = W - 0.02 * dW
        b = b - 0.02 * db
    return W, b
""",
    ),
    Answer(
        "A6",
        "wrong",
        "two mistakes: b is left out of the forward pass, and it moves with its gradient, not against it",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = sigmoid(np.dot(W.T, x))
        dz = p - t
        W = W - rate * np.dot(x, dz.T)
        b = b + rate * np.sum(dz, axis=1, keepdims=True)
    return W, b
""",
    ),
    Answer(
        "A6",
        "right",
        "p - t at once, without the functions of A3",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(W.T @ x + b)))
        dz = p - t
        W, b = W - rate * (x @ dz.T), b - rate * dz.sum(axis=1, keepdims=True)
    return W, b
""",
    ),
    Answer(
        "A6",
        "right",
        "recursion",
        """
def train_by_hand(x, t, W, b, rate, steps):
    if steps == 0:
        return W, b
    p = sigmoid(linear(W, b, x))
    dW, db, _ = linear_backward(W, x, sigmoid_backward(p, nll_backward(p, t)))
    return train_by_hand(x, t, W - rate * dW, b - rate * db, rate, steps - 1)
""",
    ),
    Answer(
        "A6",
        "right",
        "the bias as a further weight of an input that is 1",
        """
def train_by_hand(x, t, W, b, rate, steps):
    x1 = np.concatenate([x, np.ones((1, x.shape[1]))])
    theta = np.concatenate([W, b])
    for _ in range(steps):
        p = sigmoid(theta.T @ x1)
        theta = theta - rate * (x1 @ (p - t).T)
    return theta[:-1], theta[-1:]
""",
    ),
    Answer(
        "A6",
        "right",
        "sample by sample, gradients added up before the update",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        total_W, total_b = np.zeros(W.shape), np.zeros(b.shape)
        for i in range(x.shape[1]):
            xi, ti = x[:, [i]], t[:, [i]]
            p = sigmoid(linear(W, b, xi))
            dz = sigmoid_backward(p, nll_backward(p, ti))
            dW, db, _ = linear_backward(W, xi, dz)
            total_W += dW
            total_b += db
        W = W - rate * total_W
        b = b - rate * total_b
    return W, b
""",
    ),
    Answer(
        "A6",
        "right",
        "copies, then updates in place, in a while loop",
        """
def train_by_hand(x, t, W, b, rate, steps):
    W, b = W.copy(), b.copy()
    while steps > 0:
        p = sigmoid(linear(W, b, x))
        dz = sigmoid_backward(p, nll_backward(p, t))
        dW, db, _ = linear_backward(W, x, dz)
        W -= rate * dW
        b -= rate * db
        steps -= 1
    return W, b
""",
    ),
    Answer(
        "A6",
        "right",
        "an own helper for one step, parameters in a list, results kept for each step",
        """
def train_by_hand(x, t, W, b, rate, steps):
    def step(parameters):
        W, b = parameters
        p = sigmoid(linear(W, b, x))
        gradients = linear_backward(W, x, sigmoid_backward(p, nll_backward(p, t)))[:2]
        return [value - rate * gradient for value, gradient in zip(parameters, gradients)]

    history = [[W, b]]
    for _ in range(steps):
        history.append(step(history[-1]))
    return tuple(history[-1])
""",
    ),
    Answer(
        "A6",
        "right",
        "two cases by np.where and einsum",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for _ in range(steps):
        z = np.einsum("mk,mN->kN", W, x) + b
        p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), 1 - 1 / (1 + np.exp(-np.abs(z))))
        dz = p - t
        W = W - rate * np.einsum("mN,kN->mk", x, dz)
        b = b - rate * np.einsum("kN->k", dz)[:, None]
    return W, b
""",
    ),
]

A7_2: list[Answer] = [
    Answer(
        "A7.2",
        "wrong",
        "the largest p (1 - p), a quarter, is missing in L",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X.T @ X)[-1]
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "1 / L instead of 2 / L",
        """
def stability_bound(X):
    eigenvalues = np.linalg.eigvalsh(X.T @ X / 4)
    L = max(eigenvalues)
    return 1 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "L itself is returned instead of 2 / L",
        """
def stability_bound(X):
    H = 0.25 * X.T @ X
    L = np.linalg.eigvalsh(H).max()
    return L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the fraction is upside down: L / 2 instead of 2 / L",
        """
def stability_bound(X):
    L = np.linalg.norm(X, 2) ** 2 / 4
    bound = L / 2
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the Frobenius norm is used (the sum of the squares of all entries) instead of "
        "the largest eigenvalue",
        """
def stability_bound(X):
    L = np.linalg.norm(X) ** 2 / 4
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the largest singular value (2-norm) of X is not squared",
        """
def stability_bound(X):
    L = np.linalg.norm(X, 2) / 4
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the smallest eigenvalue instead of the largest",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X.T @ X)[0] / 4
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "X^T X is divided by the number of samples (mean instead of summed loss)",
        """
def stability_bound(X):
    N = X.shape[0]
    H = X.T @ X / (4 * N)
    L = np.linalg.eigvalsh(H)[-1]
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the column of ones is cut off, so the bias is ignored",
        """
def stability_bound(X):
    features = X[:, :-1]
    L = np.linalg.norm(features, ord=2) ** 2 / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "a second column of ones is added, although X has one already",
        """
def stability_bound(X):
    ones = np.ones((len(X), 1))
    X1 = np.hstack([X, ones])
    L = np.linalg.eigvalsh(X1.T @ X1).max() / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the 1-norm of X (largest column sum of absolute values) instead of the 2-norm",
        """
def stability_bound(X):
    L = np.linalg.norm(X, 1) ** 2 / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "multiplied by 4 instead of divided by 4",
        """
def stability_bound(X):
    lam = np.linalg.eigvalsh(X.T @ X)
    L = 4 * lam[-1]
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the largest p (1 - p) is taken as 1/2 instead of 1/4",
        """
def stability_bound(X):
    p = 0.5
    L = p * np.linalg.eigvalsh(X.T @ X)[-1]
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the squared length of the longest single row is used instead of the largest eigenvalue",
        """
def stability_bound(X):
    lengths = np.sum(X**2, axis=1)
    L = lengths.max() / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "only the diagonal of X^T X is used: the largest sum of squares of one column",
        """
def stability_bound(X):
    per_weight = (X**2).sum(axis=0) / 4
    L = per_weight.max()
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "only the first weight is considered: the sum of squares of the first column",
        """
def stability_bound(X):
    L = 0
    for row in X:
        L = L + row[0] ** 2 / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "X is centred (its column means are taken off) before the eigenvalue",
        """
def stability_bound(X):
    Xc = X - X.mean(axis=0)
    L = np.linalg.eigvalsh(Xc.T @ Xc)[-1] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the factor 1/4 is used twice, so L is divided by 16",
        """
def stability_bound(X):
    half = X / 2
    H = half.T @ half
    L = np.linalg.eigvalsh(H)[-1] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the bound is rounded to one decimal",
        """
def stability_bound(X):
    L = np.linalg.svd(X, compute_uv=False)[0] ** 2 / 4
    return round(2 / L, 1)
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the determinant of X^T X instead of its largest eigenvalue",
        """
def stability_bound(X):
    L = np.linalg.det(X.T @ X) / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the mean of the eigenvalues instead of the largest",
        """
def stability_bound(X):
    eig = np.linalg.eigvalsh(X.T @ X)
    L = np.mean(eig) / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the second largest eigenvalue: the index is off by one",
        """
def stability_bound(X):
    values = np.sort(np.linalg.eigvals(X.T @ X).real)
    L = values[len(values) - 2] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the largest eigenvalue is not picked: a bound for every eigenvalue is returned",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X.T @ X) / 4
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "only the first sample is used",
        """
def stability_bound(X):
    x = X[0]
    L = np.linalg.eigvalsh(np.outer(x, x))[-1] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two results are returned, the bound and L, instead of one number",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X.T @ X)[-1] / 4
    bound = 2 / L
    return bound, L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "integer division, which gives a bound cut off to a whole number",
        """
def stability_bound(X):
    L = np.linalg.norm(X, ord=2) ** 2 / 4
    bound = 2 // L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "eigenvalues and eigenvectors are swapped when np.linalg.eigh is unpacked",
        """
def stability_bound(X):
    vectors, values = np.linalg.eigh(X.T @ X)
    L = np.max(values) / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the eigenvalues of X itself, which is not square, instead of those of X^T X",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X).max() / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the eigenvalue of X^T X is squared, although it is a square already",
        """
def stability_bound(X):
    lam = np.max(np.linalg.eigvalsh(np.dot(X.T, X)))
    L = lam**2 / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "the return is missing",
        """
def stability_bound(X):
    L = np.linalg.eigvalsh(X.T @ X)[-1] / 4
    bound = 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: 1 / L instead of 2 / L, and the quarter is missing",
        """
def stability_bound(X):
    L = np.linalg.norm(X, ord=2) ** 2
    return 1 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: the Frobenius norm instead of the 2-norm, and it is not squared",
        """
def stability_bound(X):
    L = np.linalg.norm(X) / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: the column of ones is cut off, and the mean over the samples is taken",
        """
def stability_bound(X):
    A = X[:, :-1]
    L = np.linalg.eigvalsh(A.T @ A / len(A))[-1] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: the 2-norm of X is not squared, and the quarter is missing",
        """
def stability_bound(X):
    L = np.linalg.svd(X)[1].max()
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: the smallest eigenvalue is taken, and the quarter is missing",
        """
def stability_bound(X):
    values, vectors = np.linalg.eigh(X.T @ X)
    return 2 / values[0]
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: X is standardised in place, which changes the argument, and the bound "
        "then belongs to other points",
        """
def stability_bound(X):
    X[:, :-1] -= X[:, :-1].mean(axis=0)
    X[:, :-1] /= X[:, :-1].std(axis=0)
    L = np.linalg.eigvalsh(X.T @ X)[-1] / 4
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: the Frobenius norm instead of the 2-norm, and the quarter is missing",
        """
def stability_bound(X):
    L = np.sum(X**2)
    bound = 2 / L
    return bound
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: X^T X is divided by the number of samples, and the quarter is missing",
        """
def stability_bound(X):
    C = X.T @ X / X.shape[0]
    L = np.linalg.eigvalsh(C).max()
    return 2 / L
""",
    ),
    Answer(
        "A7.2",
        "wrong",
        "two mistakes: only the diagonal of X^T X is used, and 1 / L is returned instead of 2 / L",
        """
def stability_bound(X):
    H = X.T @ X / 4
    L = np.max(np.diag(H))
    return 1 / L
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the squared 2-norm",
        """
def stability_bound(X):
    return 8 / np.linalg.norm(X, 2) ** 2
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the largest singular value, by svd",
        """
def stability_bound(X):
    singular = np.linalg.svd(X, compute_uv=False)
    L = 0.25 * singular.max() ** 2
    return float(2 / L)
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the Hessian as a sum of outer products, eigenvalues unsorted",
        """
def stability_bound(X):
    H = np.zeros((X.shape[1], X.shape[1]))
    for row in X:
        H += np.outer(row, row) * 0.5 * (1 - 0.5)
    return 2 / max(np.linalg.eigvals(H).real)
""",
    ),
    Answer(
        "A7.2",
        "right",
        "power iteration",
        """
def stability_bound(X):
    A = X.T @ X / 4
    v = np.arange(1.0, X.shape[1] + 1)
    for _ in range(20000):
        v = A @ v
        v = v / np.sqrt(v @ v)
    return 2 / (v @ A @ v)
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the N by N matrix X X^T, which has the same largest eigenvalue",
        """
def stability_bound(X):
    gram = X @ X.T
    return 2 / (np.linalg.eigvalsh(gram).max() / 4)
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the diagonal matrix of p (1 - p) at zero weights, einsum, eigh",
        """
def stability_bound(X):
    p = np.full(len(X), 0.5)
    H = np.einsum("ni,n,nj->ij", X, p * (1 - p), X)
    values, vectors = np.linalg.eigh(H)
    return 2 / values[-1]
""",
    ),
    Answer(
        "A7.2",
        "right",
        "the norm of X / 2, with the unsquared ratio squared at the end",
        """
def stability_bound(X):
    longest = np.linalg.norm(X / 2, ord=2)
    return np.square(np.sqrt(2) / longest)
""",
    ),
]

ANSWERS: list[Answer] = [*A3_1, *A3_2, *A3_3, *A6, *A7_2]
