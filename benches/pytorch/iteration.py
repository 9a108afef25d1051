#!/usr/bin/env python3
"""Times one iteration of the supernetwork in Isthmus and in eager PyTorch, side by side.

An iteration is one weight step on a pool of architectures and the scores of another pool. For every configuration the
three sides take turns: the Rust benchmark in a process of its own, PyTorch as it comes (channels first), and PyTorch
with channels last. See README.md beside this file for what is the same on all sides and what is not.

    iteration.py [--bench EXECUTABLE] [--rounds R] [--iterations N] [--json FILE] [CONFIGURATION ...]
    iteration.py [--bench EXECUTABLE] --check [CONFIGURATION ...]
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

CONFIGURATIONS = ["digits", "wide", "colour"]
SIDES = ["rust", "default", "tuned"]
WARM_UP = 2
PICTURES = 256
CLASSES = 10
CLIP, RATE, MOMENTUM, DECAY = 5.0, 0.05, 0.9, 3e-4


def batch_norm(channels, affine):
    return nn.BatchNorm2d(channels, affine=affine, track_running_stats=False)


class Pointwise(nn.Module):
    """ReLU, 1x1 convolution, batch normalisation."""

    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = batch_norm(outputs, affine)

    def forward(self, x):
        return self.norm(self.convolution(F.relu(x)))


class FactorisedReduction(nn.Module):
    """Halves a picture: two 1x1 convolutions of stride 2, the second one pixel further down and right."""

    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.even = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.norm = batch_norm(outputs, affine)

    def forward(self, x):
        x = F.relu(x)
        odd = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        return self.norm(torch.cat([self.even(x), self.odd(odd)], 1))


class Identity(nn.Module):
    def __init__(self, channels, reduction, affine):
        super().__init__()
        self.reduce = FactorisedReduction(channels, channels, affine) if reduction else None

    def forward(self, x, stride):
        return x if stride == 1 else self.reduce(x)


class AveragePool(nn.Module):
    def forward(self, x, stride):
        return F.avg_pool2d(x, 3, stride, padding=1, count_include_pad=False)


class MaxPool(nn.Module):
    def forward(self, x, stride):
        return F.max_pool2d(x, 3, stride, padding=1)


class Separable(nn.Module):
    """Twice ReLU, depthwise and pointwise convolution, batch normalisation; the first time with the stride."""

    def __init__(self, channels, kernel, affine):
        super().__init__()
        self.padding, self.channels = kernel // 2, channels
        self.depthwise = nn.ModuleList(
            nn.Conv2d(channels, channels, kernel, padding=self.padding, groups=channels, bias=False) for _ in range(2)
        )
        self.pointwise = nn.ModuleList(nn.Conv2d(channels, channels, 1, bias=False) for _ in range(2))
        self.norm = nn.ModuleList(batch_norm(channels, affine) for _ in range(2))

    def forward(self, x, stride):
        # The stride depends on where the input comes from, so it cannot stand in the module.
        x = F.conv2d(F.relu(x), self.depthwise[0].weight, None, stride, self.padding, groups=self.channels)
        x = self.norm[0](self.pointwise[0](x))
        x = self.depthwise[1](F.relu(x))
        return self.norm[1](self.pointwise[1](x))


def operation(name, channels, reduction, affine):
    return {
        "identity": lambda: Identity(channels, reduction, affine),
        "average-pool-3x3": AveragePool,
        "max-pool-3x3": MaxPool,
        "separable-3x3": lambda: Separable(channels, 3, affine),
        "separable-5x5": lambda: Separable(channels, 5, affine),
    }[name]()


class Cell(nn.Module):
    """All candidates of a cell, of which an architecture runs its own."""

    def __init__(self, settings, inputs, channels, halved, reduction):
        super().__init__()
        affine, nodes = settings["affine"], settings["nodes"]
        self.reduction = reduction
        first = FactorisedReduction if halved else Pointwise
        self.prepare = nn.ModuleList([first(inputs[0], channels, affine), Pointwise(inputs[1], channels, affine)])
        self.candidates = nn.ModuleList(
            nn.ModuleList(
                nn.ModuleList(operation(name, channels, reduction, affine) for name in settings["operations"])
                for _ in range(2)
            )
            for _ in range(nodes)
        )
        self.output = nn.ParameterList(
            nn.init.kaiming_normal_(torch.empty(channels, channels, 1, 1)) for _ in range(nodes)
        )
        self.norm = batch_norm(channels, affine)

    def forward(self, graph, values):
        """`graph`: for every node its two inputs and two operations; `values`: the two inputs, None where not used."""
        values = [None if value is None else prepare(value) for prepare, value in zip(self.prepare, values)]
        used = {source for sources, _ in graph for source in sources}
        for candidates, (sources, choices) in zip(self.candidates, graph):
            a, b = (
                side[choice](values[source], 2 if self.reduction and source < 2 else 1)
                for side, source, choice in zip(candidates, sources, choices)
            )
            values.append(a + b)
        loose = [node for node in range(len(graph)) if node + 2 not in used]
        joined = F.relu(torch.cat([values[node + 2] for node in loose], 1))
        weight = torch.cat([self.output[node] for node in loose], 1)
        return self.norm(F.conv2d(joined, weight))


class Supernet(nn.Module):
    def __init__(self, settings, picture):
        super().__init__()
        count, channels = settings["cells"], settings["channels"]
        self.nodes = settings["nodes"]
        stem = channels * settings["stem_multiplier"]
        self.stem = nn.Conv2d(picture[0], stem, 3, settings["stem_stride"], padding=1, bias=False)
        self.stem_norm = batch_norm(stem, settings["affine"])
        self.cells = nn.ModuleList()
        made = [(stem, 0), (stem, 0)]  # channels, and how often halved
        halvings = 0
        for index in range(count):
            reduction = index in (count // 3, 2 * count // 3)
            if reduction:
                channels, halvings = 2 * channels, halvings + 1
            (a, a_halvings), (b, b_halvings) = made[-2:]
            self.cells.append(Cell(settings, (a, b), channels, a_halvings != b_halvings, reduction))
            made.append((channels, halvings))
        self.classifier = nn.Linear(channels, CLASSES)

    def graphs(self, architecture):
        """The graph of the normal cell and that of the reduction cell."""
        nodes = [architecture[first : first + 4] for first in range(0, len(architecture), 4)]
        nodes = [((a, b), (operation_a, operation_b)) for a, b, operation_a, operation_b in nodes]
        return nodes[: self.nodes], nodes[self.nodes :]

    def forward(self, x, architecture):
        graphs = self.graphs(architecture)
        made = {-1: self.stem_norm(self.stem(x))}
        made[-2] = made[-1]

        def output(index):
            # Asked for from the last cell backwards, so that a cell nobody takes is not run.
            if index not in made:
                cell = self.cells[index]
                graph = graphs[cell.reduction]
                used = {source for sources, _ in graph for source in sources}
                made[index] = cell(graph, [output(index + which - 2) if which in used else None for which in (0, 1)])
            return made[index]

        last = output(len(self.cells) - 1)
        return self.classifier(F.relu(last).mean((2, 3)))


class Side:
    """A supernetwork in PyTorch with its optimiser and its pictures."""

    def __init__(self, report, memory_format):
        torch.manual_seed(1)
        self.batch, self.memory_format = report["batch"], memory_format
        self.pools = report["weight_pool"], report["score_pool"]
        self.network = Supernet(report["cells"], report["picture"]).to(memory_format=memory_format)
        self.optimiser = torch.optim.SGD(self.network.parameters(), RATE, MOMENTUM, weight_decay=DECAY)
        self.pictures = [torch.rand(PICTURES, *report["picture"]) for _ in range(2)]
        self.labels = torch.arange(PICTURES) % CLASSES

    def draw(self, part):
        chosen = torch.randperm(PICTURES)[: self.batch]
        return self.pictures[part][chosen].contiguous(memory_format=self.memory_format), self.labels[chosen]

    def run(self, architecture, pictures, labels):
        logits = self.network(pictures, architecture)
        loss = F.cross_entropy(logits, labels)
        return loss, (loss.item(), (logits.argmax(1) == labels).float().mean().item())

    def train(self):
        pictures, labels = self.draw(0)
        pool = self.pools[0]
        self.optimiser.zero_grad(set_to_none=True)
        scores = []
        for architecture in pool:
            loss, score = self.run(architecture, pictures, labels)
            (loss / len(pool)).backward()
            scores.append(score)
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimiser.step()
        return scores

    @torch.no_grad()
    def score(self):
        pictures, labels = self.draw(1)
        return [self.run(architecture, pictures, labels)[1] for architecture in self.pools[1]]

    def times(self, iterations):
        milliseconds = []
        for iteration in range(WARM_UP + iterations):
            start = time.perf_counter()
            self.train()
            self.score()
            if iteration >= WARM_UP:
                milliseconds.append((time.perf_counter() - start) * 1e3)
        return milliseconds

    def parameters(self, architecture):
        """Elements of the parameters that get a gradient from this architecture."""
        pictures, labels = self.draw(0)
        self.network.zero_grad(set_to_none=True)
        self.run(architecture, pictures, labels)[0].backward()
        return sum(p.numel() for p in self.network.parameters() if p.grad is not None)


def build():
    """Builds the Rust benchmark and gives its executable."""
    command = [os.environ.get("CARGO", "cargo"), "bench", "--bench", "iteration", "--no-run", "--message-format=json"]
    root = pathlib.Path(__file__).resolve().parents[2]
    messages = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    for message in map(json.loads, messages):
        if message.get("executable") and message["target"]["name"] == "iteration":
            return message["executable"]
    raise SystemExit("cargo built no benchmark `iteration`")


def rust(executable, configuration, iterations, threads):
    command = [executable, "--bench", configuration, str(iterations), str(threads)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def check(executable, configuration, threads):
    report = rust(executable, configuration, 0, threads)
    side = Side(report, torch.channels_last)
    wrong = 0
    for pool in ("weight_pool", "score_pool"):
        for architecture, expected in zip(report[pool], report["parameters"][pool], strict=True):
            found = side.parameters(architecture)
            if found != expected:
                print(f"{configuration}: {architecture} has {found} parameters, {expected} in Isthmus")
                wrong += 1
    if wrong == 0:
        counts = report["parameters"]["weight_pool"] + report["parameters"]["score_pool"]
        print(f"{configuration}: the same parameters in all {len(counts)}, {min(counts)} to {max(counts)}")
    return wrong


def compare(executable, configuration, rounds, iterations, threads):
    milliseconds = {side: [] for side in SIDES}
    sides = None
    for turn in range(rounds):
        report = rust(executable, configuration, iterations, threads)
        if sides is None:
            sides = {"default": Side(report, torch.contiguous_format), "tuned": Side(report, torch.channels_last)}
        milliseconds["rust"] += report["milliseconds"]
        for name, side in sides.items():
            milliseconds[name] += side.times(iterations)
        print(f"\r{configuration}: round {turn + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    print("\r\033[K", end="", file=sys.stderr)
    medians = {side: statistics.median(times) for side, times in milliseconds.items()}
    return {
        "configuration": configuration,
        "medians": medians,
        "ratios": {side: medians["rust"] / medians[side] for side in SIDES[1:]},
        "milliseconds": milliseconds,
    }


def main():
    parser = argparse.ArgumentParser(description="One iteration of the supernetwork: Isthmus against eager PyTorch.")
    parser.add_argument("configurations", nargs="*", metavar="CONFIGURATION", help=f"of {', '.join(CONFIGURATIONS)}")
    parser.add_argument("--bench", metavar="EXECUTABLE", help="the Rust benchmark; without it cargo builds it")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    parser.add_argument("--iterations", type=int, default=3, help="measured iterations of a turn (default 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of PyTorch, workers of Isthmus (default 2)")
    parser.add_argument("--json", metavar="FILE", help="write every time to this file as well")
    parser.add_argument("--check", action="store_true", help="compare the numbers of parameters, measure nothing")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    chosen = options.configurations or CONFIGURATIONS
    if unknown := set(chosen) - set(CONFIGURATIONS):
        parser.error(f"no configuration {', '.join(sorted(unknown))}")
    executable = options.bench or build()
    if options.check:
        sys.exit(1 if sum(check(executable, name, options.threads) for name in chosen) else 0)
    print(f"PyTorch {torch.__version__}, {options.threads} threads; medians of {options.rounds} rounds"
          f" of {options.iterations} iterations, in ms")
    print(f"{'':8}{'Isthmus':>10}{'default':>10}{'tuned':>10}{'/default':>10}{'/tuned':>10}")
    results = []
    for name in chosen:
        result = compare(executable, name, options.rounds, options.iterations, options.threads)
        results.append(result)
        medians = "".join(f"{result['medians'][side]:10.1f}" for side in SIDES)
        ratios = "".join(f"{result['ratios'][side]:10.2f}" for side in SIDES[1:])
        print(f"{name:8}{medians}{ratios}", flush=True)
    if options.json:
        about = {"torch": torch.__version__, "threads": options.threads, "machine": platform.machine()}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({**about, "results": results}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
