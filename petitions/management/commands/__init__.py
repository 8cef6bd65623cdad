"""The site's commands, for an operator at a terminal."""
