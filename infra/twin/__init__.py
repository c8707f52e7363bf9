"""The offline stack on one machine."""
