from audit.management.refused import Refused as Command

__all__ = ["Command"]
