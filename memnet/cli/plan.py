"""`memnet plan`: the network that reaches most in the time that there is."""

from typing import Annotated

import typer

EXPERIMENT = """\
  memnet-sr:
    task: super_resolution
    network: {network}
    training_set: {training_set}
    recipe: {recipe}
    learning_rate: {learning_rate:g}
    budget: {{operations: {operations:.3g}}}
    validate_every: {validate_every}
    seed: 0"""
VALIDATIONS = 5  # in a training; one of a large network takes as long as many steps


def plan(
    hours: Annotated[
        float, typer.Option(help="How long the training may last.", min=0.01, max=10_000)
    ],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Advise a network for a training of super-resolution on this machine.

    Every MemNet of docs/frontier.md is timed here for a few steps. The advice is the one that
    gained most there with the operations that this machine does in that time.

    Example: memnet plan --hours 3
    """
    from memnet.bench.train import step_rate
    from memnet.errors import InputError
    from memnet.params.composing import params_of
    from memnet.progress import progress
    from memnet.results.frontier import FRONTIER, advised, read_frontier
    from memnet.seeding import choose_device
    from memnet.training.cost import step_operations

    points = [point for point in read_frontier() if point.kind == "memnet"]
    if not points:
        raise InputError(f"{FRONTIER} holds no network yet: profile `frontier` makes it")
    networks = {point.network: point for point in points}
    params, target = params_of("frontier"), choose_device(device)
    if gone := [point.method for point in points if point.method not in params.experiments]:
        raise InputError(
            f"{FRONTIER} has {gone[0]}, which params/frontier.yaml lacks: run profile `frontier`"
        )
    plans = {name: params.plan(point.method) for name, point in networks.items()}
    spent: dict[str, float] = {}
    with progress("plan") as show:
        for index, name in enumerate(networks):
            show(index, len(networks), networks[name].name)
            spent[name] = 3600 * hours * step_rate(plans[name], target)
    for name, operations in spent.items():
        rate = operations / 3600 / hours / 1e9
        typer.echo(f"{networks[name].name}: {rate:.0f} GFLOP/s, {operations / 1e12:,.3g} TFLOP")
    best, gain = advised(points, spent)
    chosen, operations = params.plan(best.method), spent[best.network]
    sizes = [step_operations(size, chosen.recipe) for size in chosen.sizes]
    steps = sum(operations / len(sizes) / cost for cost in sizes)
    typer.echo(
        f"\nTake {best.name}: about {steps:,.0f} steps, and a gain of about {gain:.2f} dB over the "
        "degraded input. Validation comes on top.\n"
        "Paste this under experiments of params/frontier.yaml, which has its network and recipe:\n"
    )
    every = max(1, round(steps / VALIDATIONS))
    settings = chosen.experiment.model_dump() | {"operations": operations, "validate_every": every}
    typer.echo(EXPERIMENT.format_map(settings))
