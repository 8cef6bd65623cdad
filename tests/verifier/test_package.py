"""The command can be installed by itself from the repository."""

import tomllib
from importlib import import_module
from pathlib import Path

import verifier

FOLDER = Path(verifier.__file__).parent


def test_package_brings_all_that_the_command_imports() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {(FOLDER / path).resolve(): name for path, name in included.items()} == {
        FOLDER: "verifier",
        FOLDER.parent / "petitions/__init__.py": "petitions/__init__.py",
        FOLDER.parent / "petitions/log": "petitions/log",
    }
    module, _, function = project["project"]["scripts"]["undersigned-verify"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_package_wants_what_the_server_wants_of_cryptography() -> None:
    server = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())["project"]
    command = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    assert set(command["dependencies"]) < set(server["dependencies"])
    assert command["version"] == server["version"]
    assert command["requires-python"] == server["requires-python"]
