"""What runs inside a training job, on Python 3.12."""

import os

# Set before scikit-learn loads OpenMP: its threads then sleep while they wait, which on a shared
# or overcommitted machine is several times faster than spinning.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, str(os.cpu_count() or 1))
