//! Which seeds: a list as people write it on a command line, such as `1..20` or `1..20,42`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Most seeds of one list: a hundred thousand runs are a night's work for a large machine.
const MOST: u64 = 100_000;

/// Seeds, each once, in the order in which they were written. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedList(Vec<u64>);

/// Why a text is no list of seeds; it says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write seeds such as 1..20, or 3,7,20..29")]
pub struct NoSeeds(String);

impl SeedList {
    /// These seeds, in this order.
    pub(super) fn of(seeds: Vec<u64>) -> SeedList {
        SeedList(seeds)
    }

    /// The seeds.
    pub fn seeds(&self) -> &[u64] {
        &self.0
    }

    /// The first so many of them; `None`: none.
    pub fn first(&self, count: usize) -> Option<SeedList> {
        let first = &self.0[..count.min(self.0.len())];
        (!first.is_empty()).then(|| SeedList(first.to_vec()))
    }
}

impl FromStr for SeedList {
    type Err = NoSeeds;

    /// Numbers and ranges with both ends included, separated by commas.
    fn from_str(text: &str) -> Result<SeedList, NoSeeds> {
        let mut seeds = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (first, last) = match part.split_once("..") {
                Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
                None => (number(part)?, number(part)?),
            };
            if first > last {
                return Err(NoSeeds(format!("\"{part}\" ends before it begins")));
            }
            if last - first >= MOST || seeds.len() as u64 + (last - first) >= MOST {
                return Err(NoSeeds(format!("these are more than {MOST} seeds")));
            }
            seeds.extend(first..=last);
        }
        let mut seen = BTreeSet::new();
        match seeds.iter().find(|seed| !seen.insert(**seed)) {
            Some(twice) => Err(NoSeeds(format!("seed {twice} is there twice"))),
            None => Ok(SeedList(seeds)),
        }
    }
}

fn number(text: &str) -> Result<u64, NoSeeds> {
    text.trim().parse().map_err(|_| NoSeeds(format!("\"{text}\" is not a seed")))
}

impl fmt::Display for SeedList {
    /// As it would be written: neighbours as ranges.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let follows = |a: &u64, b: &u64| a.checked_add(1) == Some(*b);
        let parts = self.0.chunk_by(follows).map(|run| match run {
            [one] => one.to_string(),
            run => format!("{}..{}", run[0], run[run.len() - 1]),
        });
        f.write_str(&parts.collect::<Vec<String>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_numbers_and_ranges_with_both_ends() {
        let list: SeedList = "3, 7,20..22".parse().unwrap();
        assert_eq!(list.seeds(), [3, 7, 20, 21, 22]);
        assert_eq!(list.to_string(), "3,7,20..22");
        assert_eq!("5".parse::<SeedList>().unwrap().seeds(), [5]);
        assert_eq!("1..=3".parse::<SeedList>().unwrap().seeds(), [1, 2, 3]);
    }

    #[test]
    fn what_is_no_list_of_seeds_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "\"\" is not a seed"),
            ("1..", "\"\" is not a seed"),
            ("7..3", "ends before it begins"),
            ("1..4,3", "seed 3 is there twice"),
            ("1..200000", "more than 100000"),
            ("0..18446744073709551615", "more than 100000"),
            ("-1", "\"-1\" is not a seed"),
        ] {
            let told = text.parse::<SeedList>().unwrap_err().to_string();
            assert!(told.contains(reason) && told.contains("1..20"), "{text}: {told}");
        }
    }
}
