"""An assistant that opens in the background, so that the page answers meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Self

from qa.assistant import Assistant
from qa.collection import Progress

_log = logging.getLogger(__name__)


class Opening:
    """Opens an assistant in a thread.

    Args:
        make: Makes the assistant; is given a function to report (done, total) passages to.
    """

    def __init__(self, make: Callable[[Progress], Assistant]) -> None:
        self._make = make
        self.assistant: Assistant | None = None
        self.done = 0
        self.total = 0
        self.error: str | None = None
        self._finished = threading.Event()

    @classmethod
    def of(cls, assistant: Assistant) -> Self:
        """One that is open already."""
        opening = cls(lambda progress: assistant)
        opening.assistant = assistant
        opening._finished.set()
        return opening

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._open, name="opening", daemon=True).start()

    def wait(self, seconds: float | None = None) -> Assistant | None:
        """The assistant, once it is open; None where that failed or took longer."""
        self._finished.wait(seconds)
        return self.assistant

    def report(self, done: int, total: int) -> None:
        """Take note of progress."""
        self.done, self.total = done, total

    def _open(self) -> None:
        try:
            self.assistant = self._make(self.report)
        except (ValueError, OSError) as error:  # What corpus and index raise is one of these.
            self.error = str(error)
            _log.error("the assistant could not be opened: %s", error)
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._finished.set()
