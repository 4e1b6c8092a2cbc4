"""my_app: an application and its database."""
