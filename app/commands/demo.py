"""`flask demo seed | links`: people and a case to try the platform with; refused outside demonstrations."""

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services import demo as service
from app.services import demo_case, demo_table


@click.group()
def demo() -> None:
    """Invented people and cases."""


SAMPLES = Path(__file__).parents[2] / "scripts" / "samples" / "files"


@demo.command()
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SAMPLES,
    help="Folder with the sample exhibits.",
)
@with_appcontext
def seed(files: Path) -> None:
    """Make the people and the demo cases once; a second call changes nothing."""
    services = current_app.extensions["hezheng"]
    service.require_demo(services)
    with services.work() as work:
        for person in service.PEOPLE:
            service.ensure_person(work, person)
        demo_case.ensure(work)
    demo_table.ensure(services, files)
    click.echo("demo people and cases are there")


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
