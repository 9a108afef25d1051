//! The tables, and the check that a file holds them.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

use super::DatabaseError;
use super::error::At;

/// The format that this program writes. It reads and continues earlier ones too, which had fewer columns.
pub const VERSION: i64 = 3;

/// The columns that later formats have brought, each with the first that has it and its table, whose last it is.
const LATER: [(i64, &str, &str); 2] = [(2, "adjustments", "undo TEXT"), (3, "iterations", "waited REAL")];

/// "Isth": tells a run's database from any other.
const APPLICATION: i64 = 0x4973_7468;

/// The longest text or blob that is read: a cell of a foreign file is refused before room is made for it.
const LONGEST: i32 = 16 << 20;

/// Everything in the file. `docs/run-database.md` explains it; what starts with `stored_` is how the views above it are
/// kept small.
const SCHEMA: &[(&str, &str)] = &[
    ("meta", "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"),
    (
        "iterations",
        "CREATE TABLE iterations (iteration INTEGER PRIMARY KEY, warm_up INTEGER NOT NULL, time INTEGER NOT NULL, \
         seconds REAL, evaluated INTEGER NOT NULL, redrawn INTEGER NOT NULL, learning_rate REAL, training_loss REAL, \
         waited REAL)",
    ),
    (
        "stored_samples",
        "CREATE TABLE stored_samples (row INTEGER PRIMARY KEY, source INTEGER NOT NULL, options BLOB NOT NULL, \
         loss REAL, accuracy REAL, parameters INTEGER, macs INTEGER, latency REAL, weights TEXT)",
    ),
    (
        "stored_modes",
        "CREATE TABLE stored_modes (mode INTEGER PRIMARY KEY, options BLOB NOT NULL, parameters INTEGER, \
         macs INTEGER, latency REAL)",
    ),
    (
        "stored_distributions",
        "CREATE TABLE stored_distributions (row INTEGER PRIMARY KEY, coefficient REAL, target REAL, entropy REAL, \
         ess REAL, step REAL, mode INTEGER NOT NULL)",
    ),
    ("stored_thetas", "CREATE TABLE stored_thetas (row INTEGER PRIMARY KEY, theta TEXT NOT NULL)"),
    (
        "stored_validations",
        "CREATE TABLE stored_validations (seq INTEGER PRIMARY KEY, iteration INTEGER NOT NULL, \
         distribution INTEGER NOT NULL, mode INTEGER NOT NULL, loss REAL, accuracy REAL)",
    ),
    (
        "adjustments",
        "CREATE TABLE adjustments (seq INTEGER PRIMARY KEY, iteration INTEGER NOT NULL, time INTEGER NOT NULL, \
         who TEXT, before REAL, after REAL, change TEXT NOT NULL, undo TEXT)",
    ),
    (
        "happenings",
        "CREATE TABLE happenings (seq INTEGER PRIMARY KEY, iteration INTEGER NOT NULL, time INTEGER NOT NULL, \
         kind TEXT NOT NULL, text TEXT NOT NULL, event TEXT NOT NULL)",
    ),
    (
        "results",
        "CREATE TABLE results (seq INTEGER PRIMARY KEY, iteration INTEGER NOT NULL, time INTEGER NOT NULL, \
         results TEXT NOT NULL)",
    ),
    ("validations_by_iteration", "CREATE INDEX validations_by_iteration ON stored_validations (iteration)"),
    ("adjustments_by_iteration", "CREATE INDEX adjustments_by_iteration ON adjustments (iteration)"),
    ("happenings_by_iteration", "CREATE INDEX happenings_by_iteration ON happenings (iteration)"),
    (
        "samples",
        "CREATE VIEW samples AS SELECT row >> 16 AS iteration, row & 65535 AS place, source, hex(options) AS options, \
         loss, accuracy, parameters, macs, latency, weights FROM stored_samples",
    ),
    (
        "distributions",
        "CREATE VIEW distributions AS SELECT row >> 6 AS iteration, row & 63 AS distribution, coefficient, target, \
         entropy, ess, step, hex(options) AS mode, parameters, macs, latency \
         FROM stored_distributions JOIN stored_modes USING (mode)",
    ),
    (
        "thetas",
        "CREATE VIEW thetas AS SELECT row >> 6 AS iteration, row & 63 AS distribution, theta FROM stored_thetas",
    ),
    (
        "validations",
        "CREATE VIEW validations AS SELECT iteration, distribution, hex(options) AS mode, loss, accuracy, parameters, \
         macs, latency FROM stored_validations JOIN stored_modes USING (mode)",
    ),
];

/// Makes the tables, all or none.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    for (_, statement) in SCHEMA {
        transaction.execute_batch(statement)?;
    }
    transaction.commit()
}

/// Makes a connection trust nothing that a file brings along.
pub(super) fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Makes a file of an earlier format one of this.
pub(super) fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    for (_, table, column) in LATER.iter().filter(|(since, ..)| *since > found) {
        connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column}"))?;
    }
    if found < VERSION {
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

/// Refuses a file that is not a run's, or that this program does not know yet; gives its format. Its own tables must stand
/// there word for word, so that none of them is a query in disguise; other tables and views beside them are left alone.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<i64, DatabaseError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).at(path);
    if pragma("application_id")? != APPLICATION {
        return Err(DatabaseError::Foreign(path.into()));
    }
    let found = pragma("user_version")?;
    if found > VERSION {
        return Err(DatabaseError::Newer { path: path.into(), found, known: VERSION });
    }
    for (name, statement) in SCHEMA {
        let missing = LATER.iter().filter(|(since, table, _)| *since > found && table == name);
        let expected =
            missing.fold((*statement).to_owned(), |all, (.., column)| all.replace(&format!(", {column}"), ""));
        let there = connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [name], |row| {
            row.get_ref(0).map(|sql| sql.as_str().is_ok_and(|sql| sql == expected))
        });
        if !matches!(there, Ok(true)) {
            return Err(DatabaseError::Damaged { path: path.into(), what: format!("`{name}` is not as it was made") });
        }
    }
    Ok(found)
}
