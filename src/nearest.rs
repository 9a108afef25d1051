//! What a mistyped word was probably meant to be.

/// The candidate that a mistyped word was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    // Comparing takes time with the product of the lengths, and no known word is long.
    const LONGEST: usize = 100;
    let plain = |text: &str| text.chars().take(LONGEST).collect::<String>().to_lowercase().replace('-', "_");
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
