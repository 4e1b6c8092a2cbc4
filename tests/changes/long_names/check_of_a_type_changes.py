# sqlite postgresql mysql
# with a naming convention
"""The labels of an enum that is a string with a CHECK, whose name the convention makes too long."""

from sqlalchemy import *

table = "Customer Notification Preference Of All Channels"


def t(metadata, *labels):
    name = "preferred_channel_of_the_customer"
    enum = Enum(*labels, name=name, native_enum=False, create_constraint=True, length=20)
    Table(table, metadata, Column("id", Integer, primary_key=True), Column("Channel", enum))


def before(metadata):
    t(metadata, "mail", "phone")


def after(metadata):
    t(metadata, "phone", "post", "none")


quote = "`" if "{driver}"[0] == "m" else '"'
insert = f"INSERT INTO {quote}{table}{quote} (id, {quote}Channel{quote})"
rows = [f"{insert} VALUES (1, 'phone')"]
before_refuses = [f"{insert} VALUES (2, 'none')"]
after_takes = [f"{insert} VALUES (2, 'none')"]
after_refuses = [f"{insert} VALUES (2, 'mail')"]
