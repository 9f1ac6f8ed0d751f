"""`flask demo seed | links`: people and a case to try the platform with; refused outside demonstrations."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import demo as service
from app.services import demo_case


@click.group()
def demo() -> None:
    """Invented people and cases."""


@demo.command()
@with_appcontext
def seed() -> None:
    """Make the people and the demo case once; a second call changes nothing."""
    services = current_app.extensions["hezheng"]
    service.require_demo(services)
    with services.work() as work:
        for person in service.PEOPLE:
            service.ensure_person(work, person)
        demo_case.ensure(work)
    click.echo("demo people and case are there")


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@with_appcontext
def links(as_json: bool) -> None:
    """One sign-in link per role."""
    services = current_app.extensions["hezheng"]
    service.require_demo(services)
    found = {
        person.key: f"{services.settings.public_url}/demo/{person.key}/{service.link_token(services, person.key)}"
        for person in service.PEOPLE
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    for key, link in found.items():
        click.echo(f"{key:<12} {link}")
