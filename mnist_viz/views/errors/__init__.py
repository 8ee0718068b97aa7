"""The errors panel: the confusion matrix, and the pictures that are read wrongly."""
