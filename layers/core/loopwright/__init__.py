"""Loopwright: a serverless MLOps loop for tabular models on AWS."""
