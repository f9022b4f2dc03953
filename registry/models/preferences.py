"""What people set for their own ease. Nobody's evidence: no history, no events, gone with the person."""

from django.db import models

from registry.models.people import Person


class SavedView(models.Model):
    """Conditions and order of a list under a name of the person's own, shown to them as a tab of that list."""

    MOST = 20

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60, help_text="URL name of the list")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, help_text="The address's query, in a fixed order, without a cursor")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["person", "page", "name"], name="view_name_once_a_list")]

    def __str__(self) -> str:
        return self.name


class PutAway(models.Model):
    """A part of a page that somebody does not want to see any more."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="put_away")
    part = models.CharField(max_length=40, help_text="Its name in the code that shows it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "part"], name="put_away_once")]

    def __str__(self) -> str:
        return self.part
