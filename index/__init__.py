"""What is known: articles, their passages, and how passages are found."""
