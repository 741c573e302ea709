//! Which of the names that there are was probably meant by one that there is not.

/// The candidate that was probably meant.
pub fn suggest<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let written: String = written.chars().take(64).collect::<String>().to_lowercase();
    let length = written.chars().count();
    let plain = |text: &str| text.replace(['_', '-', ' '], "");
    candidates
        .map(|candidate| {
            let near = strsim::jaro_winkler(&plain(&written), &plain(candidate));
            // Two edits change the length by two at most: what is longer or shorter need not be compared.
            let close = length.abs_diff(candidate.chars().count()) <= 2;
            let edits = if close { strsim::damerau_levenshtein(&written, candidate) } else { usize::MAX };
            (if edits <= 2 && edits < candidate.len() / 2 + 1 { near.max(0.9) } else { near }, candidate)
        })
        .filter(|(near, _)| *near >= 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
