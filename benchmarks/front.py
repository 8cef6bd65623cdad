"""nginx as it is shipped, and nginx with nothing but a file."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from local import CHECKOUT
from local.ports import HOST, accepts, next_free
from local.process import Process
from local.stack import Stack
from local.trouble import Trouble

SHIPPED = CHECKOUT / "docker/nginx/nginx.conf.template"
BARE = Path(__file__).with_name("bare") / "nginx.conf.template"
_NGINXS_OWN = {"server", "date", "content-type", "content-length", "connection", "etag"}


class Nginx(Process):
    """nginx in the foreground, with all that it writes in a folder."""

    def __init__(self, name: str, folder: Path, template: Path, values: Mapping[str, str]) -> None:
        self.port = next_free(0)
        self.configuration = folder / "nginx.conf"
        self._template = template
        own = {"NGINX_LISTEN": f"{HOST}:{self.port}", "NGINX_FOLDER": str(folder)}
        self._values = {**values, **own}
        command = [_program(), "-e", "stderr", "-c", str(self.configuration)]
        # Started by root it would become a user who can't enter the folder.
        command += ["-g", "user root;"] if os.geteuid() == 0 else []
        super().__init__(
            name, command, log_path=folder / "nginx.log", environment={}, directory=folder
        )

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration."""
        super().prepare()
        self.configuration.write_text(_filled(self._template, self._values))

    def answers(self) -> bool:
        """Whether it listens."""
        return accepts(self.port)


def shipped(stack: Stack) -> Nginx:
    """Return the nginx of docker/ before the stack's web."""
    folder = stack.data / "nginx"
    values = {
        "NGINX_UPSTREAM": f"{HOST}:{stack.web.port}",
        "NGINX_RESOLVER": HOST,
        "NGINX_STATIC_ROOT": stack.settings["STATIC_ROOT"],
        "NGINX_PAGES": str(SHIPPED.with_name("pages")),
        "NGINX_TRUSTED_PROXY": f"{HOST}/32",
        "NGINX_POSTS_PER_SECOND": "20",
        "NGINX_ACCESS_LOG": str(folder / "access.log"),
    }
    return Nginx("nginx", folder, SHIPPED, values)


def bare(stack: Stack, page: bytes, headers: Mapping[str, str]) -> Nginx:
    """Return an nginx that knows these bytes as its only file, `page.html`.

    It sends those of the headers that it does not make itself.
    """
    kept = [
        f"add_header {name} {json.dumps(headers[name])};" for name in set(headers) - _NGINXS_OWN
    ]
    folder = stack.data / "bare-nginx"
    folder.mkdir()
    (folder / "page.html").write_bytes(page)
    return Nginx("bare nginx", folder, BARE, {"NGINX_HEADERS": " ".join(kept)})


def _program() -> str:
    found = shutil.which("nginx")
    if found is None:
        raise Trouble("nginx isn't installed.")
    return found


def _filled(template: Path, values: Mapping[str, str]) -> str:
    """Return a template with its variables replaced, as the image's envsubst does."""
    return re.sub(r"\$\{(NGINX_\w+)\}", lambda name: values[name[1]], template.read_text())
