"""`flask witnesses list | grant | revoke`: the offices of the outside witnesses that the network file names."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import witnesses as service
from app.services.context import Services
from evidence.errors import EvidenceError
from evidence.records import witness_word
from evidence.strict import instant_text, to_hex


def _services() -> Services:
    services: Services = current_app.extensions["hezheng"]
    return services


@click.group()
def witnesses() -> None:
    """Courts, notary offices and associations that co-sign heads."""


@witnesses.command("list")
@with_appcontext
def list_() -> None:
    """Each witness with its office on the chain, its last co-signature and its silence."""
    services = _services()
    try:
        granted = [service.in_office(services, one) for one in services.network.witnesses]
    except EvidenceError as error:
        raise click.ClickException(str(error)) from error
    with services.reading() as work:
        for one, on_chain in zip(service.standing(work), granted, strict=True):
            last = "-" if one.last_at is None else f"{one.last_batch} {instant_text(one.last_at)}"
            silent = "-" if one.silent_since is None else instant_text(one.silent_since)
            click.echo(
                f"{one.name}\n  {one.office} {to_hex(one.signer)}\n"
                f"  on chain: {'yes' if on_chain else 'no'}   last: {last}   behind: {one.behind}   silent since: {silent}"
            )


@witnesses.command()
@with_appcontext
def grant() -> None:
    """Write the terms of the network file onto the chain where they are not there yet. Needs the admin key."""
    try:
        written = service.grant_offices(_services())
    except EvidenceError as error:
        raise click.ClickException(str(error)) from error
    for one in written:
        click.echo(f"{one.name} holds the office of a witness ({witness_word(one.office)})")
    if not written:
        click.echo("every witness holds its office")


@witnesses.command()
@click.argument("name")
@with_appcontext
def revoke(name: str) -> None:
    """End a witness's office now. Take it out of the network file too, or the next grant gives it again."""
    try:
        one = service.revoke_office(_services(), name)
    except EvidenceError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{one.name} holds no office any more")
