"""The models, one file each. The migrations find a new file by themselves."""
