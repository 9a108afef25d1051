"""One update of theta in numpy: K = 16 distributions, the 40 decisions of the ENAS cells, 128 samples.

The other side of `cargo bench --bench search -- update`: log probabilities, importance weights, a rank-type utility of
the weighted samples, natural gradient, one step of ASNG with the bound, for every distribution. Needs numpy alone:

    python3 benches/numpy/update.py
"""

import statistics
import time

import numpy as np

K, SAMPLES, ROUNDS = 16, 128, 300
SIZES = [size for i in range(10) for size in (i % 5 + 2, i % 5 + 2, 5, 5)]
STARTS = np.concatenate([[0], np.cumsum(SIZES)])
TOTAL, FREEDOM = int(STARTS[-1]), int(STARTS[-1]) - len(SIZES)
LAST = STARTS[1:] - 1
INNER = np.setdiff1d(np.arange(TOTAL), LAST)
ROW = np.repeat(np.arange(len(SIZES)), SIZES)
LEAST = np.repeat([1 / (len(SIZES) * (size - 1)) for size in SIZES], SIZES)
COUNT = np.repeat(SIZES, SIZES)


def row_sums(values):
    return np.add.reduceat(values, STARTS[:-1])


def utility(losses, weights, quantile):
    """ASNG's rank utility: over samples, or over the quantiles of the weighted samples."""
    order = np.argsort(losses, kind="stable")
    if not quantile:
        best = -(-len(losses) // 4)
        values = np.zeros(len(losses))
        values[order[:best]], values[order[-best:]] = 1 / best, -1 / best
        return weights * (values - values.mean())
    share = weights[order] / weights.sum()
    ends = np.cumsum(share)
    starts = ends - share
    best = -(-len(losses) // 4) / len(losses)
    low = np.clip(np.minimum(ends, best) - starts, 0, None)
    high = np.clip(ends - np.maximum(starts, 1 - best), 0, None)
    values = np.empty(len(losses))
    values[order] = (low - high) / best
    return values


def update(state, picks, onehot, losses, complexities, coefficients, quantile):
    logs = np.stack([np.log(theta)[picks].sum(axis=1) for theta, *_ in state])
    top = logs.max(axis=0)
    mixture = top + np.log(np.exp(logs - top).mean(axis=0))
    for k, (theta, path, gamma, shrink) in enumerate(state):
        a = utility(losses + coefficients[k] * complexities, np.exp(logs[k] - mixture), quantile)
        gradient = (a @ onehot - a.sum() * theta) / SAMPLES
        norm = np.sqrt((gradient**2 / theta).sum())
        delta = 1 / shrink
        rate = delta / np.sqrt(FREEDOM)
        last = np.repeat(theta[LAST], SIZES)
        inner = np.repeat(row_sums(gradient) - gradient[LAST], SIZES) / (last + np.sqrt(last))
        fisher = (gradient / np.sqrt(theta) + np.sqrt(theta) * inner)[INNER]
        theta = np.maximum(theta + delta / norm * gradient, LEAST)
        sums = np.repeat(row_sums(theta), SIZES)
        theta = theta - (sums - 1) * (theta - LEAST) / (sums - LEAST * COUNT)
        theta = theta / np.repeat(row_sums(theta), SIZES)
        path = (1 - rate) * path + np.sqrt(rate * (2 - rate)) * fisher / norm
        gamma = (1 - rate) ** 2 * gamma + rate * (2 - rate)
        shrink = shrink * np.exp(rate * (gamma - path @ path / 1.5))
        state[k] = theta, path, gamma, shrink


def main():
    random = np.random.default_rng(1)
    start = [(np.repeat(1 / np.array(SIZES), SIZES), np.zeros(FREEDOM), 0.0, 1.0)] * K
    options = np.stack([random.integers(0, size, SAMPLES) for size in SIZES], axis=1)
    picks = options + STARTS[:-1]
    onehot = np.zeros((SAMPLES, TOTAL))
    np.put_along_axis(onehot, picks, 1, axis=1)
    levels = options.sum(axis=1) / (4 * len(SIZES))
    coefficients = np.arange(K) / 4
    for name, quantile in (("Rank", False), ("Wquant", True)):
        times = []
        for _ in range(ROUNDS):
            state = list(start)
            begin = time.perf_counter()
            update(state, picks, onehot, (1 - levels) ** 2, levels, coefficients, quantile)
            times.append(time.perf_counter() - begin)
        print(f"numpy {np.__version__}, update/16x40x128/{name}: median {1e6 * statistics.median(times):.0f} us")


if __name__ == "__main__":
    main()
