"""The files of docker/, and what the images set."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()


def image_variables(stage: str) -> dict[str, str]:
    """Return what a stage of the Dockerfile sets by ENV."""
    text = DOCKERFILE.split(f" AS {stage}\n")[1].split("\nFROM ")[0].replace("\\\n", " ")
    pairs = " ".join(re.findall(r"^ENV (.*)$", text, re.MULTILINE))
    return {name: bare or quoted for name, quoted, bare in _PAIR.findall(pairs)}


_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
