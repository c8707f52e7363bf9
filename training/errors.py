"""Why a training job fails. Each message is one line: the cause, and what to do.

TrainingError
├── JobInputError               the job was given a wrong or incomplete input
├── ScriptError                 the user's script crashed or returned something else than a model
├── GivenModelError             a model that was brought, or exported by a script, does not fit
├── HostsError                  the hosts of a job could not fit one model together
├── UnsupportedEstimatorError   there is no way to export this estimator
└── ParityError                 the exported model does not answer as the estimator does
"""


class TrainingError(Exception):
    """Every failure of a training job that has a known cause."""


class JobInputError(TrainingError):
    """The job was given a wrong or incomplete input; the message names the file or the column."""


class ScriptError(TrainingError):
    """The user's script crashed, or returned something else than a fitted model."""


class GivenModelError(TrainingError):
    """A model that was brought does not fit the spec or the data; the message says what differs."""


class HostsError(TrainingError):
    """The hosts of a job lost each other; the message says which, and where to look."""


class UnsupportedEstimatorError(TrainingError):
    """There is no way to export this estimator; the message lists those that there are."""


class ParityError(TrainingError):
    """The exported model does not answer as the estimator does; the message names the worst row."""
