"""`batchroles guide NAME`: the guides that are installed with the program."""

import click


def complete_name(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the guides' names to the shell."""
    from batchroles.guide import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


@click.command(short_help="List the guides, or show one.")
@click.argument("name", required=False, shell_complete=complete_name)
def guide(name: str | None) -> None:
    """Show the guide NAME (Markdown); without a name, list the guides."""
    from batchroles import guide as guides

    if name is not None:
        click.echo_via_pager(guides.guide(name).rstrip("\n"))
        return
    width = max(map(len, guides.NAMES))
    for one in guides.NAMES:
        click.echo(f"{one:{width}}  {guides.subject(one)}")
