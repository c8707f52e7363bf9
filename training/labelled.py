"""A classifier of any labels around one that takes whole numbers only."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin


class Labelled(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Gives the inner classifier the position of each label, and answers with the labels."""

    def __init__(self, classifier: Any) -> None:
        """Keep the classifier, which is not fitted yet."""
        self.classifier = classifier

    def fit(self, features: Any, labels: Any, sample_weight: Any = None) -> Self:
        """Fit the inner classifier; the classes are the sorted labels."""
        self.classes_, positions = np.unique(np.asarray(labels), return_inverse=True)
        self.classifier.fit(features, positions, sample_weight=sample_weight)
        self.n_features_in_ = self.classifier.n_features_in_
        return self

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (rows, classes) probabilities."""
        return np.asarray(self.classifier.predict_proba(features), dtype=np.float64)

    def predict(self, features: Any) -> Any:
        """Return the likeliest label of each row."""
        return self.classes_[self.predict_proba(features).argmax(axis=1)]
