"""`flask timestamps`: which authorities are asked, and what about their lines somebody should look after."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import renewals
from app.services.context import Services
from evidence.strict import instant_text

MEANINGS = {
    renewals.Concern.LAPSED: "lapsed, cannot be renewed any more",
    renewals.Concern.LAPSES_SOON: "lapses soon and is not renewed",
    renewals.Concern.SILENT: "has not answered",
    renewals.Concern.REVOCATION_MISSING: (
        "revocation data cannot be had (the authority does not answer, or its list is over 256 KiB and not kept)"
    ),
}


@click.command("timestamps")
@with_appcontext
def timestamps() -> None:
    """Name the authorities and every line that lapses, has lapsed or waits; exit code 1 when there is one."""
    services: Services = current_app.extensions["hezheng"]
    for one in services.network.authorities:
        click.echo(f"{one.name}: {one.url or 'believed, not asked'}")
    with services.reading() as work:
        found = renewals.warnings(work)
    for warning in found:
        click.echo(
            f"{warning.line}: {MEANINGS[warning.concern]}: {warning.batches} batches from {warning.first_batch} on, "
            f"{instant_text(warning.at)}{f' ({warning.failure})' if warning.failure else ''}"
        )
    if found:
        raise SystemExit(1)
    click.echo("nothing lapses, nothing waits")
