"""The articles that serve when no archive is named."""
