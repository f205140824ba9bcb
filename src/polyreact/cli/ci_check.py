"""`polyreact ci check`: one pull request, checked without secrets."""

from __future__ import annotations

from pathlib import Path

import click

from polyreact.ci.check import CheckRequest, check_pull_request
from polyreact.ci.comment import render_check
from polyreact.ci.context import Context, is_login, is_sha, read_login, read_sha, write_summary
from polyreact.ci.owners import read_owners
from polyreact.ci.report import find_who_brought
from polyreact.ci.report_document import ClaimRecord, write_report
from polyreact.cli.ci_surroundings import (
    load_context,
    load_remote,
    open_forge,
    owners_option,
    remote_option,
    report_option,
    repository_option,
)
from polyreact.cli.surroundings import Terminal, engine_option, load_engine, load_settings
from polyreact.errors import BadEvent, WrongCommandLine


@click.command("check")
@click.option("--head", metavar="COMMIT", help="The pull request's newest commit. [default: what Actions says]")
@click.option("--author", metavar="LOGIN", help="Who opened it. [default: what Actions says]")
@repository_option
@remote_option
@owners_option
@report_option
@engine_option
def command(
    head: str | None,
    author: str | None,
    repository: str | None,
    remote: str | None,
    owners_file: Path,
    report_folder: Path,
    engine_name: str | None,
) -> None:
    """Check a pull request: its one manifest, its author, its image, and a run on the public demo track.

    Where the manifest says `independent: true` and the run took at most a minute, seven more show whether it is.

    Needs no secret. Nothing of the pull request is checked out. What was found is in the folder of the report.

    Exit status 0: it would be accepted, or brings no submission; 3: it would not; 4: it could not be told.
    """
    terminal, settings, context = Terminal(), load_settings(), load_context(repository)
    request = _load_request(context, head, author, remote, owners_file)
    with terminal.live("checking"):
        checked = check_pull_request(
            request, lambda: load_engine(engine_name, settings), settings, terminal.say, terminal.tick
        )
    write_report(report_folder, checked.report, checked.log)
    if not checked.report.is_submission:
        click.echo("PASS  nothing in submissions/ is touched: there is no submission to check")
        return
    for line in checked.log.splitlines():
        terminal.say(f"  | {line}")
    pages = f"{context.server_url}/{context.repository}/blob/{context.sha or 'main'}"
    write_summary(
        context,
        render_check(
            checked.report.checks, checked.report, checked.log, head_sha=request.head_sha, pages=pages, run=None
        ),
    )
    for check in checked.report.checks:
        click.echo(f"{check.step:<10} {check.outcome}{f'  {check.code}' if check.code else ''}")
    if checked.error is not None:
        raise checked.error
    if checked.report.independence is not None:
        click.echo(_describe_claim(checked.report.independence))
    click.echo(f"PASS  commit {request.head_sha[:12]} would be accepted, after {checked.report.wall_s:.0f} s")


def _load_request(
    context: Context, head: str | None, author: str | None, remote: str | None, owners_file: Path
) -> CheckRequest:
    if head is not None and not is_sha(head):
        raise WrongCommandLine(
            f"--head is {head!r:.60}; expected 40 hexadecimal digits", cure="git rev-parse prints them."
        )
    if author is not None and not is_login(author):
        raise WrongCommandLine(f"--author is {author!r:.60}, which is no login")
    if not context.event and (head is None or author is None):
        raise BadEvent(
            "nothing says which pull request to check",
            consequence="Nothing was checked.",
            cure="In a workflow, GITHUB_EVENT_PATH does. On a laptop, give --head and --author.",
        )
    author = author or read_login(context, "pull_request", "user", "login")

    def who_brought(path: str) -> str | None:
        # without a repository there is nobody to ask; `ci report` asks
        return find_who_brought(open_forge(context), path) if context.repository else author

    return CheckRequest(
        remote=load_remote(remote),
        head_sha=head or read_sha(context, "pull_request", "head", "sha"),
        author=author,
        owners=read_owners(owners_file),
        find_who_brought=who_brought,
        token=context.token,
        server_url=context.server_url,
        network=context.network,
    )


def _describe_claim(claim: ClaimRecord) -> str:
    """What was found of `independent: true`, in a line beside the steps."""
    if claim.holds is None:
        return "claim      independent: not looked at"
    return f"claim      independent: {'holds' if claim.holds else f'does not hold  {claim.code}'}"
