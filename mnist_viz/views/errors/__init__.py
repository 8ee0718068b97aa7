"""What the network gets wrong: the confusion matrix, and the pictures behind it."""
