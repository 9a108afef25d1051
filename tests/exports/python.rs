//! Python with the packages of a test.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python with ONNX Runtime.
pub fn onnx_runtime() -> Option<PathBuf> {
    interpreter("exports-venv", "ISTHMUS_ONNX_PYTHON")
}

/// A Python with PyTorch.
pub fn pytorch() -> Option<PathBuf> {
    interpreter("pytorch-venv", "ISTHMUS_TORCH_PYTHON")
}

/// The interpreter of a virtual environment in `target/`, where it is there. A variable that names one says that it must be:
/// `make` sets it.
fn interpreter(environment: &str, variable: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(environment).join("bin/python");
    let named = std::env::var_os(variable).map(PathBuf::from);
    let required = named.is_some();
    let path = named.unwrap_or(default);
    assert!(path.is_file() || !required, "{variable}: there is no {}", path.display());
    if !path.is_file() {
        println!("skipped: {} is not there; make installs it", path.display());
        return None;
    }
    Some(path)
}

/// Runs a script in a folder and gives what it prints.
pub fn run(python: &Path, folder: &Path, script: &str) -> String {
    // A folder of libtorch for this program is not one for Python's.
    let mut command = Command::new(python);
    command.current_dir(folder).args(["-c", script]).env_remove("LD_LIBRARY_PATH").env_remove("PYTHONPATH");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (code, stdout, stderr) = (output.status.code(), text(output.stdout), text(output.stderr));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    stdout
}
