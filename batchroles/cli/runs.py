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
        folder = every.find(forget)
        if not yes:
            click.confirm(f"Delete {folder} with all that it holds?", abort=True, err=True)
        click.echo(f"{every.forget(forget)} is gone.")
        return
    for folder in every.all():
        try:
            click.echo(_line(folder))
        except RunError as error:
            click.echo(f"{folder.name}  {error}")


def _line(folder: Path) -> str:
    from batchroles.journal import Journal

    with Journal.open(folder) as journal:
        status = journal.lines()["status"]
    counts = status.astype(object).fillna("open").value_counts(sort=False)
    said = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return f"{folder.name}  {said}"


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def show(run: str, as_json: bool) -> None:
    """Print what became of the rows of RUN."""
    from batchroles.errors import TemporaryFailure
    from batchroles.job import Run, complete, summary_of
    from batchroles.reporter import Files, summary_text
    from batchroles.runs import Runs

    with Run.look(Runs().find(run)) as opened:
        reported = Files.inside(opened.folder).summary.is_file()
        plan = complete(opened) if reported else opened.now()
        summary = summary_of(opened, plan, folder=opened.folder if reported else None)
    click.echo(summary.to_json() if as_json else summary_text(plan, summary), nl=not as_json)
    if not as_json and (summary.tally.pending or summary.exit_code == TemporaryFailure.exit_code):
        click.echo(f"batchroles apply {opened.folder} goes on with it")
