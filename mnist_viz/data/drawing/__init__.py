"""What a hand draws, or a camera sees, becomes a picture as MNIST's are."""
