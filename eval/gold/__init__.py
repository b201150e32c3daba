"""Gold questions that ship with Byline."""
