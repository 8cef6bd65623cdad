"""The public signature log as pure functions: hashing, notes, checkpoints, tiles, proofs, leaves.

Nothing here knows Django, the database or a network. The formats are those of RFC 6962 and of
C2SP (signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature, tlog-proof), so that tools which
we did not write can check the log. docs/log.md describes them as we use them.
"""
