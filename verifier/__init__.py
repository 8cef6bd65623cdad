"""Checks the public log, and what was made from it, without the server or anything of it.

Only the standard library, `cryptography` and the pure functions of `petitions.log` are needed.
Each command ends in an Outcome; docs/log.md says how to use them.
"""
