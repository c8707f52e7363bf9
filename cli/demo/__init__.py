"""The whole loop, told on US Census data."""
