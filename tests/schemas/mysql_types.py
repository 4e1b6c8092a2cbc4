# mariadb mysql
from sqlalchemy import *
from sqlalchemy.dialects import mysql

metadata = MetaData()

M = mysql
Table(
    "t",
    metadata,
    Column("id", M.INTEGER(unsigned=True), primary_key=True),
    Column("a", M.BIGINT(unsigned=True)),
    Column("b", M.TINYINT(1)),
    Column("c", M.ENUM("a", "b's")),
    Column("d", M.SET("x", "y")),
    Column("e", M.VARCHAR(20, collation="utf8mb4_bin")),
    Column("f", M.MEDIUMTEXT),
    Column("g", M.DATETIME(fsp=6)),
    Column("h", M.TIMESTAMP, server_default=text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    Column("i", M.YEAR),
    Column("j", JSON),
    Column("k", M.DOUBLE(asdecimal=False)),
    Column("l", Float(53)),
    Column("n", LargeBinary(50)),
    Column("o", M.DECIMAL(10, 2, unsigned=True)),
    mysql_engine="InnoDB",
    mysql_charset="utf8mb4",
)
