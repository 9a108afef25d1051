//! Old samples make room: every second iteration of the older half loses them, as often as it takes.
//!
//! What is left grows sparser with age and reaches back to the first iteration; nothing is cut off.

use rusqlite::{Connection, params};

use super::codec::POOL_BITS;

/// About how many bytes a stored sample takes beside its options and its weights.
pub(super) const ROW: u64 = 44;

/// About how many bytes the samples take.
pub(super) fn measure(connection: &Connection) -> rusqlite::Result<u64> {
    let statement = "SELECT count(*), total(length(options)), total(length(weights)) FROM stored_samples";
    connection.query_row(statement, [], |row| {
        let (rows, options, weights): (i64, f64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(u64::try_from(rows).unwrap_or(0) * ROW + options as u64 + weights as u64)
    })
}

/// Thins samples of so many bytes until they take at most so many; gives how many they take then.
pub(super) fn thin(connection: &Connection, mut bytes: u64, most: u64) -> rusqlite::Result<u64> {
    while bytes > most {
        let transaction = connection.unchecked_transaction()?;
        let middle: Option<i64> = transaction.query_row(
            "SELECT max(row) >> ?1 FROM (SELECT row FROM stored_samples ORDER BY row \
             LIMIT (SELECT (count(*) + 1) / 2 FROM stored_samples))",
            [POOL_BITS],
            |row| row.get(0),
        )?;
        let deleted = transaction.execute(
            "DELETE FROM stored_samples WHERE row >> ?1 IN (\
               SELECT iteration FROM (\
                 SELECT iteration, row_number() OVER (ORDER BY iteration) AS place FROM (\
                   SELECT DISTINCT row >> ?1 AS iteration FROM stored_samples WHERE row >> ?1 <= ?2)) \
               WHERE place % 2 = 0)",
            params![POOL_BITS, middle],
        )?;
        bytes = measure(&transaction)?;
        transaction.commit()?;
        if deleted == 0 {
            break;
        }
    }
    Ok(bytes)
}
