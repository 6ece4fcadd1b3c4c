//! What the database's own catalogue says of its tables, and rows made up for those that a test left empty.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use domain::AthleteId;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, Value};
use tests::house::House;
use uuid::Uuid;

/// A column: its name, its type as the database spells it, and whether every row has a value in it.
pub struct Column {
    pub name: String,
    pub kind: String,
    pub required: bool,
}

/// A house's database, asked directly.
pub struct Catalogue {
    pub database: DatabaseConnection,
    pub tables: BTreeMap<String, Vec<Column>>,
}

impl Catalogue {
    /// Of that house.
    pub async fn of(house: &House) -> Result<Self> {
        let database = sea_orm::Database::connect(&house.database_url).await?;
        let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
        let text = match database.get_database_backend() {
            DbBackend::Postgres => {
                "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS k, is_nullable = 'NO' AS n \
                 FROM information_schema.columns WHERE table_schema = 'public'"
            }
            _ => {
                "SELECT m.name AS t, c.name AS c, c.type AS k, c.\"notnull\" = 1 AS n \
                 FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
            }
        };
        for row in database.query_all_raw(Statement::from_string(database.get_database_backend(), text)).await? {
            let table: String = row.try_get("", "t")?;
            let column =
                Column { name: row.try_get("", "c")?, kind: row.try_get("", "k")?, required: row.try_get("", "n")? };
            tables.entry(table).or_default().push(column);
        }
        Ok(Self { database, tables })
    }

    /// The tables that have a column of that name.
    pub fn with(&self, column: &str) -> Vec<String> {
        let has = |columns: &Vec<Column>| columns.iter().any(|one| one.name == column);
        self.tables.iter().filter(|(_, columns)| has(columns)).map(|(name, _)| name.clone()).collect()
    }

    /// How many rows of a table have that id in that column.
    pub async fn count(&self, table: &str, column: &str, id: Uuid) -> Result<i64> {
        let place = self.place(1);
        let text = format!("SELECT COUNT(*) AS n FROM {table} WHERE {column} = {place}");
        let asked = Statement::from_sql_and_values(self.database.get_database_backend(), text, [Value::from(id)]);
        Ok(self.database.query_one_raw(asked).await?.context("a count")?.try_get("", "n")?)
    }

    fn place(&self, number: usize) -> String {
        if self.database.get_database_backend() == DbBackend::Postgres { format!("${number}") } else { "?".to_owned() }
    }

    /// Puts a made-up row into every table that refers to an athlete, or to an account, and holds none of this one's:
    /// whatever text it needs is `word`.
    pub async fn fill(&self, athlete: AthleteId, word: &str) -> Result<()> {
        let account = Uuid::from_u128(0xacc0);
        let mut tables = self.with("athlete_id");
        // The account first: others refer to it.
        tables.sort_by_key(|table| table != "account");
        for table in tables {
            if self.count(&table, "athlete_id", athlete.uuid()).await? == 0 {
                let id = if table == "account" { account } else { Uuid::from_u128(0xf111) };
                self.insert(&table, word, &[("athlete_id", athlete.uuid()), ("account_id", account), ("id", id)])
                    .await?;
            }
        }
        for table in self.with("account_id") {
            if self.count(&table, "account_id", account).await? == 0 {
                self.insert(&table, word, &[("account_id", account), ("id", Uuid::from_u128(0xf112))]).await?;
            }
        }
        self.insert("credential", word, &[("id", account)]).await
    }

    /// Puts an account of that name into the house, and sealed credentials that are no more than `secret`.
    pub async fn account(&self, athlete: AthleteId, name: &str, secret: &str) -> Result<()> {
        let id = Uuid::from_u128(0xacc1);
        self.insert("account", name, &[("athlete_id", athlete.uuid()), ("id", id)]).await?;
        self.insert("credential", secret, &[("id", id)]).await
    }

    /// A row with these ids in these columns, and something in all others that need a value.
    async fn insert(&self, table: &str, word: &str, ids: &[(&str, Uuid)]) -> Result<()> {
        let columns = self.tables.get(table).context("a table")?;
        let (mut names, mut values): (Vec<&str>, Vec<Value>) = (Vec::new(), Vec::new());
        for column in columns {
            let kind = column.kind.to_lowercase();
            let value: Value = match ids.iter().find(|(name, _)| *name == column.name) {
                Some((_, id)) => (*id).into(),
                None if column.name == "state" && table == "account" => "PAUSED".into(),
                None if column.name == "source" && table == "account" => "strava".into(),
                None if column.name == "backfill" => continue,
                None if kind.contains("text") && !kind.contains("uuid") || kind.contains("varchar") => word.into(),
                None if !column.required => continue,
                None if kind.contains("uuid") => Uuid::from_u128(0xf113).into(),
                None if kind.contains("blob") || kind.contains("bytea") => word.as_bytes().to_vec().into(),
                None if kind.contains("bool") => false.into(),
                None if kind.contains("bigint") => 424_242_i64.into(),
                None => 4_242_i32.into(),
            };
            names.push(&column.name);
            values.push(value);
        }
        let places: Vec<String> = (1..=names.len()).map(|number| self.place(number)).collect();
        let text = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        let statement = Statement::from_sql_and_values(self.database.get_database_backend(), text, values);
        self.database.execute_raw(statement).await.with_context(|| format!("a row of {table}"))?;
        Ok(())
    }

    /// Everything that the database tells of itself, as text: what a dump would hold.
    pub async fn dump(&self) -> Result<String> {
        let mut dump = String::new();
        for (table, columns) in &self.tables {
            let cells: Vec<String> = columns
                .iter()
                .map(|one| match self.database.get_database_backend() {
                    DbBackend::Postgres if one.kind == "bytea" => {
                        format!("COALESCE(encode({}, 'escape'), '')", one.name)
                    }
                    DbBackend::Postgres => format!("COALESCE({}::text, '')", one.name),
                    _ => format!("COALESCE(CAST({} AS text), '') || ' ' || hex({})", one.name, one.name),
                })
                .collect();
            let text = format!("SELECT {} AS line FROM {table}", cells.join(" || ' ' || "));
            let rows = Statement::from_string(self.database.get_database_backend(), text);
            for row in self.database.query_all_raw(rows).await? {
                dump.push_str(&row.try_get::<String>("", "line")?);
                dump.push('\n');
            }
        }
        Ok(dump)
    }
}
