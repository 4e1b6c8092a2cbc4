    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Read a default that has a string in an expression: SQLAlchemy does not."""
        if "columns" not in table.info:
            name = self.dialect.identifier_preparer.format_table(table)
            query = f"SHOW FULL COLUMNS FROM {name}"
            connection = cast("Connection", inspector.bind)
            rows = connection.exec_driver_sql(query).mappings()
            table.info["columns"] = {row["Field"]: row for row in rows}
        row = table.info["columns"][column_info["name"]]
        default = column_info["default"]
        if row["Default"] is not None and (default is None or default[0] == "("):
            escaped = "DEFAULT_GENERATED" in row["Extra"]  # by MySQL itself
            expression = f"({unescaped(row['Default'])})"
            column_info["default"] = expression if escaped else row["Default"]
            column_info["comment"] = row["Comment"] or None
        if column_info["default"] and not getattr(self.dialect, "is_mariadb", False):
            type_, default = column_info["type"], column_info["default"]
            column_info["default"] = as_told(default, type_, self.dialect)
        if "computed" in column_info:
            self.take_computed_of_model(table, column_info)

    def take_computed_of_model(
        self, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Take the model's expression if this database says it so: Alembic compares."""
        for twins in self.context_opts["target_metadata"]:
            twin = twins.tables.get(table.key, table)
            model = twin.columns.get(column_info["name"])
            if model is None or not model.computed:
                continue
            columns = [Column(each.name, each.type) for each in model.table.columns]
            same = Computed(model.computed.sqltext, model.computed.persisted)
            computed = Column("asked", model.type, same)
            with suppress(DBAPIError), self.asking(computed, *columns) as (_, asking):
                asked, *_ = inspect(self.connection).get_columns(asking.name)
                if asked["computed"] == column_info["computed"]:
                    column_info["computed"]["sqltext"] = model.computed.sqltext

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: set[UniqueConstraint],
        conn_indexes: set[Index],
        metadata_unique_constraints: set[UniqueConstraint],
        metadata_indexes: set[Index],
    ) -> None:
        """Read what an index has beside columns: SQLAlchemy does not."""
        plain = {index.name for index in metadata_indexes if is_plain(index)}
        if others := [index for index in conn_indexes if index.name not in plain]:
            keys = self.keys(cast("Table", others[0].table))
            for index in others:
                table, rows = cast("Table", index.table), keys[str(index.name)]
                index.expressions = [element(row, table) for row in rows]
        cast("Any", super().correct_for_autogen_constraints)(
            conn_unique_constraints,
            conn_indexes,
            metadata_unique_constraints,
            metadata_indexes,
        )

    def compare_indexes(
        self, metadata_index: Index, reflected_index: Index
    ) -> ComparisonResult:
        """Return whether the index of the model differs from that of the database."""
        if is_plain(metadata_index) and is_plain(reflected_index):
            return super().compare_indexes(metadata_index, reflected_index)
        table = cast("Table", metadata_index.table)
        create = str(CreateIndex(metadata_index).compile(dialect=self.dialect))
        on_table = f" ON {self.dialect.identifier_preparer.format_table(table)}"
        key = create.removeprefix("CREATE ").replace(on_table, "", 1)
        columns = [Column(column.name, column.type) for column in table.columns]
        name = str(metadata_index.name)
        there = self.keys(cast("Table", reflected_index.table))[name]
        try:
            with self.asking(*columns, keys=[key]) as (_, asking):
                asked = self.keys(asking, escaped=False)[name]
        except DBAPIError as error:  # of a kind that no temporary table has
            log.info("Can't ask about the index %s: %s", name, error.orig)
            return ComparisonResult.Equal()
        if asked == there:
            return ComparisonResult.Equal()
        return ComparisonResult.Different(["another index"])

    def keys(
        self, table: Table, *, escaped: bool = True
    ) -> dict[str, list[tuple[Any, ...]]]:
        """Return what the database says of a table's indexes, part by part."""
        name = self.dialect.identifier_preparer.format_table(table)
        connection = cast("Connection", self.connection)
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in connection.exec_driver_sql(f"SHOW INDEX FROM {name}").mappings():
            expression = row.get("Expression") or ""  # not of MariaDB
            part = (
                row["Non_unique"],
                row["Column_name"],
                unescaped(expression) if escaped else expression,
                row["Sub_part"],
                row["Collation"] == "D",
            )
            found.setdefault(row["Key_name"], []).append(part)
        return found
