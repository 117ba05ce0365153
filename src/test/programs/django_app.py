"""The same with Django's ORM, its migrations' editor, and a connection that is kept."""
import os
import select
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
            "NAME": os.environ["PGDATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402


class Account(models.Model):
    id = models.IntegerField(primary_key=True)
    balance = models.IntegerField()

    class Meta:
        app_label = "bank"
        db_table = "accounts"


class Note(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "bank"
        db_table = "django_notes"


def notes():
    Note.objects.all().delete()
    Note.objects.bulk_create(Note(text=f"note {i}") for i in range(100))
    assert Note.objects.filter(text__startswith="note 1").count() == 11
    # A server-side cursor WITH HOLD, outside a transaction.
    assert sum(1 for _ in Note.objects.iterator(chunk_size=10)) == 100


def transfer():
    with transaction.atomic():
        one = Account.objects.select_for_update().get(id=1)
        two = Account.objects.select_for_update().get(id=2)
        one.balance -= 1
        two.balance += 1
        one.save()
        two.save()


with connection.schema_editor() as editor:
    editor.create_model(Note)
notes()
# What was left by the cursor is gone with this.
with connection.cursor() as cursor:
    cursor.execute("discard all")
print("ready", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    transfer()
    count += 1
notes()
print("done", count, flush=True)
