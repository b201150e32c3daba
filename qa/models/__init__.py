"""Models that ship with Byline, each beside its card."""
