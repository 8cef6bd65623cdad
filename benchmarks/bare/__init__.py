"""The least that Django can do for each measurement: a project as `startproject` makes it."""
