"""What a Tensor has beyond its data and its graph, one file a kind; `tensor.py` builds the class on it."""
