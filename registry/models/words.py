"""The words that models, use cases and people are found by; `registry.search` keeps these rows."""

from django.db import models

from audit.words import Word


class ModelWord(Word):
    """A word of a model's name or purpose."""

    subject = "model"

    model = models.ForeignKey("registry.AIModel", on_delete=models.PROTECT, related_name="words", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "word"], name="word_of_model_once")]
        indexes = [models.Index(fields=["word", "model"], name="models_by_word")]


class UseCaseWord(Word):
    """A word of a use case's title."""

    subject = "use_case"

    use_case = models.ForeignKey("registry.UseCase", on_delete=models.PROTECT, related_name="words", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["use_case", "word"], name="word_of_use_case_once")]
        indexes = [models.Index(fields=["word", "use_case"], name="use_cases_by_word")]


class PersonWord(Word):
    """A word of a person's name or user name, gone as soon as the person has another one."""

    subject = "person"

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="words", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "word"], name="word_of_person_once")]
        indexes = [models.Index(fields=["word", "person"], name="people_by_word")]
