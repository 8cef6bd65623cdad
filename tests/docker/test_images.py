"""Compose file, Dockerfile and settings: what can be checked of them without an engine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.docker.parts import DOCKER, DOCKERFILE, ROOT, image_variables

COMPOSE = (DOCKER / "compose.yaml").read_text()
EXAMPLE = (DOCKER / "env.example").read_text()
MANUAL = (ROOT / "docs/operating.md").read_text()


def run_tool(name: str, *arguments: str) -> tuple[int, str]:
    """Run a program of the tests' own environment."""
    program = Path(sys.executable).parent / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def settings_read() -> dict[str, str | None]:
    """Return the names that settings.py reads, each with its default; None where it has none."""
    found: dict[str, str | None] = {}
    for node in ast.walk(ast.parse((ROOT / "petitions/settings.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("env"), attr="required"),
                args=[ast.Constant(str(name)), *_],
            ):
                found[name] = None
            case ast.Call(
                func=ast.Attribute(value=ast.Name("env"), attr="optional"),
                args=[ast.Constant(str(name)), _, default, *_],
            ):
                found[name] = str(default.value) if isinstance(default, ast.Constant) else "?"
    return found


def required_settings() -> set[str]:
    return {name for name, default in settings_read().items() if default is None}


def example_settings() -> dict[str, str]:
    """Return the names of env.example with their values, those in comments too."""
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def compose_variables() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))


def test_compose_file_follows_the_specification() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    status, said = run_tool("check-jsonschema", *schema, str(DOCKER / "compose.yaml"))
    assert status == 0, said


def test_dockerfile_has_no_findings() -> None:
    status, said = run_tool("hadolint", "--no-color", str(DOCKER / "Dockerfile"))
    assert (status, said) == (0, "")


def test_env_example_holds_every_setting_and_nothing_else() -> None:
    assert set(example_settings()) == set(settings_read()) | compose_variables()


def test_env_example_shows_the_true_defaults() -> None:
    defaults = {name: default for name, default in settings_read().items() if default != "?"}
    set_by_us = {"TRUSTED_PROXIES", "DATABASE_URL", "REDIS_URL"}
    shown = {name: value for name, value in example_settings().items() if name in defaults}
    assert {name: value for name, value in shown.items() if name not in set_by_us} == {
        name: default or "" for name, default in defaults.items() if name not in set_by_us
    }


def test_manual_explains_every_setting() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)`", MANUAL, re.MULTILINE)) == set(example_settings())


def test_compose_file_gives_the_application_every_setting() -> None:
    given = set(yaml.safe_load(COMPOSE)["services"]["web"]["environment"])
    given |= set(image_variables("application"))
    assert set(settings_read()) - given == set()


def test_compose_file_stops_where_a_required_setting_is_missing() -> None:
    refused = set(re.findall(r"\$\{([A-Z_]+):\?is not set, see env.example\}", COMPOSE))
    has_a_server = {"DATABASE_URL", "REDIS_URL"}
    assert refused == required_settings() - has_a_server | {"POSTGRES_PASSWORD"}


def test_build_has_every_required_setting() -> None:
    given = set(re.findall(r"^(?:RUN| +) ?([A-Z_]+)=", DOCKERFILE, re.MULTILINE))
    assert required_settings() - given == set()


def test_only_nginx_publishes_a_port() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]


def test_worker_may_finish_its_longest_task() -> None:
    from petitions.celery import app

    grace = yaml.safe_load(COMPOSE)["services"]["worker"]["stop_grace_period"]
    assert int(grace.removesuffix("m")) * 60 > app.conf.task_time_limit


def test_images_bring_the_uv_that_everything_else_uses() -> None:
    here = re.search(r"^UV_VERSION=(\S+)$", (ROOT / "local/bootstrap.sh").read_text(), re.MULTILINE)
    assert here
    assert f"uv=={here[1]}\n" in DOCKERFILE
