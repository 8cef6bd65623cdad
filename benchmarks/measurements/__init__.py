"""One measurement per file, in the order of the table. Import them after django.setup()."""

from collections.abc import Callable, Iterator

from benchmarks.result import Result
from local.stack import Stack

from . import front, growth, mail, memory, page, sequence, sign, statements

#: Growth comes first: it looks at the database while there are few signatures in it.
MEASUREMENTS: dict[str, Callable[[Stack], Iterator[Result]]] = {
    "growth": growth.measure,
    "page": page.measure,
    "front": front.measure,
    "sign": sign.measure,
    "statements": statements.measure,
    "mail": mail.measure,
    "sequence": sequence.measure,
    "memory": memory.measure,
}
