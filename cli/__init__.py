"""The loopwright command."""
