"""`flask account add`: accounts of mediators, judges, notaries and the office, who are not invited by a case."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.domain.roles import SYSTEM, Office
from app.services import accounts, audit


@click.group()
def account() -> None:
    """Accounts of those who hold an office."""


@account.command()
@click.option("--name", required=True, help="The person's name.")
@click.option("--contact", required=True, help="E-mail address or phone number that sign-in codes go to.")
@click.option("--unit", default="", help="Court, notary office or mediation organisation.")
@click.option("--office", "office", type=click.Choice([o.value for o in Office]), required=True)
@with_appcontext
def add(name: str, contact: str, unit: str, office: str) -> None:
    """Add an account, or give an existing one the office."""
    try:
        with current_app.extensions["hezheng"].work() as work:
            made = accounts.ensure(work, name, contact, unit, (Office(office),))
            audit.record(work, SYSTEM, "add_account", account=made.id, office=office)
    except DomainError as error:
        raise click.ClickException(f"{error.kind.value}: {error.detail}") from error
    click.echo(f"{name} holds the office {office} and signs in with {contact}")
