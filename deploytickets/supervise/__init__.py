"""All processes on one machine by one command: the demo. Production runs them apart (docker-compose.yml)."""
