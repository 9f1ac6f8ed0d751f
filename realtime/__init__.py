"""Delivery to people in open rooms over Socket.IO: parse, call a service, acknowledge. No rules."""
