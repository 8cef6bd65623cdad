"""A stand-in for GitHub on this machine: OAuth and the part of the REST API that the site asks.

It speaks as GitHub documents it, for a few people who don't exist. Tests make the world that they
need and the troubles that they want; `make up` runs it where no OAuth app is configured.

- https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
- https://docs.github.com/en/rest?apiVersion=2022-11-28
"""

from .server import CLIENT_ID, GitHub

__all__ = ["CLIENT_ID", "GitHub"]
