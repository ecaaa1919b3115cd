"""Where `leeway apply` puts a model's own train.py and prepare.py; only in the archives that it makes."""
