"""A machine that is busy with other things is no reason to fail."""

from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
