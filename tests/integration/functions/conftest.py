"""Fixtures of the functions: moto in this process."""

from tests.integration.moto_store import aws

__all__ = ["aws"]
