"""The same with SQLAlchemy's ORM and its pool of connections."""
import select
import sys

import sqlalchemy
from sqlalchemy import Column, Integer, Text
from sqlalchemy.orm import Session, declarative_base

engine = sqlalchemy.create_engine("postgresql+psycopg2://", pool_size=3)
Base = declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    id = Column(Integer, primary_key=True)
    balance = Column(Integer)


class Note(Base):
    __tablename__ = "orm_notes"
    id = Column(Integer, primary_key=True)
    text = Column(Text)


def notes():
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.query(Note).delete()
        session.add_all(Note(text=f"note {i}") for i in range(100))
        session.commit()
        assert session.query(Note).filter(Note.text.like("note 1%")).count() == 11
        with session.begin_nested():
            session.add(Note(text="in a savepoint"))
        session.rollback()
        assert session.query(Note).count() == 100


def transfer():
    with Session(engine) as session, session.begin():
        one = session.get(Account, 1, with_for_update=True)
        two = session.get(Account, 2, with_for_update=True)
        one.balance -= 1
        two.balance += 1


notes()
print("ready", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    transfer()
    count += 1
notes()
print("done", count, flush=True)
