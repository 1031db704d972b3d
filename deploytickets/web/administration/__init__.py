"""The pages of those who configure: servers, environments, applications, placements, people."""
