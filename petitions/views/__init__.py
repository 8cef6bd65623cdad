"""What the site answers, a file for each thing that a person meets."""
