"""`memnet bench`: how fast things are, measured side by side on this machine."""

import typer

from memnet.cli.bench import growth, imaging, pipeline, restore, train

app = typer.Typer(help="Measure speed side by side on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure speed side by side on this machine; leave it alone meanwhile."""


app.command()(train.train)
app.command()(restore.restore)
app.command()(imaging.imaging)
app.command()(pipeline.pipeline)
app.command()(growth.growth)
