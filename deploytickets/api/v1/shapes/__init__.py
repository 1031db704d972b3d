"""The shapes of bodies: `asked` of requests, the others of answers."""
