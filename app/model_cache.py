"""Networks in memory: each is loaded once, and the least recently used leaves when there are too many."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from wam_core import Classifier


def bytes_of(net: Classifier) -> int:
    """The memory of its weights."""
    parts = (net.module, net.representation)
    tensors = (chain(part.parameters(), part.buffers()) for part in parts if part is not None)
    return sum(t.numel() * t.element_size() for t in chain.from_iterable(tensors))


@dataclass(frozen=True)
class CachedModel:
    """A network in memory, for people."""

    name: str
    bytes: int


class ModelCache:
    """Networks by name, within a budget.

    One that is dropped stays alive for as long as a job holds it.

    Args:
        budget: bytes of weights. The network asked for last is kept, however large it is.
        load: makes the network of a name.
        released: called after networks were dropped, to give device memory back.
    """

    def __init__(
        self, budget: int, load: Callable[[str], Classifier], released: Callable[[], None]
    ) -> None:
        self._budget, self._load, self._released = budget, load, released
        self._nets: OrderedDict[str, Classifier] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def take(self, name: str) -> Classifier:
        """The network of a name. Two who ask for one that is not there wait for the same loading.

        Raises:
            ModelError: it cannot be had.
        """
        with self._lock:
            if (net := self._found(name)) is not None:
                return net
            loading = self._loading.setdefault(name, threading.Lock())
        with loading:
            with self._lock:
                if (net := self._found(name)) is not None:
                    return net
            net = self._load(name)
            with self._lock:
                self._nets[name] = net
                self._loading.pop(name, None)
                gone = self._reduce()
        if gone:
            self._released()
        return net

    def has(self, name: str) -> bool:
        """Whether taking it takes no time."""
        with self._lock:
            return name in self._nets

    def kept(self) -> list[CachedModel]:
        """What is in memory, the most recently used last."""
        with self._lock:
            return [CachedModel(name, bytes_of(net)) for name, net in self._nets.items()]

    def _found(self, name: str) -> Classifier | None:
        if name in self._nets:
            self._nets.move_to_end(name)
        return self._nets.get(name)

    def _reduce(self) -> int:
        """Drop what is too much; how many."""
        sizes = {name: bytes_of(net) for name, net in self._nets.items()}
        gone = 0
        while len(self._nets) > 1 and sum(sizes[name] for name in self._nets) > self._budget:
            self._nets.popitem(last=False)
            gone += 1
        return gone
