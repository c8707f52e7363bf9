"""How a command ends when it cannot do what it was asked, and the exit codes.

| code | meaning |
|---|---|
| 0 | done |
| 1 | it could not be done: the message says why and what to do |
| 2 | the command line is wrong |
| 3 | a gate or a person said no: the run ended without a new champion |
"""

EXIT_FAILED = 1
EXIT_REFUSED = 3


class CommandError(Exception):
    """A command cannot be done; the message is for the person who typed it."""
