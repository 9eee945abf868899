"""`manage.py doctor`: what is fine and what is not, in words. Each probe has a deadline."""
