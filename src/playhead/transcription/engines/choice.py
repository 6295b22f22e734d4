"""The engines of the models that people may choose, of which one at a time has its model in memory."""

from collections.abc import Callable, Iterable

from playhead.transcription.engines.port import Engine, UnknownModel


class Engines:
    """One engine for each model. Not thread-safe; a worker process holds one.

    Args:
        names: of the models, the usual one first.
        make: makes the engine of a name, without loading the model.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], Engine]) -> None:
        self._engines = {name: make(name) for name in names}

    @property
    def usual(self) -> Engine:
        """That of the first model."""
        return next(iter(self._engines.values()))

    def choose(self, name: str | None) -> Engine:
        """The engine of a model, None for the usual one; the others free their memory.

        Raises:
            UnknownModel: the model is not among those that are offered any more.
        """
        chosen = self.usual if name is None else self._engines.get(name)
        if chosen is None:
            offered = ", ".join(self._engines)
            raise UnknownModel(
                f"The model {name} is not offered here any more: transcribe it again with another one ({offered})."
            )
        for other in self._engines.values():
            if other is not chosen:
                other.unload()
        return chosen
