"""How the shipped reader is made, and how to fit one to your own gold questions."""
