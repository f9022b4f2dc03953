"""The parts of `manage.py serve`: the ground it stands on, the services it needs, the processes it keeps."""
