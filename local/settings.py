"""What is made once for a data folder and kept there: keys, passwords, ports."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from .trouble import Trouble


class Settings:
    """Named texts in a JSON file that its owner alone can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values = self._read()

    def get(self, name: str, default: str = "") -> str:
        """Return the kept value, or the default."""
        return self._values.get(name, default)

    def put(self, name: str, value: str) -> None:
        """Keep the value, over an earlier one."""
        if self._values.get(name) != value:
            self._values[name] = value
            self._write()

    def once(self, name: str, make: Callable[[], str]) -> str:
        """Return the kept value, which is made when it's asked for first."""
        if name not in self._values:
            self.put(name, make())
        return self._values[name]

    def _read(self) -> dict[str, str]:
        try:
            values = json.loads(self.path.read_text())
            return {str(name): str(value) for name, value in values.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError) as error:
            raise Trouble(
                f"{self.path} isn't readable ({error}): restore it, or move {self.path.parent} away."
            ) from None

    def _write(self) -> None:
        """Write all or nothing: a lost key makes the data beside it worthless."""
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            json.dump(self._values, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
