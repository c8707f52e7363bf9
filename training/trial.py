"""One trial of a tuning job: fit a design with the settings that it was given, and print its worth.

SageMaker starts it by the toolkit of its image, as a program of the unpacked bundle. It leaves no
model: the training job fits the best settings again, beside the usual ones.
"""

import os
import sys
from pathlib import Path


def main() -> int:
    """Print `objective=...` for the metric that the project is judged by; return the exit code."""
    # The toolkit runs a file: its own folder comes first, and holds modules, not packages.
    sys.path[:] = [place for place in sys.path if Path(place) != Path(__file__).parent]
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from training.errors import TrainingError
    from training.inputs import JobFolder
    from training.job import fail, say
    from training.search import objective

    folder = JobFolder(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))
    try:
        say(f"objective={objective(folder):.12g}")
    except TrainingError as error:
        return fail(folder, f"{type(error).__name__}: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
