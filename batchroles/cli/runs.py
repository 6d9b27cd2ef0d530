"""`batchroles runs` and `batchroles show RUN`: what was done before."""

from pathlib import Path

import click


@click.command()
@click.option("--forget", metavar="RUN", help="Delete a run with all that it holds.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before deleting.")
def runs(forget: str | None, yes: bool) -> None:
    """List the runs in batchroles-runs, oldest first."""
    from batchroles.errors import RunError
    from batchroles.runs import Runs

    every = Runs()
    if forget is not None:
        if not yes:
            click.confirm(f"Delete {every.named(forget)} with all that it holds?", abort=True, err=True)
        click.echo(f"{every.forget(forget)} is gone.")
        return
    for entry in every.entries():
        try:
            click.echo(_line(entry.folder) if entry.is_run else f"{entry.folder.name}  {entry.told()}")
        except RunError as error:
            click.echo(f"{entry.folder.name}  {error}")


def _line(folder: Path) -> str:
    from batchroles.runs import Journal

    with Journal.open(folder) as journal:
        counts = journal.lines().by_status()
    said = ", ".join(f"{count:,} {status or 'open'}" for status, count in counts.items())
    return f"{folder.name}  {said}"


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def show(run: str, as_json: bool) -> None:
    """Print what became of the rows of RUN."""
    from batchroles.job import fresh, shown
    from batchroles.reporter import next_steps, summary_text
    from batchroles.runs import Runs

    opened, said = fresh(Runs().find(run))
    for sentence in said:
        click.echo(f"note: {sentence}", err=True)
    with opened:
        plan, summary = shown(opened)
    click.echo(summary.to_json() if as_json else summary_text(plan, summary), nl=not as_json)
    if not as_json:
        for sentence in next_steps(summary, opened.folder):
            click.echo(sentence)
