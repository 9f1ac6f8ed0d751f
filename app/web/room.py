"""The page of a case's room; everything live in it goes over the socket (see ``realtime``)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.domain.permissions import Permission
from app.services import access, exhibits
from app.services import room as service
from app.web.access import allow, current_actor
from app.web.context import services
from app.web.exhibits import unfinished_of

blueprint = Blueprint("room", __name__)


@blueprint.get("/cases/<number>/room")
@allow(Permission.ENTER_ROOM)
def show(number: str) -> ResponseReturnValue:
    """The room, for those who have a seat in it; 409 before it is open."""
    with services().reading() as work:
        seat = service.enter(work, current_actor(), number)
        entry = access.in_case(work, current_actor(), number, Permission.ENTER_ROOM)
        folder = exhibits.folder(work, current_actor(), number)
        return render_template(
            "room/show.html", case=entry.case, seat=seat, folder=folder, unfinished=unfinished_of(folder)
        )
