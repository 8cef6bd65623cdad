"""The public signature log as pure functions: hashing, notes, checkpoints, leaves.

Nothing here knows Django, the database or a network. The formats are those of RFC 6962 and of
C2SP (signed-note, tlog-checkpoint), so that tools which we did not write can check the log.
"""
