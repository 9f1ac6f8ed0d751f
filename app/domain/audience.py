"""Who a message is for: the joint room or one caucus. Pure rules, no storage."""

from enum import StrEnum

from app.domain.roles import Side


class AudienceKind(StrEnum):
    """The joint room holds everybody; a caucus holds the mediator and one side; the file reaches the case's page."""

    JOINT = "joint"
    CAUCUS = "caucus"


class EventKind(StrEnum):
    """What can happen in a room; every kind is stored before it is sent."""

    MESSAGE = "message"
    ROOM_OPENED = "room_opened"
    CAUCUS_OPENED = "caucus_opened"
    EXHIBIT_RECEIVED = "exhibit_received"
    EXHIBIT_ANCHORED = "exhibit_anchored"
    SETTLEMENT_PROPOSED = "settlement_proposed"
    SETTLEMENT_SIGNED = "settlement_signed"
    SETTLEMENT_DECLINED = "settlement_declined"
    SETTLEMENT_SEALED = "settlement_sealed"
    CONFIRMATION_REQUESTED = "confirmation_requested"
    CONFIRMATION_DECIDED = "confirmation_decided"


def in_audience(kind: AudienceKind, caucus_side: Side | None, side: Side) -> bool:
    """Whether somebody on ``side`` belongs to the audience; the mediator belongs to every one."""
    if side is Side.MEDIATOR or kind is AudienceKind.JOINT:
        return True
    return caucus_side is side
