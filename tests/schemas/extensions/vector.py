# vector citext ltree
from pgvector.sqlalchemy import BIT, HALFVEC, SPARSEVEC, Vector
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, DOMAIN

metadata = MetaData()
embedding = Column("embedding", Vector(3), nullable=False)

Table(
    "item",
    metadata,
    Column("id", Integer, primary_key=True),
    embedding,
    Column("any", Vector),
    Column("half", HALFVEC(3)),
    Column("sparse", SPARSEVEC(5), server_default="{1:1}/5"),
    Column("bits", BIT(3)),
    Column("many", ARRAY(Vector(2))),
    Column("unit", DOMAIN("unit", Vector(2), check="vector_norm(VALUE) = 1")),
    Column("email", CITEXT, unique=True),
    Index(
        "ix_item_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_with={"m": 16, "ef_construction": 64},
        postgresql_ops={"embedding": "vector_cosine_ops"},
    ),
    Index(
        "ix_item_half",
        "half",
        postgresql_using="ivfflat",
        postgresql_with={"lists": 100},
        postgresql_ops={"half": "halfvec_l2_ops"},
    ),
    Index(
        "ix_item_bits",
        cast(func.binary_quantize(embedding), BIT(3)).label("quantized"),
        postgresql_using="hnsw",
        postgresql_ops={"quantized": "bit_hamming_ops"},
    ),
)
