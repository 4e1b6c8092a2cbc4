"""What `make` runs, each as `python -m scripts.<name>`."""
