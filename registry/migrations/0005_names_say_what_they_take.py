from django.core.validators import RegexValidator
from django.db import migrations, models

VALIDATORS = [
    RegexValidator(
        r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\Z",
        "Small letters, digits and single hyphens, starting with a letter, such as “form-digit-reader”.",
        code="name",
    ),
    RegexValidator(r"^(?!register\Z)", "“register” is an address of its own. Choose another name.", code="name"),
]


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_words_of_each")]

    operations = [
        migrations.AlterField("aimodel", "name", models.CharField(max_length=60, unique=True, validators=VALIDATORS)),
        migrations.AlterField(
            "historicalaimodel", "name", models.CharField(db_index=True, max_length=60, validators=VALIDATORS)
        ),
    ]
