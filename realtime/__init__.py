"""Socket.IO entrance: parse, call a service with the actor, acknowledge."""
