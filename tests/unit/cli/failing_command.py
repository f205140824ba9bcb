"""A command that fails as a command may; `failure` is what it raises."""

import click

failure: BaseException = ZeroDivisionError("nothing to divide by")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def command(*, as_json: bool) -> None:
    raise failure
