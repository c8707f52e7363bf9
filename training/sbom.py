"""The libraries that this process can import, as a software bill of materials."""

import platform
import re
from importlib import metadata

from loopwright.domain.package import Component, Sbom


def sbom() -> Sbom:
    """List every installed distribution once, and Python itself, sorted by name."""
    found = {_canonical(one.metadata["Name"]): one.version for one in metadata.distributions()}
    libraries = [
        Component(name=name, version=version, purl=f"pkg:pypi/{name}@{version}")
        for name, version in sorted(found.items())
    ]
    python = platform.python_version()
    interpreter = Component(name="python", version=python, purl=f"pkg:generic/python@{python}")
    return Sbom(components=(*libraries, interpreter))


def _canonical(name: str) -> str:
    """Return a distribution's name as package URLs have it."""
    return re.sub(r"[-_.]+", "-", name).lower()
