"""What happens to the portal as a whole."""

from audit.kinds import Case, Kind

KINDS = (
    Kind("governance.demo.loaded", "loaded the demo organisation", "book"),
    Kind(
        "governance.settings.changed",
        "started with other settings: {changed}",
        "policy",
        "warn",
        cases=(Case("start", "first", "wrote down the settings that it starts with", "quiet"),),
        confidential=True,
    ),
)
