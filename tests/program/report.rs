//! A report in the browser that people open it in: it loads nothing, says nothing, and fits.
//!
//! Chromium is that of `ISTHMUS_CHROMIUM`, else one on the path; where there is none these tests say so.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::exported::cells;
use crate::support::{Folder, PATIENCE};

/// The browser, where there is one.
fn chromium() -> Option<PathBuf> {
    if let Some(asked) = env::var_os("ISTHMUS_CHROMIUM") {
        let asked = PathBuf::from(asked);
        assert!(asked.is_file(), "ISTHMUS_CHROMIUM: {} is not there", asked.display());
        return Some(asked);
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no Chromium on the path, and ISTHMUS_CHROMIUM names none");
    }
    found
}

/// What a file has become in the browser, and what the browser's console says of it.
fn opened(chromium: &Path, file: &Path) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let output = assert_cmd::Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"])
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", file.canonicalize().unwrap().display()))
        .timeout(PATIENCE)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let console = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8(output.stdout).unwrap(), console)
}

/// The report of the only run in a folder.
fn report(folder: &Folder, run: &str) -> PathBuf {
    let ended = folder.run(&["report", run]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
    let file = format!("{run}-report.html");
    assert_eq!(ended.stderr, format!("Wrote {file}\n"));
    folder.path().join(file)
}

/// Reports of a table and of cells, with the number of pictures in each.
fn reports() -> [(Folder, PathBuf, u64); 2] {
    let table = Folder::table();
    let ended = table.run(&["run", "table.toml", "--run-dir", "runs/kept", "--json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let of_table = report(&table, "kept");
    let (cells, _) = cells();
    let of_cells = report(&cells, "2026-cells");
    // Five charts; and of cells two architectures.
    [(table, of_table, 5), (cells, of_cells, 7)]
}

#[test]
fn a_report_opens_without_a_word_on_the_console() {
    let Some(chromium) = chromium() else { return };
    for (folder, file, _) in reports() {
        let (page, console) = opened(&chromium, &file);
        assert!(page.contains("What was found") && page.contains("</html>"), "{page}");
        assert_eq!(console, [""; 0]);
        // What a page says that would load something: the browser is asked the right question.
        let wrong = fs::read_to_string(&file).unwrap().replace("<main>", "<main><img src=\"picture.png\">");
        fs::write(folder.path().join("wrong.html"), wrong).unwrap();
        let (_, console) = opened(&chromium, &folder.path().join("wrong.html"));
        assert!(console.iter().any(|line| line.contains("Content Security Policy")), "{console:?}");
    }
}

/// A page with a report in frames of these widths, and what the browser finds in each.
fn measured(text: &str, widths: [u64; 2]) -> String {
    let frames = widths.map(|width| format!("<iframe style=\"width: {width}px; height: 900px; border: 0\"></iframe>"));
    let text = serde_json::to_string(text).unwrap().replace("</", "<\\/");
    format!(
        r#"<!DOCTYPE html><meta charset="utf-8">{}<output></output><script>
const frames = [...document.querySelectorAll("iframe")];
const loaded = frames.map((frame) => new Promise((done) => {{ frame.onload = done; frame.srcdoc = {text}; }}));
addEventListener("load", () => Promise.all(loaded).then(() => {{
  const found = frames.map(({{ contentDocument: page, contentWindow: view }}) => ({{
    width: view.innerWidth,
    spilt: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    pictures: page.querySelectorAll("svg[role=img]").length,
    empty: [...page.querySelectorAll("svg[role=img]")].filter((one) => one.getBBox().width < 50).length,
    loaded: view.performance.getEntriesByType("resource").length,
  }}));
  document.querySelector("output").textContent = JSON.stringify(found);
}}));
</script>"#,
        frames.concat()
    )
}

#[test]
fn a_report_fits_a_phone_and_a_desk_with_all_its_pictures() {
    let Some(chromium) = chromium() else { return };
    let widths = [400, 1200];
    for (folder, file, pictures) in reports() {
        let page = folder.path().join("measured.html");
        fs::write(&page, measured(&fs::read_to_string(&file).unwrap(), widths)).unwrap();
        let (page, console) = opened(&chromium, &page);
        let found = page.split("<output>").nth(1).and_then(|rest| rest.split("</output>").next()).unwrap_or_default();
        let found: Vec<Value> = serde_json::from_str(found).unwrap_or_else(|error| panic!("{error}: {console:?}"));
        let expected = widths.map(
            |width| serde_json::json!({ "width": width, "spilt": 0, "pictures": pictures, "empty": 0, "loaded": 0 }),
        );
        assert_eq!(found, expected);
    }
}

#[test]
fn a_report_replaces_nothing_unasked_and_says_what_is_missing() {
    let (folder, _) = cells();
    report(&folder, "2026-cells");
    let ended = folder.run(&["report"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("2026-cells-report.html is there already"), "{ended:?}");
    assert_eq!(folder.run(&["report", "--force"]).code, Some(0));
    let ended = folder.run(&["report", "2027"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("is called `2027`"), "{ended:?}");
}
