"""`flask retention due`: closed cases whose retention period is over. Erasing is for two people of the office."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import retention as service
from app.services.context import Services


@click.group()
def retention() -> None:
    """How long cases are kept."""


@retention.command()
@with_appcontext
def due() -> None:
    """List what is due. Nothing is erased by this; a case under legal hold is marked."""
    services: Services = current_app.extensions["hezheng"]
    with services.reading() as work:
        found = service.due(work)
        without = [one for one in service.closed_cases(work) if one.rule is None]
        for one in found:
            held = ", LEGAL HOLD" if one.held else ""
            click.echo(
                f"{one.case.number}: closed {one.closed_on}, kept until {one.until} "
                f"({one.rule.years} years: {one.rule.source}), {one.exhibits} exhibits{held}"
            )
        for one in without:
            click.echo(
                f"{one.case.number}: closed {one.closed_on}, no rule in force, {one.exhibits} exhibits"
            )
    if not found and not without:
        click.echo("nothing is due")
