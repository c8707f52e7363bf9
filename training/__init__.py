"""What runs inside a training job, on Python 3.12."""
