"""Reference models: embeddings, classifiers, and one way to train them. Needs the extra `baselines`."""
