"""The panel of learning curves: loss and accuracy of one run or of several."""
