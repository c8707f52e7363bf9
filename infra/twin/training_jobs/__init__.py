"""SageMaker training jobs that really run, with the files and limits of a container."""
