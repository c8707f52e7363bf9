"""What is built for AWS: the layers and the bundle that a training job takes along."""
