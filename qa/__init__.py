"""How a question is answered: passages are read, and the exact words that answer it are marked."""
