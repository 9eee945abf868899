"""How dates and times are written, for all languages of the console."""
