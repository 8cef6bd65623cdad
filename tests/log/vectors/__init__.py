"""Public test vectors; README.md says where each is from."""

from pathlib import Path

MERKLE = Path(__file__).parent / "merkle"
TESSERA = Path(__file__).parent / "tessera"
