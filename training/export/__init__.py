"""From an estimator to an ONNX file that answers the same."""
