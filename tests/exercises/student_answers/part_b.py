"""Students' answers to the code exercises of Part B: B2.1, B2.2, B2.3, B3 and B4."""

from ._answer import Answer

B2_1: list[Answer] = [
    Answer(
        "B2.1",
        "wrong",
        "nothing is subtracted from the scores before exp, so a score of 1000 overflows to inf / inf",
        """
def softmax(z):
    y = None
    y = np.exp(z) / np.sum(np.exp(z), axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the shifted scores are computed but exp is taken of the unshifted z, so large scores overflow",
        """
def softmax(z):
    z_shifted = z - np.max(z, axis=0, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=0, keepdims=True)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the sum goes over the images (axis 1), so that each row adds up to 1 and not each column",
        """
def softmax(z):
    y = None
    e = np.exp(z - z.max(axis=0))
    y = e / e.sum(axis=1, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "maximum and sum are both taken along the last axis, as for images in rows",
        """
def softmax(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    exps = np.exp(shifted)
    return exps / np.sum(exps, axis=-1, keepdims=True)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the sum is over the whole matrix, so only all columns together add up to 1",
        """
def softmax(z):
    e = np.exp(z - np.max(z, axis=0))
    y = e / np.sum(e)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the maximum of the whole matrix is subtracted, so a column far below it underflows to 0 / 0",
        '''
def softmax(z):
    """Scores z: (K, N) -> probabilities y: (K, N), each column adds up to 1."""
    y = None
    z = z - np.max(z)
    y = np.exp(z) / np.exp(z).sum(axis=0)
    return y
''',
    ),
    Answer(
        "B2.1",
        "wrong",
        "the minimum of each column is subtracted in place of the maximum, so large scores still overflow",
        """
def softmax(z):
    low = z.min(axis=0, keepdims=True)
    e = np.exp(z - low)
    y = e / e.sum(axis=0, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the mean of each column is subtracted in place of its maximum, so a score of 1000 still overflows",
        """
def softmax(z):
    centred = z - z.mean(axis=0)
    numerator = np.exp(centred)
    denominator = numerator.sum(axis=0)
    y = numerator / denominator
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the scores of row 0 are subtracted and not the largest of the column, so another row may overflow",
        """
def softmax(z):
    y = None
    e = np.exp(z - z[0])
    y = e / e.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the scores are divided by their maximum where it should be subtracted",
        """
def softmax(z):
    scaled = z / np.max(z, axis=0)
    e = np.exp(scaled)
    return e / e.sum(axis=0)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the maximum is subtracted in the numerator only, not in the sum below it",
        """
def softmax(z):
    m = np.max(z, axis=0)
    y = np.exp(z - m) / np.sum(np.exp(z), axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the exponentials are divided by the sum of the scores, not by the sum of the exponentials",
        """
def softmax(z):
    y = None
    z = z - z.max(axis=0)
    y = np.exp(z) / z.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the exponentials are divided by the largest of them in place of their sum",
        """
def softmax(z):
    e = np.exp(z - z.max(axis=0))
    y = e / e.max(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the exponentials are divided by their mean over the classes and not by their sum",
        """
def softmax(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    y = e / np.mean(e, axis=0, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the maximum is taken per class (axis 1) without keepdims, which does not broadcast with (K, N)",
        """
def softmax(z):
    y = None
    exp_scores = np.exp(z - np.max(z, axis=1))
    y = exp_scores / np.sum(exp_scores, axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the scores are clipped at 500 where the maximum should be subtracted: two larger ones become equal",
        """
def softmax(z):
    z = np.clip(z, -500, 500)
    e = np.exp(z)
    return e / e.sum(axis=0)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "overflow is patched by setting NaN to 1, so two large scores in a column both get probability 1",
        """
def softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        y = e / e.sum(axis=0)
    y[np.isnan(y)] = 1.0
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the exponent has the wrong sign, so the largest score gets the smallest probability",
        """
def softmax(z):
    y = None
    e = np.exp(-(z - z.min(axis=0)))
    y = e / e.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the sigmoid of each score is returned, so the columns do not add up to 1",
        """
def softmax(z):
    y = 1 / (1 + np.exp(-z))
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the argument z is changed in place by the subtraction of the maximum",
        """
def softmax(z):
    z -= z.max(axis=0)
    e = np.exp(z)
    y = e / e.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the logarithm of the probabilities is returned: the last exp is missing",
        '''
def softmax(z):
    """log-sum-exp"""
    m = z.max(axis=0)
    log_sum = m + np.log(np.exp(z - m).sum(axis=0))
    y = z - log_sum
    return y
''',
    ),
    Answer(
        "B2.1",
        "wrong",
        "the loop over the columns starts at 1, so the first image stays 0",
        """
def softmax(z):
    K, N = z.shape
    y = np.zeros((K, N))
    for n in range(1, N):
        column = np.exp(z[:, n] - max(z[:, n]))
        y[:, n] = column / sum(column)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the loop goes over rows and normalises each row of scores, not each column",
        """
def softmax(z):
    y = np.zeros_like(z, dtype=float)
    for i in range(len(z)):
        e = np.exp(z[i] - np.max(z[i]))
        y[i] = e / np.sum(e)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "every column is divided by the sum of the first column",
        """
def softmax(z):
    e = np.exp(z - z.max(axis=0))
    total = e[:, 0].sum()
    y = e / total
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the result has the shape (N, K): it is transposed for the division and not transposed back",
        """
def softmax(z):
    y = None
    e = np.exp(z - z.max(axis=0)).T
    y = e / e.sum(axis=1, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the powers are of 2 and not of e",
        """
def softmax(z):
    powers = 2 ** (z - z.max(axis=0))
    return powers / powers.sum(axis=0)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "y is computed but not returned",
        """
def softmax(z):
    y = None
    e = np.exp(z - np.max(z, axis=0))
    y = e / np.sum(e, axis=0)
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the probabilities are rounded to three decimals",
        """
def softmax(z):
    e = np.exp(z - z.max(axis=0))
    y = np.round(e / e.sum(axis=0), 3)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the exponentials are returned without being divided by their sum",
        """
def softmax(z):
    y = np.exp(z - z.max(axis=0, keepdims=True))
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the result is written into an integer array, so every probability below 1 is cut to 0",
        """
def softmax(z):
    y = np.zeros(z.shape, dtype=int)
    for n in range(z.shape[1]):
        e = np.exp(z[:, n] - z[:, n].max())
        y[:, n] = e / e.sum()
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "the variable e_z is misspelt in the division, a NameError",
        """
def softmax(z):
    e_z = np.exp(z - np.max(z, axis=0))
    y = e_z / ez.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: no maximum is subtracted (overflow), and the sum is over the whole matrix",
        """
def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the maximum is that of the whole matrix, and the sum runs over the images (axis 1)",
        """
def softmax(z):
    y = None
    e = np.exp(z - np.max(z))
    y = e / np.sum(e, axis=1, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the maximum is added in place of subtracted, and the result is not divided by the sum",
        """
def softmax(z):
    y = np.exp(z + np.max(z, axis=0))
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the minimum is subtracted (overflow) and z is changed in place by it",
        """
def softmax(z):
    z -= np.min(z, axis=0)
    e = np.exp(z)
    y = e / e.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the loop leaves out the last column, and no maximum is subtracted",
        """
def softmax(z):
    y = np.zeros(z.shape)
    for j in range(z.shape[1] - 1):
        total = 0
        for i in range(z.shape[0]):
            total += np.exp(z[i, j])
        for i in range(z.shape[0]):
            y[i, j] = np.exp(z[i, j]) / total
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the maximum is taken after exp, where it no longer prevents overflow, and the sum is over axis 1",
        """
def softmax(z):
    y = None
    e = np.exp(z)
    e = e / e.max(axis=0)
    y = e / np.sum(e, axis=1, keepdims=True)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the mean is subtracted and not the maximum (overflow), and the result is rounded to two decimals",
        """
def softmax(z):
    e = np.exp(z - np.mean(z, axis=0))
    y = np.round(e / np.sum(e, axis=0), 2)
    return y
""",
    ),
    Answer(
        "B2.1",
        "wrong",
        "two slips: the sigmoid of each score is divided by the sum of the scores, not an exponential by its sum",
        """
def softmax(z):
    s = 1.0 / (1.0 + np.exp(-z))
    y = s / z.sum(axis=0)
    return y
""",
    ),
    Answer(
        "B2.1",
        "right",
        "log-sum-exp, then exp",
        """
def softmax(z):
    m = z.max(axis=0)
    log_total = m + np.log(np.sum(np.exp(z - m), axis=0))
    y = np.exp(z - log_total)
    return y
""",
    ),
    Answer(
        "B2.1",
        "right",
        "loop over the columns, a list of columns stacked at the end",
        """
def softmax(z):
    columns = []
    for scores in z.T:
        e = np.exp(scores - scores.max())
        columns.append(e / e.sum())
    return np.stack(columns, axis=1)
""",
    ),
    Answer(
        "B2.1",
        "right",
        "one over the sum of the exponentials of the differences",
        """
def softmax(z):
    with np.errstate(over="ignore"):
        y = 1 / np.exp(z[None, :, :] - z[:, None, :]).sum(axis=1)
    return y
""",
    ),
    Answer(
        "B2.1",
        "right",
        "in row form on the transpose, with a helper inside",
        """
def softmax(z):
    def rows(scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return rows(z.T).T
""",
    ),
    Answer(
        "B2.1",
        "right",
        "nested loops in plain Python, shifted by the largest score of the column",
        """
def softmax(z):
    K, N = z.shape
    y = np.empty((K, N))
    for n in range(N):
        largest = max(z[k, n] for k in range(K))
        total = 0.0
        for k in range(K):
            y[k, n] = np.exp(z[k, n] - largest)
            total += y[k, n]
        y[:, n] /= total
    return y
""",
    ),
    Answer(
        "B2.1",
        "right",
        "in single precision",
        """
def softmax(z):
    s = (z - z.max(axis=0)).astype(np.float32)
    e = np.exp(s)
    y = e / e.sum(axis=0, dtype=np.float32)
    return y
""",
    ),
    Answer(
        "B2.1",
        "right",
        "copy changed in place, normalised by a matrix product with ones",
        """
def softmax(z):
    y = np.array(z, dtype=float)
    y -= np.amax(y, axis=0)
    np.exp(y, out=y)
    y /= np.ones((1, len(y))) @ y
    return y
""",
    ),
]

B2_2: list[Answer] = [
    Answer(
        "B2.2",
        "wrong",
        "only the diagonal of the Jacobian, y (1 - y), is used, as for a sigmoid",
        """
def softmax_backward(y, dy):
    dz = None
    dz = dy * y * (1 - y)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum is of dy alone: the factor y inside the sum is missing",
        """
def softmax_backward(y, dy):
    dz = y * (dy - dy.sum(axis=0))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum goes over the images (axis 1) and not over the classes",
        """
def softmax_backward(y, dy):
    dz = None
    s = np.sum(dy * y, axis=1, keepdims=True)
    dz = y * (dy - s)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum goes over axis 1 without keepdims, which does not broadcast with (K, N)",
        """
def softmax_backward(y, dy):
    weighted = (y * dy).sum(axis=1)
    return y * (dy - weighted)
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum goes over the whole matrix, so the images are mixed",
        """
def softmax_backward(y, dy):
    total = np.sum(y * dy)
    dz = y * (dy - total)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the mean over the classes is taken where the sum belongs",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * (dy - np.mean(dy * y, axis=0))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the factor y in front of the bracket is missing",
        """
def softmax_backward(y, dy):
    inner = np.sum(dy * y, axis=0, keepdims=True)
    dz = dy - inner
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the factor y is missing in the second term only: it multiplies dy but not the sum",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * dy - np.sum(y * dy, axis=0)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sign is reversed: sum minus dy",
        """
def softmax_backward(y, dy):
    dz = y * ((dy * y).sum(axis=0) - dy)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum is added where it should be subtracted",
        """
def softmax_backward(y, dy):
    dot = np.einsum("kn,kn->n", y, dy)
    dz = y * (dy + dot)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the Jacobian of the first image is used for all images",
        """
def softmax_backward(y, dy):
    p = y[:, 0]
    J = np.diag(p) - np.outer(p, p)
    dz = J @ dy
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "one Jacobian is built for the whole batch from np.diag(y) and y @ y.T, which mixes the images",
        """
def softmax_backward(y, dy):
    dz = None
    J = np.diag(y) - y @ y.T
    dz = J @ dy
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the outer product is added to the diagonal of the Jacobian, not subtracted",
        """
def softmax_backward(y, dy):
    dz = np.zeros_like(y)
    for n in range(y.shape[1]):
        J = np.diag(y[:, n]) + np.outer(y[:, n], y[:, n])
        dz[:, n] = J @ dy[:, n]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the Jacobian has the identity in place of diag(y)",
        """
def softmax_backward(y, dy):
    K, N = y.shape
    dz = np.empty((K, N))
    for n in range(N):
        p = y[:, n : n + 1]
        jacobian = np.eye(K) - p @ p.T
        dz[:, n] = jacobian @ dy[:, n]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the diagonal term of the Jacobian is left out: only -y_k y_j remains",
        """
def softmax_backward(y, dy):
    dz = np.zeros_like(y)
    for n in range(y.shape[1]):
        dz[:, n] = -np.outer(y[:, n], y[:, n]) @ dy[:, n]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the loop over the images stops before the last one",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape)
    N = y.shape[1]
    for n in range(N - 1):
        J = np.diag(y[:, n]) - np.outer(y[:, n], y[:, n])
        dz[:, n] = J.dot(dy[:, n])
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the minus sign of the off-diagonal elements is lost",
        """
def softmax_backward(y, dy):
    K, N = y.shape
    dz = np.zeros((K, N))
    for n in range(N):
        for j in range(K):
            for k in range(K):
                if k == j:
                    dz[j, n] += dy[k, n] * y[k, n] * (1 - y[k, n])
                else:
                    dz[j, n] += dy[k, n] * y[k, n] * y[j, n]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "in the loop each term overwrites the one before (= in place of +=), so only the last class counts",
        """
def softmax_backward(y, dy):
    K, N = y.shape
    dz = np.zeros((K, N))
    for n in range(N):
        for j in range(K):
            for k in range(K):
                delta = 1 if k == j else 0
                dz[j, n] = dy[k, n] * y[k, n] * (delta - y[j, n])
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the Jacobian is multiplied by y and not by dy",
        """
def softmax_backward(y, dy):
    dz = np.zeros_like(y)
    for i in range(y.shape[1]):
        col = y[:, i].reshape(-1, 1)
        J = np.diagflat(col) - col @ col.T
        dz[:, i] = J @ y[:, i]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the argument dy is changed in place",
        """
def softmax_backward(y, dy):
    dz = None
    dy -= (dy * y).sum(axis=0)
    dz = y * dy
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the argument y is changed in place",
        """
def softmax_backward(y, dy):
    s = (y * dy).sum(axis=0)
    y *= dy - s
    return y
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "a matrix product y.T @ dy stands where the sum down each column belongs",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * (dy - y.T @ dy)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "y minus dy is returned, as if dy were the one-hot labels",
        """
def softmax_backward(y, dy):
    dz = y - dy
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the result is divided by the number of images",
        """
def softmax_backward(y, dy):
    N = y.shape[1]
    dz = y * (dy - np.sum(y * dy, axis=0)) / N
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "softmax is applied to y once more, though y is softmax's output already",
        """
def softmax_backward(y, dy):
    e = np.exp(y - y.max(axis=0))
    s = e / e.sum(axis=0)
    dz = s * (dy - (dy * s).sum(axis=0))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum is of y squared and not of y times dy",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * (dy - (y * y).sum(axis=0))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "dz is computed but not returned",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * (dy - (dy * y).sum(axis=0))
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the sum is returned together with dz, a pair in place of one array",
        """
def softmax_backward(y, dy):
    s = np.sum(y * dy, axis=0, keepdims=True)
    dz = y * (dy - s)
    return dz, s
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "dz is written into an integer array, so everything is cut to whole numbers",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape, dtype=int)
    for n in range(y.shape[1]):
        dz[:, n] = y[:, n] * (dy[:, n] - y[:, n] @ dy[:, n])
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the factor y in front of the bracket is squared",
        """
def softmax_backward(y, dy):
    dot = (y * dy).sum(axis=0)
    return y**2 * (dy - dot)
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "the variable is misspelt (dots for dot), a NameError",
        """
def softmax_backward(y, dy):
    dot = (y * dy).sum(axis=0)
    dz = y * dy - y * dots
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: only the diagonal y (1 - y) is used, and the result is divided by the number of images",
        """
def softmax_backward(y, dy):
    m = y.shape[1]
    return dy * (y * (1 - y)) / m
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the sum runs over the whole matrix, and y is missing inside it",
        """
def softmax_backward(y, dy):
    dz = None
    dz = y * (dy - np.sum(dy))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the sum runs over axis 1, and the sign is reversed",
        """
def softmax_backward(y, dy):
    s = np.sum(y * dy, axis=1, keepdims=True)
    dz = y * (s - dy)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the loop starts at 1 and the outer product is added to the diagonal",
        """
def softmax_backward(y, dy):
    dz = np.zeros_like(y)
    for n in range(1, y.shape[1]):
        v = y[:, [n]]
        dz[:, [n]] = (np.diagflat(v) + v @ v.T) @ dy[:, [n]]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the factor y in front of the bracket and the y inside the sum are both missing",
        """
def softmax_backward(y, dy):
    dz = None
    dz = dy - np.sum(dy, axis=0)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the mean stands for the sum, and the factor y in front of the bracket is missing",
        """
def softmax_backward(y, dy):
    mean = (y * dy).mean(axis=0, keepdims=True)
    dz = dy - mean
    return dz
""",
    ),
    Answer(
        "B2.2",
        "wrong",
        "two slips: the Jacobian of the first image is used for all, and it has the identity in place of diag(y)",
        """
def softmax_backward(y, dy):
    p = y[:, :1]
    J = np.eye(len(p)) - p @ p.T
    dz = J @ dy
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "one Jacobian per image, in a loop",
        """
def softmax_backward(y, dy):
    dz = np.zeros_like(dy, dtype=float)
    for n in range(y.shape[1]):
        p = y[:, n].reshape(-1, 1)
        dz[:, n] = (np.diagflat(p) - p @ p.T) @ dy[:, n]
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "all Jacobians at once, with einsum",
        """
def softmax_backward(y, dy):
    K = y.shape[0]
    J = np.einsum("kn,kj->nkj", y, np.eye(K)) - np.einsum("kn,jn->nkj", y, y)
    return np.einsum("kn,nkj->jn", dy, J)
""",
    ),
    Answer(
        "B2.2",
        "right",
        "triple loop with the Kronecker delta",
        """
def softmax_backward(y, dy):
    K, N = y.shape
    dz = np.zeros((K, N))
    for n in range(N):
        for j in range(K):
            for k in range(K):
                dz[j, n] += dy[k, n] * y[k, n] * ((k == j) - y[j, n])
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "two terms, intermediate variable with keepdims",
        """
def softmax_backward(y, dy):
    dz = None
    u = y * dy
    dz = u - y * np.sum(u, axis=0, keepdims=True)
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "the sum as the diagonal of a matrix product",
        """
def softmax_backward(y, dy):
    sums = np.diag(y.T @ dy)
    dz = np.multiply(y, np.subtract(dy, sums))
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "the diagonal y (1 - y), and the other classes one shift at a time",
        """
def softmax_backward(y, dy):
    dz = dy * y * (1 - y)
    for shift in range(1, len(y)):
        dz = dz - np.roll(dy * y, shift, axis=0) * y
    return dz
""",
    ),
    Answer(
        "B2.2",
        "right",
        "batched matrix product in single precision",
        """
def softmax_backward(y, dy):
    p = y.T.astype(np.float32)[:, :, None]
    g = dy.T.astype(np.float32)[:, :, None]
    dz = p * g - p * (p.transpose(0, 2, 1) @ g)
    return dz[:, :, 0].T
""",
    ),
]

B2_3: list[Answer] = [
    Answer(
        "B2.3",
        "wrong",
        "dz[labels] takes whole rows, so 1 is subtracted in every column of each row that occurs",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    dz[labels] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "no copy is made, so the argument y is changed in place",
        """
def scores_gradient(y, labels):
    dz = y
    dz[labels, np.arange(y.shape[1])] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "1 is added at the labels and not subtracted",
        """
def scores_gradient(y, labels):
    dz = None
    dz = y.copy()
    dz[labels, np.arange(len(labels))] += 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the sign is reversed: one-hot minus y",
        """
def scores_gradient(y, labels):
    one_hot = np.zeros_like(y)
    one_hot[labels, np.arange(y.shape[1])] = 1
    dz = one_hot - y
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the gradient is divided by the number of images, that of the mean and not of the summed loss",
        """
def scores_gradient(y, labels):
    N = y.shape[1]
    dz = y.copy()
    dz[labels, range(N)] -= 1
    dz /= N
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the labels are taken as counted from 1: labels - 1 is the row",
        """
def scores_gradient(y, labels):
    dz = None
    t = np.zeros(y.shape)
    for n in range(len(labels)):
        t[labels[n] - 1, n] = 1
    dz = y - t
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the two indices are swapped: image first, label second",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    dz[np.arange(y.shape[1]), labels] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the labels themselves are subtracted from every row, not their one-hot columns",
        """
def scores_gradient(y, labels):
    dz = None
    dz = y - labels
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the one-hot matrix has the shape (N, K): it is not transposed",
        """
def scores_gradient(y, labels):
    K = y.shape[0]
    dz = y - np.eye(K)[labels]
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the one-hot columns are built for ten classes and not for K",
        """
def scores_gradient(y, labels):
    one_hot = np.eye(10)[labels].T
    return y - one_hot
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the elements at the labels are set to -1 in place of y - 1",
        """
def scores_gradient(y, labels):
    dz = np.copy(y)
    dz[labels, np.arange(len(labels))] = -1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "only the true rows are filled: the gradient of all other scores stays 0",
        """
def scores_gradient(y, labels):
    dz = np.zeros_like(y)
    cols = np.arange(y.shape[1])
    dz[labels, cols] = y[labels, cols] - 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "this is the backward of the NLL alone: softmax's backward is not applied",
        """
def scores_gradient(y, labels):
    dz = np.zeros_like(y)
    n = np.arange(y.shape[1])
    dz[labels, n] = -1 / y[labels, n]
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the loop stops before the last image, whose label is not subtracted",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    for i in range(len(labels) - 1):
        dz[labels[i], i] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "y minus one-hot is multiplied by y (1 - y), softmax's own derivative once too often",
        """
def scores_gradient(y, labels):
    t = np.eye(y.shape[0])[:, labels]
    dz = (y - t) * y * (1 - y)
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "1 is subtracted at the most probable class and not at the label",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    predicted = np.argmax(y, axis=0)
    dz[predicted, np.arange(y.shape[1])] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the label of the first image is used for all images",
        """
def scores_gradient(y, labels):
    dz = None
    target = np.zeros(y.shape)
    target[labels[0], :] = 1
    dz = y - target
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "in the loop the column index is missing, so 1 is subtracted from the whole row each time",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    for label in labels:
        dz[label] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the copy of y is of integers, so the probabilities are cut to 0",
        """
def scores_gradient(y, labels):
    dz = y.astype(int)
    dz[labels, np.arange(y.shape[1])] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the loop runs over the number of classes (shape[0]) and not over the images (shape[1])",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    for n in range(y.shape[0]):
        dz[labels[n], n] = dz[labels[n], n] - 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "a factor of 2 as for a squared error",
        """
def scores_gradient(y, labels):
    T = np.zeros_like(y)
    T[labels, np.arange(T.shape[1])] = 1.0
    return 2 * (y - T)
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "only the N numbers at the labels are returned, not the whole (K, N) matrix",
        """
def scores_gradient(y, labels):
    dz = None
    dz = y[labels, np.arange(y.shape[1])] - 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the backward of softmax is applied to y minus one-hot, where it is contained already",
        """
def scores_gradient(y, labels):
    dy = y.copy()
    dy[labels, np.arange(len(labels))] -= 1
    dz = y * (dy - (dy * y).sum(axis=0))
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the logarithm of y is used in place of y",
        """
def scores_gradient(y, labels):
    dz = np.log(y)
    dz[labels, np.arange(len(labels))] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "dz is not returned",
        """
def scores_gradient(y, labels):
    dz = None
    dz = y.copy()
    dz[labels, np.arange(len(labels))] -= 1
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "the absolute value is returned, so the sign at the labels is lost",
        """
def scores_gradient(y, labels):
    t = (np.arange(y.shape[0])[:, None] == labels).astype(float)
    dz = np.abs(y - t)
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: the sign is reversed, and the gradient is divided by the number of images",
        """
def scores_gradient(y, labels):
    one_hot = np.eye(y.shape[0])[labels].T
    return (one_hot - y) / len(labels)
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: y is changed in place, and whole rows are changed (the column index is missing)",
        """
def scores_gradient(y, labels):
    y[labels] -= 1
    return y
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: the labels are counted from 1, and the first image is left out of the loop",
        """
def scores_gradient(y, labels):
    dz = y.copy()
    for n in range(1, y.shape[1]):
        dz[labels[n] - 1, n] -= 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: the other classes are left 0, and y is added to where it should be reduced by 1",
        """
def scores_gradient(y, labels):
    dz = np.zeros(y.shape)
    for n, t in enumerate(labels):
        dz[t, n] = y[t, n] + 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: 1 is added at the labels and not subtracted, and y is changed in place",
        """
def scores_gradient(y, labels):
    dz = y
    for n in range(len(labels)):
        dz[labels[n], n] += 1
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: y minus one-hot is multiplied by y (1 - y), and it is divided by the number of images",
        """
def scores_gradient(y, labels):
    t = np.zeros_like(y)
    t[labels, np.arange(y.shape[1])] = 1
    dz = (y - t) * y * (1 - y) / y.shape[1]
    return dz
""",
    ),
    Answer(
        "B2.3",
        "wrong",
        "two slips: only the loss's backward, without softmax's, and with the sign reversed (+1/y)",
        """
def scores_gradient(y, labels):
    dz = np.zeros_like(y)
    for n, label in enumerate(labels):
        dz[label, n] = 1 / y[label, n]
    return dz
""",
    ),
    Answer(
        "B2.3",
        "right",
        "comparison of row numbers with the labels",
        """
def scores_gradient(y, labels):
    one_hot = np.arange(y.shape[0]).reshape(-1, 1) == labels
    return y - one_hot
""",
    ),
    Answer(
        "B2.3",
        "right",
        "rows of the identity matrix, transposed",
        """
def scores_gradient(y, labels):
    dz = None
    dz = y - np.eye(len(y))[labels].T
    return dz
""",
    ),
    Answer(
        "B2.3",
        "right",
        "loop over the images",
        """
def scores_gradient(y, labels):
    dz = np.array(y, dtype=float)
    for n, label in enumerate(labels):
        dz[label, n] -= 1.0
    return dz
""",
    ),
    Answer(
        "B2.3",
        "right",
        "the two stages chained: backward of the NLL, then of softmax",
        """
def scores_gradient(y, labels):
    dy = np.zeros(y.shape)
    columns = np.arange(y.shape[1])
    dy[labels, columns] = -1 / y[labels, columns]
    dz = y * (dy - np.sum(dy * y, axis=0))
    return dz
""",
    ),
    Answer(
        "B2.3",
        "right",
        "np.subtract.at on a copy",
        """
def scores_gradient(y, labels):
    dz = y + 0.0
    np.subtract.at(dz, (np.asarray(labels), np.arange(dz.shape[1])), 1)
    return dz
""",
    ),
    Answer(
        "B2.3",
        "right",
        "cases by np.where, built row by row in a list",
        """
def scores_gradient(y, labels):
    rows = []
    for k in range(y.shape[0]):
        rows.append(np.where(labels == k, y[k] - 1, y[k]))
    return np.array(rows)
""",
    ),
]

B3: list[Answer] = [
    Answer(
        "B3",
        "wrong",
        "the sigmoid's backward is left out: da1 is passed on as dz1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dW1 = x @ da1.T
    db1 = da1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the sigmoid's backward is applied twice",
        """
def backward(x, a1, y, labels, W2):
    dW1 = db1 = dW2 = db2 = None
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    da1 = da1 * a1 * (1 - a1)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the arguments of sigmoid_backward are swapped: the gradient da1 stands for the output",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(da1, a1)
    dW1 = x @ dz1.T
    db1 = np.sum(dz1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "W2 is transposed in da1: W2.T @ dz2, whose shapes do not fit",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = W2.T @ dz2
    dz1 = da1 * a1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dW1 is transposed: dz1 @ x.T has the shape (h, m)",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = dz1 @ x.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "both weight gradients are transposed, dz @ input.T, as for networks with W @ x",
        """
def backward(x, a1, y, labels, W2):
    dZ2 = y.copy()
    dZ2[labels, np.arange(y.shape[1])] -= 1
    dW2 = np.dot(dZ2, a1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2, dZ2) * a1 * (1 - a1)
    dW1 = np.dot(dZ1, x.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "keepdims is missing in db1, whose shape is (h,) and not (h, 1)",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "db1 is summed over the hidden units (axis 0) and not over the images",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1, db1 = x @ dz1.T, dz1.sum(axis=0, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "all gradients are divided by the number of images, those of the mean and not of the summed loss",
        """
def backward(x, a1, y, labels, W2):
    N = x.shape[1]
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T / N
    db2 = np.sum(dz2, axis=1, keepdims=True) / N
    dz1 = (W2 @ dz2) * a1 * (1 - a1)
    dW1 = x @ dz1.T / N
    db1 = np.sum(dz1, axis=1, keepdims=True) / N
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the bias gradients are means over the images where they should be sums",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.mean(axis=1, keepdims=True)
    dz1 = sigmoid_backward(a1, W2 @ dz2)
    dW1 = x @ dz1.T
    db1 = dz1.mean(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the results are in the wrong order: the second layer first",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW2, db2, dW1, db1
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the results are in the wrong order: both weights, then both biases",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, dW2, db1, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dW2 is computed from the input x and not from the hidden layer's output a1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = x @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    dz1 = sigmoid_backward(a1, W2 @ dz2)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dW1 is computed from a1 and not from the input x",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = a1 @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the sigmoid's derivative lacks the factor a1: only 1 - a1 is used",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (1 - a1)
    dW1 = np.einsum("mn,hn->mh", x, dz1)
    db1 = np.einsum("hn->h", dz1)[:, None]
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the derivative of tanh, 1 - a1^2, is used in place of the sigmoid's",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = np.sum(dz2, axis=1, keepdims=True)
    dz1 = np.multiply(W2 @ dz2, 1 - np.power(a1, 2))
    dW1 = x @ dz1.T
    db1 = np.sum(dz1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dz1 is only the derivative a1 (1 - a1): the gradient da1 is not multiplied in",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = a1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dz2 is multiplied by y (1 - y) though y minus one-hot has the softmax in it already",
        """
def backward(x, a1, y, labels, W2):
    dz2 = sigmoid_backward(y, scores_gradient(y, labels))
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "dz2 is the backward of the loss alone, -1/y at the labels: softmax's backward is left out",
        """
def backward(x, a1, y, labels, W2):
    cols = np.arange(y.shape[1])
    dz2 = np.zeros_like(y)
    dz2[labels, cols] = -1 / y[labels, cols]
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "db1 is summed from da1, before the sigmoid's backward, and not from dz1",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = W2 @ dz2
    dz1 = da1 * a1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = da1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the gradient is passed back through dW2 and not through the weights W2",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = dW2 @ dz2
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the sign of all gradients is reversed: dz2 is one-hot minus y",
        """
def backward(x, a1, y, labels, W2):
    one_hot = np.eye(y.shape[0])[labels].T
    dz2 = one_hot - y
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "a1 is taken for the input of the sigmoid: the derivative is that at sigmoid(a1)",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    s = 1 / (1 + np.exp(-a1))
    dz1 = da1 * s * (1 - s)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "a matrix product @ where da1 and a1 (1 - a1) should be multiplied element by element",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    dz1 = (W2 @ dz2) @ (a1 * (1 - a1))
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "an elementwise product * where the matrix product W2 @ dz2 belongs",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = W2 * dz2
    dz1 = da1 * a1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the argument y is changed in place",
        """
def backward(x, a1, y, labels, W2):
    dz2 = y
    dz2[labels, range(y.shape[1])] -= 1
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the argument a1 is overwritten with its derivative",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    a1 *= 1 - a1
    dz1 = da1 * a1
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the derivative of a ReLU is used for the sigmoid",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (a1 > 0)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "in the loop over images the gradients are overwritten (=) and not added up, so only the last counts",
        """
def backward(x, a1, y, labels, W2):
    dZ2 = scores_gradient(y, labels)
    for n in range(x.shape[1]):
        d2 = dZ2[:, n]
        d1 = (W2 @ d2) * a1[:, n] * (1 - a1[:, n])
        dW2 = np.outer(a1[:, n], d2)
        db2 = d2.reshape(-1, 1)
        dW1 = np.outer(x[:, n], d1)
        db1 = d1.reshape(-1, 1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the loop over the images begins at 1: the first image is left out",
        """
def backward(x, a1, y, labels, W2):
    dW1 = np.zeros((x.shape[0], a1.shape[0]))
    db1 = np.zeros((a1.shape[0], 1))
    dW2 = np.zeros_like(W2)
    db2 = np.zeros((y.shape[0], 1))
    for n in range(1, x.shape[1]):
        d2 = y[:, [n]].copy()
        d2[labels[n]] -= 1
        d1 = (W2 @ d2) * a1[:, [n]] * (1 - a1[:, [n]])
        dW2 += a1[:, [n]] @ d2.T
        db2 += d2
        dW1 += x[:, [n]] @ d1.T
        db1 += d1
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the probabilities y are passed back to the hidden layer, not the gradient dz2",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = W2 @ y
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "1 is subtracted at the predicted class and not at the label",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, y.argmax(axis=0))
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "W2 is given to linear_backward as the weights of the first layer, where its shape does not fit",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1, db1, dx = linear_backward(W2, x, dz1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the results of linear_backward are unpacked in the wrong order: dx first",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    da1, dW2, db2 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "W1 is used, which is neither an argument nor defined, a NameError",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1, db1, _ = linear_backward(W1, x, dz1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "the gradients are computed but not returned",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
""",
    ),
    Answer(
        "B3",
        "wrong",
        "five results: the gradient da1 is returned as well",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2, da1
""",
    ),
    Answer(
        "B3",
        "wrong",
        "db2 is one number: the sum has no axis",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = np.sum(dz2)
    dz1 = sigmoid_backward(a1, W2 @ dz2)
    dW1 = x @ dz1.T
    db1 = np.sum(dz1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: the sigmoid's backward is left out, and dW1 is divided by the number of images",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, dz1 = linear_backward(W2, a1, dz2)
    dW1 = x @ dz1.T / x.shape[1]
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: dW1 is transposed, and db1 has no keepdims",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    dW1 = np.dot(dz1, x.T)
    db1 = np.sum(dz1, axis=1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: the sign is reversed, and the results come in the order of the second layer first",
        """
def backward(x, a1, y, labels, W2):
    t = np.zeros_like(y)
    t[labels, np.arange(t.shape[1])] = 1
    delta2 = t - y
    delta1 = (W2 @ delta2) * a1 * (1 - a1)
    dW2, db2 = a1 @ delta2.T, delta2.sum(axis=1, keepdims=True)
    dW1, db1 = x @ delta1.T, delta1.sum(axis=1, keepdims=True)
    return dW2, db2, dW1, db1
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: the arguments of sigmoid_backward are swapped, and the bias gradients are means",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, _, da1 = linear_backward(W2, a1, dz2)
    db2 = np.mean(dz2, axis=1, keepdims=True)
    dz1 = sigmoid_backward(da1, a1)
    dW1 = x @ dz1.T
    db1 = np.mean(dz1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: y is changed in place, and the sigmoid's derivative lacks the factor 1 - a1",
        """
def backward(x, a1, y, labels, W2):
    y[labels, np.arange(y.shape[1])] -= 1
    dW2, db2, da1 = linear_backward(W2, a1, y)
    dz1 = da1 * a1
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "only the first image is used",
        """
def backward(x, a1, y, labels, W2):
    x0, a0 = x[:, 0:1], a1[:, 0:1]
    dz2 = y[:, 0:1].copy()
    dz2[labels[0]] -= 1
    dW2, db2, da1 = linear_backward(W2, a0, dz2)
    dz1 = sigmoid_backward(a0, da1)
    return x0 @ dz1.T, dz1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: db1 and db2 are summed over axis 0, and without keepdims",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2 = a1 @ dz2.T
    db2 = np.sum(dz2, axis=0)
    dz1 = sigmoid_backward(a1, W2 @ dz2)
    dW1 = x @ dz1.T
    db1 = np.sum(dz1, axis=0)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: dz1 is the ReLU's and not the sigmoid's backward, and all gradients are divided by N",
        """
def backward(x, a1, y, labels, W2):
    N = y.shape[1]
    dscores = y.copy()
    dscores[labels, range(N)] -= 1
    dscores /= N
    dW2 = a1.dot(dscores.T)
    db2 = dscores.sum(axis=1, keepdims=True)
    dhidden = W2.dot(dscores)
    dhidden[a1 <= 0] = 0
    dW1 = x.dot(dhidden.T)
    db1 = dhidden.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: softmax's backward is left out of dz2, and the sigmoid's derivative lacks the factor a1",
        """
def backward(x, a1, y, labels, W2):
    n = np.arange(len(labels))
    dz2 = np.zeros_like(y)
    dz2[labels, n] = -1 / y[labels, n]
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = da1 * (1 - a1)
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "wrong",
        "two slips: the loop leaves out the last image, and db1 is overwritten in it and not added up",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW1 = np.zeros((x.shape[0], a1.shape[0]))
    dW2 = np.zeros_like(W2)
    db2 = np.zeros((y.shape[0], 1))
    for n in range(x.shape[1] - 1):
        d2 = dz2[:, n : n + 1]
        d1 = (W2 @ d2) * a1[:, n : n + 1] * (1 - a1[:, n : n + 1])
        dW2 += a1[:, n : n + 1] @ d2.T
        db2 += d2
        dW1 += x[:, n : n + 1] @ d1.T
        db1 = d1
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "right",
        "the earlier functions, with zeros of the right shape as the first layer's weights",
        """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = sigmoid_backward(a1, da1)
    unused = np.zeros((x.shape[0], a1.shape[0]))
    dW1, db1, _ = linear_backward(unused, x, dz1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "right",
        "einsum throughout",
        """
def backward(x, a1, y, labels, W2):
    d2 = y - (np.arange(len(y))[:, None] == labels)
    d1 = np.einsum("hk,kn,hn,hn->hn", W2, d2, a1, 1 - a1)
    dW1 = np.einsum("mn,hn->mh", x, d1)
    db1 = np.einsum("hn->h", d1).reshape(-1, 1)
    dW2 = np.einsum("hn,kn->hk", a1, d2)
    db2 = np.einsum("kn->k", d2).reshape(-1, 1)
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "right",
        "a loop over the images with np.outer",
        """
def backward(x, a1, y, labels, W2):
    dW1, db1, dW2, db2 = 0.0, 0.0, 0.0, 0.0
    for n in range(x.shape[1]):
        d2 = y[:, n].copy()
        d2[labels[n]] -= 1
        d1 = (W2 @ d2) * a1[:, n] * (1 - a1[:, n])
        dW2 = dW2 + np.outer(a1[:, n], d2)
        db2 = db2 + d2[:, None]
        dW1 = dW1 + np.outer(x[:, n], d1)
        db1 = db1 + d1[:, None]
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B3",
        "right",
        "weights and biases together, with a row of ones appended",
        """
def backward(x, a1, y, labels, W2):
    ones = np.ones((1, x.shape[1]))
    d2 = scores_gradient(y, labels)
    g2 = np.vstack([a1, ones]) @ d2.T
    d1 = W2 @ d2 * (a1 - a1**2)
    g1 = np.vstack([x, ones]) @ d1.T
    return g1[:-1], g1[-1:].T, g2[:-1], g2[-1:].T
""",
    ),
    Answer(
        "B3",
        "right",
        "a helper for one layer, in row form on the transposes",
        """
def backward(x, a1, y, labels, W2):
    def layer(inputs, d):
        return inputs.T.dot(d), d.sum(axis=0).reshape(-1, 1)

    rows = y.T.copy()
    rows[np.arange(len(rows)), labels] -= 1
    hidden = a1.T
    d_hidden = rows.dot(W2.T) * hidden * (1 - hidden)
    return (*layer(x.T, d_hidden), *layer(hidden, rows))
""",
    ),
    Answer(
        "B3",
        "right",
        "returned as a list, the NLL and softmax in two stages",
        """
def backward(x, a1, y, labels, W2):
    n = np.arange(y.shape[1])
    dy = np.zeros_like(y)
    dy[labels, n] = -1 / y[labels, n]
    dz2 = y * (dy - (y * dy).sum(0))
    dz1 = a1 * (1 - a1) * W2.dot(dz2)
    one = np.ones((len(n), 1))
    return [x @ dz1.T, dz1 @ one, a1 @ dz2.T, dz2 @ one]
""",
    ),
]

B4: list[Answer] = [
    Answer(
        "B4",
        "wrong",
        "the last, smaller batch is left out: only N // batch_size whole batches are used",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    num_batches = x.shape[1] // batch_size
    for i in range(num_batches):
        xb = x[:, i * batch_size : (i + 1) * batch_size]
        tb = labels[i * batch_size : (i + 1) * batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, tb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "one step with all images at once: batch_size is not used",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    a1, y = forward(W1, b1, W2, b2, x)
    dW1, db1, dW2, db2 = backward(x, a1, y, labels, W2)
    return W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the steps go up the gradient: + rate * gradient",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 + rate * dW1, b1 + rate * db1
        W2, b2 = W2 + rate * dW2, b2 + rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the gradients are divided by batch_size, as for the mean loss",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        batch = slice(start, start + batch_size)
        a1, y = forward(W1, b1, W2, b2, x[:, batch])
        dW1, db1, dW2, db2 = backward(x[:, batch], a1, y, labels[batch], W2)
        W1 = W1 - rate * dW1 / batch_size
        b1 = b1 - rate * db1 / batch_size
        W2 = W2 - rate * dW2 / batch_size
        b2 = b2 - rate * db2 / batch_size
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the gradients are divided by the number of images in the batch, as for the mean loss",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for i in range(0, x.shape[1], batch_size):
        xb, lb = x[:, i : i + batch_size], labels[i : i + batch_size]
        m = xb.shape[1]
        a1, y = forward(W1, b1, W2, b2, xb)
        grads = backward(xb, a1, y, lb, W2)
        W1, b1, W2, b2 = [p - rate / m * g for p, g in zip((W1, b1, W2, b2), grads)]
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the return stands inside the loop, so only the first batch is used",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
        return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the labels are not sliced: every batch is given the labels of all images",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, labels, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "every batch is given the labels of the first batch (labels counted from the start of the array)",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[: xb.shape[1]]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the batch is sliced from the rows of x (pixels) and not from its columns (images)",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    for start in range(0, N, batch_size):
        xb = x[start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "forward runs once, before the loop, so later batches have the outputs of the initial weights",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    a1, y = forward(W1, b1, W2, b2, x)
    for start in range(0, x.shape[1], batch_size):
        s = slice(start, start + batch_size)
        dW1, db1, dW2, db2 = backward(x[:, s], a1[:, s], y[:, s], labels[s], W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "every step starts again from the initial weights, so only the last batch's step is left",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        new_W1 = W1 - rate * dW1
        new_b1 = b1 - rate * db1
        new_W2 = W2 - rate * dW2
        new_b2 = b2 - rate * db2
    return new_W1, new_b1, new_W2, new_b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the biases are not updated",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        W2 = W2 - rate * dW2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "b2 is not updated",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        batch = np.arange(start, min(start + batch_size, x.shape[1]))
        a1, y = forward(W1, b1, W2, b2, x[:, batch])
        dW1, db1, dW2, _ = backward(x[:, batch], a1, y, labels[batch], W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the gradients are unpacked in the wrong order, the second layer's first",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW2, db2, dW1, db1 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the parameters are changed in place (-=), so the caller's arrays change too",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 -= rate * dW1
        b1 -= rate * db1
        W2 -= rate * dW2
        b2 -= rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the images are shuffled, where the given order was asked for",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    order = np.random.default_rng(0).permutation(x.shape[1])
    x, labels = x[:, order], labels[order]
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "each batch ends one image early (start + batch_size - 1), so its last image is left out",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    for start in range(0, N, batch_size):
        end = min(start + batch_size, N) - 1
        xb, lb = x[:, start:end], labels[start:end]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the range ends at N - batch_size, so the last batch is never reached, whole or not",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1] - batch_size, batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the batches start at image 1, so the first image is left out and all batches are shifted",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(1, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the loop runs over the number of pixels (len(x)) and not over the number of images",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, len(x), batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "batches of 100 whatever batch_size says",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], 100):
        xb = x[:, start : start + 100]
        lb = labels[start : start + 100]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the rate is the constant 0.005 and not the argument",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    rate = 0.005
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the last batch is filled up with the last batch_size images, some of which were used before",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    for start in range(0, N, batch_size):
        if start + batch_size > N:
            start = max(0, N - batch_size)
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the range has no step, so the batches overlap and there is one update for every image",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(x.shape[1]):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "batch_size is taken for the number of batches",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for idx in np.array_split(np.arange(x.shape[1]), batch_size):
        a1, y = forward(W1, b1, W2, b2, x[:, idx])
        dW1, db1, dW2, db2 = backward(x[:, idx], a1, y, labels[idx], W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the gradients of all batches are added up and there is one step at the end",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    gW1, gb1, gW2, gb2 = 0, 0, 0, 0
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        gW1, gb1, gW2, gb2 = gW1 + dW1, gb1 + db1, gW2 + dW2, gb2 + db2
    return W1 - rate * gW1, b1 - rate * gb1, W2 - rate * gW2, b2 - rate * gb2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the slice of x ends at batch_size and not at start + batch_size, so all later batches are empty",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start:batch_size]
        lb = labels[start:batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the remaining images are trained on twice: once as the loop's last batch, once more after the loop",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    def step(W1, b1, W2, b2, xb, lb):
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        return W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2

    N = x.shape[1]
    for i in range(0, N, batch_size):
        W1, b1, W2, b2 = step(W1, b1, W2, b2, x[:, i : i + batch_size], labels[i : i + batch_size])
    rest = N % batch_size
    if rest != 0:
        W1, b1, W2, b2 = step(W1, b1, W2, b2, x[:, -rest:], labels[-rest:])
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the results are in the wrong order: both weights, then both biases",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, W2, b1, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the last batch's gradients are returned in place of the parameters",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return dW1, db1, dW2, db2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the two results of forward are unpacked in the wrong order",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        y, a1 = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "W2 is updated first and then used for the first layer's gradient of the same batch",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        _, _, dW2, db2 = backward(xb, a1, y, lb, W2)
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
        dW1, db1, _, _ = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "the trained parameters are not returned",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1, W2, b2 = W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "forward is given all images in place of the batch",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        batch = slice(start, start + batch_size)
        a1, y = forward(W1, b1, W2, b2, x)
        dW1, db1, dW2, db2 = backward(x[:, batch], a1, y, labels[batch], W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "one image at a time: batch_size is not used",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for n in range(x.shape[1]):
        xn, tn = x[:, [n]], labels[[n]]
        a1, y = forward(W1, b1, W2, b2, xn)
        dW1, db1, dW2, db2 = backward(xn, a1, y, tn, W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the last, smaller batch is left out, and the gradients are divided by batch_size",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for k in range(x.shape[1] // batch_size):
        xb = x[:, k * batch_size : (k + 1) * batch_size]
        lb = labels[k * batch_size : (k + 1) * batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1 / batch_size
        b1 = b1 - rate * db1 / batch_size
        W2 = W2 - rate * dW2 / batch_size
        b2 = b2 - rate * db2 / batch_size
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the images are shuffled, and the last, smaller batch is left out",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    perm = np.random.permutation(N)
    for i in range(N // batch_size):
        idx = perm[i * batch_size : (i + 1) * batch_size]
        a1, y = forward(W1, b1, W2, b2, x[:, idx])
        dW1, db1, dW2, db2 = backward(x[:, idx], a1, y, labels[idx], W2)
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: + rate * gradient, and the parameters are changed in place",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        s = slice(start, start + batch_size)
        a1, y = forward(W1, b1, W2, b2, x[:, s])
        grads = backward(x[:, s], a1, y, labels[s], W2)
        for param, grad in zip((W1, b1, W2, b2), grads):
            param += rate * grad
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the biases are not updated, and the loop returns after its first batch",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb, lb = x[:, start : start + batch_size], labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        W2 = W2 - rate * dW2
        return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: forward runs once before the loop, and the gradients are divided by the batch's size",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    a1, y = forward(W1, b1, W2, b2, x)
    for start in range(0, x.shape[1], batch_size):
        s = slice(start, start + batch_size)
        n = len(labels[s])
        dW1, db1, dW2, db2 = backward(x[:, s], a1[:, s], y[:, s], labels[s], W2)
        W1, b1 = W1 - rate / n * dW1, b1 - rate / n * db1
        W2, b2 = W2 - rate / n * dW2, b2 - rate / n * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the second layer is updated with the wrong sign, and the biases by the mean gradient",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start : start + batch_size]
        lb = labels[start : start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1 / len(lb)
        W2 = W2 + rate * dW2
        b2 = b2 - rate * db2 / len(lb)
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the last, smaller batch is left out, and the biases are not updated",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    steps = int(len(labels) / batch_size)
    for k in range(steps):
        xb = x[:, k * batch_size : (k + 1) * batch_size]
        lb = labels[k * batch_size : (k + 1) * batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        W2 = W2 - rate * dW2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the loop runs over the number of pixels, and the gradients are divided by batch_size",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    m = x.shape[0]
    for i in range(0, m, batch_size):
        xb, lb = x[:, i : i + batch_size], labels[i : i + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1, b1 = W1 - rate * dW1 / batch_size, b1 - rate * db1 / batch_size
        W2, b2 = W2 - rate * dW2 / batch_size, b2 - rate * db2 / batch_size
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "wrong",
        "two slips: the steps start from the initial weights each time, and the results are W1, W2, b1, b2",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        batch = slice(start, start + batch_size)
        a1, y = forward(W1, b1, W2, b2, x[:, batch])
        dW1, db1, dW2, db2 = backward(x[:, batch], a1, y, labels[batch], W2)
        W1_new, b1_new = W1 - rate * dW1, b1 - rate * db1
        W2_new, b2_new = W2 - rate * dW2, b2 - rate * db2
    return W1_new, W2_new, b1_new, b2_new
""",
    ),
    Answer(
        "B4",
        "right",
        "slice objects and zip over the parameters",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    params = [W1, b1, W2, b2]
    for start in range(0, x.shape[1], batch_size):
        batch = slice(start, start + batch_size)
        a1, y = forward(*params, x[:, batch])
        gradients = backward(x[:, batch], a1, y, labels[batch], params[2])
        params = [p - rate * g for p, g in zip(params, gradients)]
    return tuple(params)
""",
    ),
    Answer(
        "B4",
        "right",
        "whole batches first, then the rest",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    whole = N // batch_size
    batches = [np.arange(k * batch_size, (k + 1) * batch_size) for k in range(whole)]
    if N % batch_size:
        batches.append(np.arange(whole * batch_size, N))
    for idx in batches:
        a1, y = forward(W1, b1, W2, b2, x[:, idx])
        dW1, db1, dW2, db2 = backward(x[:, idx], a1, y, labels[idx], W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "right",
        "recursion on the images that are left",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    if len(labels) == 0:
        return W1, b1, W2, b2
    xb, lb = x[:, :batch_size], labels[:batch_size]
    a1, y = forward(W1, b1, W2, b2, xb)
    dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
    return train_epoch(
        W1 - rate * dW1,
        b1 - rate * db1,
        W2 - rate * dW2,
        b2 - rate * db2,
        x[:, batch_size:],
        labels[batch_size:],
        rate,
        batch_size,
    )
""",
    ),
    Answer(
        "B4",
        "right",
        "copies that are changed in place, a while loop",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    W1, b1, W2, b2 = W1.copy(), b1.copy(), W2.copy(), b2.copy()
    start = 0
    while start < x.shape[1]:
        end = min(start + batch_size, x.shape[1])
        a1, y = forward(W1, b1, W2, b2, x[:, start:end])
        dW1, db1, dW2, db2 = backward(x[:, start:end], a1, y, labels[start:end], W2)
        W1 -= rate * dW1
        b1 -= rate * db1
        W2 -= rate * dW2
        b2 -= rate * db2
        start = end
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "right",
        "np.array_split at the batch borders",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    borders = np.arange(batch_size, len(labels), batch_size)
    parts = zip(np.split(x, borders, axis=1), np.split(labels, borders))
    for xb, lb in parts:
        a1, y = forward(W1, b1, W2, b2, xb)
        g1, g2, g3, g4 = backward(xb, a1, y, lb, W2)
        W1, b1, W2, b2 = W1 - rate * g1, b1 - rate * g2, W2 - rate * g3, b2 - rate * g4
    return W1, b1, W2, b2
""",
    ),
    Answer(
        "B4",
        "right",
        "the gradients of a batch added up image by image",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    N = x.shape[1]
    total, count = None, 0
    for n in range(N):
        xn = x[:, n : n + 1]
        a1, y = forward(W1, b1, W2, b2, xn)
        g = backward(xn, a1, y, labels[n : n + 1], W2)
        total = g if total is None else [s + d for s, d in zip(total, g)]
        count += 1
        if count == batch_size or n == N - 1:
            W1, b1 = W1 - rate * total[0], b1 - rate * total[1]
            W2, b2 = W2 - rate * total[2], b2 - rate * total[3]
            total, count = None, 0
    return W1, b1, W2, b2
""",
    ),
]

ANSWERS: list[Answer] = [*B2_1, *B2_2, *B2_3, *B3, *B4]
