"""How fast one model is served, beside MLflow, BentoML and Flask with a pickle."""
