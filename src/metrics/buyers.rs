//! Who has a ticket, one bit a person: what two runs of the same crowd are compared by.

use super::Metrics;
use serde::{Deserialize, Serialize};

/// Who has a ticket in the end, told or not. Persons have numbers from 0, those of a cohort in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buyers {
    words: Vec<u64>,
}

impl Buyers {
    /// Does this person have a ticket?
    pub fn include(&self, person: u32) -> bool {
        self.words.get(person as usize / 64).is_some_and(|word| word >> (person % 64) & 1 == 1)
    }

    /// How many have one.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

impl FromIterator<u32> for Buyers {
    fn from_iter<I: IntoIterator<Item = u32>>(persons: I) -> Buyers {
        let mut words = Vec::new();
        for person in persons {
            let word = person as usize / 64;
            if word >= words.len() {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (person % 64);
        }
        Buyers { words }
    }
}

impl Metrics {
    /// Who has a ticket, after the last fact.
    pub fn buyers(&self) -> Buyers {
        (0..self.roster.persons).filter(|person| self.people.has_ticket(*person)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_among_the_buyers_or_not() {
        let buyers: Buyers = [3, 64, 200].into_iter().collect();
        assert_eq!((0..300).filter(|person| buyers.include(*person)).collect::<Vec<u32>>(), [3, 64, 200]);
        assert_eq!(buyers.count(), 3);
        assert_eq!(Buyers::default().count(), 0);
    }
}
