"""The layer of the mini stack."""

GREETING = "from the layer"
