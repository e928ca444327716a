"""Programs that are timed run by run."""

import time


class Timed:
    """A program without what must be done, untimed, before each run."""

    def __init__(self, before, run):
        self.before, self.run = before, run

    def __call__(self):
        return self.run(self.before())

    def seconds(self):
        prepared = self.before()
        begin = time.perf_counter()
        self.run(prepared)
        return time.perf_counter() - begin
