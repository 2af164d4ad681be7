"""`memnet plan`: the network that reaches most in the time that there is."""

from typing import Annotated

import typer

EXPERIMENT = """\
  memnet-sr:
    task: super_resolution
    network: {network}
    training_set: sr-train291
    recipe: {recipe}
    learning_rate: {learning_rate:g}
    budget: {{operations: {operations:.3g}}}
    validate_every: {validate_every}
    seed: 0"""
VALIDATIONS = 20  # in a training


def plan(
    hours: Annotated[float, typer.Option(help="How long the training may last.", min=0.01)],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Advise a network for a training of super-resolution on this machine.

    Every MemNet of docs/frontier.md is timed here for a few steps. The advice is the one that
    gained most there with the operations that this machine does in that time.
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
    plans = {name: params.plan(point.method) for name, point in networks.items()}
    spent: dict[str, float] = {}
    with progress("plan") as show:
        for index, name in enumerate(networks):
            show(index, len(networks), networks[name].name)
            spent[name] = 3600 * hours * step_rate(plans[name], target)
    for name, operations in spent.items():
        rate = operations / 3600 / hours / 1e9
        typer.echo(f"{networks[name].name}: {rate:.0f} GFLOP/s, {operations:.2g} in {hours:g} h")
    best, gain = advised(points, spent)
    chosen, operations = plans[best.network], spent[best.network]
    steps = operations / step_operations(chosen.network, chosen.recipe)
    typer.echo(
        f"\nTake {best.name}, for about {steps:,.0f} steps. The frontier lets expect a gain of "
        f"{gain:.2f} dB on the held-out images; its longest training of this network took "
        f"{best.operations:.2g} operations.\nAs an experiment of a profile:\n"
    )
    every = max(1, round(steps / VALIDATIONS))
    settings = chosen.experiment.model_dump() | {"operations": operations, "validate_every": every}
    typer.echo(EXPERIMENT.format_map(settings))
