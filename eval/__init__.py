"""How good the answers are, measured on gold question-answer pairs."""
