"""The recipe that made the embedded model and the translation tables; never imported at run time."""
