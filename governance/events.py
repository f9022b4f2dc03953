"""What happens to the portal as a whole."""

from audit.kinds import Kind

KINDS = (
    Kind("governance.demo.loaded", "loaded the demo organisation", "book"),
    Kind("governance.settings.changed", "started with other settings: {changed}", "policy", "warn", confidential=True),
)
