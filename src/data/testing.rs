//! What tests of several sets need.

use std::path::PathBuf;

/// A folder among the data that are not part of this project; says so where it is not there.
pub(super) fn shared(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = std::env::var_os("ISTHMUS_DATA").map_or_else(beside, PathBuf::from).join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {name} is neither in ISTHMUS_DATA nor in ../shared/data");
    None
}
