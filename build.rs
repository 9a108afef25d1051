//! Gives every program of this package a run path to libtorch, so that it starts with no environment variable.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Without the `torch` feature there is nothing to find.
    if env::var_os("CARGO_FEATURE_TORCH").is_none() {
        return;
    }
    // torch-sys (`links = "tch"`) says where it took libtorch from; cargo runs this script again when that changes.
    let Some(folder) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        println!("cargo::warning=torch-sys named no libtorch folder; programs may not find it when they start");
        return;
    };
    let library = folder.join(if cfg!(target_os = "macos") { "libtorch_cpu.dylib" } else { "libtorch_cpu.so" });
    println!("cargo::rerun-if-changed={}", library.display());
    if !library.exists() && env::var_os("LIBTORCH_STATIC").is_none() {
        println!("cargo::error=no libtorch at {}: run `make setup` (or `make test`, `make run`)", library.display());
        return;
    }
    // First as named: through the checkout's `.libtorch` link, which may be moved to another build of the same libtorch.
    // Then where that leads now, for a program that outlives its checkout.
    add_run_path(&folder);
    if let Ok(real) = folder.canonicalize()
        && real != folder
    {
        add_run_path(&real);
    }
}

/// `-Xlinker` rather than `-Wl,`: a comma in the path would cut the latter.
fn add_run_path(folder: &Path) {
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "windows") {
        return;
    }
    for argument in ["-Xlinker", "-rpath", "-Xlinker"] {
        println!("cargo::rustc-link-arg={argument}");
    }
    println!("cargo::rustc-link-arg={}", folder.display());
}
