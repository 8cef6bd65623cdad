"""Control of an SSH key, proved by `ssh-keygen -Y sign` over a statement of ours.

Nothing here knows the database or a network, and no ssh-keygen is needed to verify. The format is
OpenSSH's PROTOCOL.sshsig; keys on hardware sign as in its PROTOCOL.u2f.
"""
