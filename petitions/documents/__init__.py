"""What a batch contains: the letter as a PDF, the roll as CSV, and the manifest that binds them.

Pure functions from plain values to bytes: no database, no settings but the language. Only `batch`
reads what they are given, and stores what they return.
Typst, which sets the letter, is loaded with the first letter and not with this package.
"""
