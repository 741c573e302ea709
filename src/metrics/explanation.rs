//! What a client could tell from what it saw: do refusals that have different causes look different?
//!
//! One observation for each refused attempt: a reply that refuses and was delivered to a client that waited, and every
//! attempt that the client's own timeout ended. Its cause is what the backend (or the network) knows; its code is what
//! the client sees: a readable status, a page with a final no, a network error with no status, or no answer at all.

use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Cause, Fact, Reading, Reply, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const TIMEOUTS_504_BY_CAUSE_SLOW_UPSTREAM: &str = "timeouts.504.by_cause.slow_upstream";
    pub(crate) const TIMEOUTS_504_BY_CAUSE_DELIBERATE_SILENCE: &str =
        "timeouts.504.by_cause.deliberate_silence";
    pub(crate) const TIMEOUTS_504_BY_CAUSE_PAYMENT: &str = "timeouts.504.by_cause.payment";
    pub(crate) const TIMEOUTS_504_TOLD_APART: &str = "timeouts.504.told_apart";
    pub(crate) const TRUST_EXPLANATION: &str = "trust.explanation";
    pub(crate) const TRUST_OPAQUE_ERROR_SHARE: &str = "trust.opaque_error_share";
}

const REPLIES: usize = Reply::COUNT;
/// The code of a network error with no status to read.
const OPAQUE: usize = REPLIES;
/// The code of no answer at all.
const NO_ANSWER: usize = REPLIES + 1;
const CODES: usize = REPLIES + 2;

/// The code of a readable reply: its own where it is a page with a final no, otherwise that of the first reply with the
/// same status.
fn code_of(reply: Reply) -> usize {
    let is_page = |reply: Reply| {
        matches!(reply, Reply::SoldOut | Reply::SaleClosed | Reply::Evicted | Reply::NewcomersRefused)
    };
    let alike = |other: &Reply| !is_page(*other) && other.status() == reply.status();
    let first = Reply::ALL.into_iter().find(alike).filter(|_| !is_page(reply));
    first.unwrap_or(reply) as usize
}

/// Refused attempts by cause and code.
type Table = [[u64; CODES]; Cause::COUNT];

/// The table, and attempts that ended in a 504, seen as such or not.
pub(super) struct Explanation {
    refused: Table,
    by_504: Table,
    codes: [usize; REPLIES],
    answered_504: [u64; 3],
}

const BY_CAUSE: [&str; 3] = [
    names::TIMEOUTS_504_BY_CAUSE_SLOW_UPSTREAM,
    names::TIMEOUTS_504_BY_CAUSE_DELIBERATE_SILENCE,
    names::TIMEOUTS_504_BY_CAUSE_PAYMENT,
];

impl Metric for Explanation {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(BY_CAUSE[0], "replies", "504 that left a gateway because its upstream was slow."),
        Definition::lower(
            BY_CAUSE[1],
            "replies",
            "504 that left a gateway because the backend had decided and chose not to answer.",
        ),
        Definition::lower(
            BY_CAUSE[2],
            "replies",
            "504 that left a gateway because the shop did not hear from its payment provider.",
        ),
        Definition::higher(
            names::TIMEOUTS_504_TOLD_APART,
            "1",
            "Share of the attempts ended by a 504 whose cause the client could tell: no refused attempt of another \
             cause looked the same. 0..=1; null where no 504 was delivered.",
        ),
        Definition::higher(
            names::TRUST_EXPLANATION,
            "1",
            "I(cause; code shown) / H(cause) over refused attempts, in bits: 1 where the code tells the cause, 0 where \
             all refusals look alike. A code is a readable status, a page with a final no, a network error with no \
             status, or no answer. Null where all have one cause, or none was refused.",
        ),
        Definition::lower(
            names::TRUST_OPAQUE_ERROR_SHARE,
            "1",
            "Refused attempts that showed a network error with no status to read / refused attempts, 0..=1; null where \
             none was refused.",
        ),
    ];

    fn new(_roster: &Roster) -> Explanation {
        let empty = [[0; CODES]; Cause::COUNT];
        let codes = Reply::ALL.map(code_of);
        Explanation { refused: empty, by_504: empty, codes, answered_504: [0; 3] }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Answered { reply, cause, .. } if reply.status() == 504 => {
                let place = match cause {
                    Cause::DeliberateSilence => 1,
                    Cause::PaymentUnknown => 2,
                    _ => 0,
                };
                self.answered_504[place] += 1;
            }
            Fact::Heard { kind, reading, cause, .. } if cause != Cause::None && kind.is_waited_for() => {
                let code = match reading {
                    Reading::Answer(reply) => self.codes[reply as usize],
                    Reading::Opaque(_) => OPAQUE,
                };
                self.refused[cause as usize][code] += 1;
                if reading.reply().status() == 504 {
                    self.by_504[cause as usize][code] += 1;
                }
            }
            Fact::TimedOut { cause, .. } => self.refused[cause as usize][NO_ANSWER] += 1,
            _ => {}
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let n = total(&self.refused);
        let n_504 = total(&self.by_504);
        let answered: u64 = self.answered_504.iter().sum();
        for (name, count) in BY_CAUSE.iter().zip(self.answered_504) {
            recorder.count(name, count).over(answered);
        }
        recorder
            .put(names::TIMEOUTS_504_TOLD_APART, share(told_apart(&self.refused, &self.by_504), n_504))
            .over(n_504);
        recorder.put(names::TRUST_EXPLANATION, explanation(&self.refused)).over(n);
        let opaque = self.refused.iter().map(|codes| codes[OPAQUE]).sum();
        recorder.put(names::TRUST_OPAQUE_ERROR_SHARE, share(opaque, n)).over(n);
    }
}

fn total(table: &Table) -> u64 {
    table.iter().flatten().sum()
}

/// How many of `some` have a code that one cause alone shows.
fn told_apart(all: &Table, some: &Table) -> u64 {
    let tells = |code: &usize| all.iter().filter(|codes| codes[*code] > 0).count() == 1;
    (0..CODES).filter(tells).flat_map(|code| some.iter().map(move |codes| codes[code])).sum()
}

/// I(cause; code) / H(cause). Each logarithm is of one quotient of whole numbers, so that refusals that all look alike
/// give 0 and codes that tell the cause give 1, without a rounding error.
fn explanation(table: &Table) -> Option<f64> {
    let n = u128::from(total(table));
    let bits = |part: u64, above: u128, below: u128| {
        if part == 0 { 0.0 } else { part as f64 * libm::log2(above as f64 / below as f64) }
    };
    let of_code: Vec<u64> = (0..CODES).map(|code| table.iter().map(|codes| codes[code]).sum()).collect();
    let (mut entropy, mut shared) = (0.0, 0.0);
    for codes in table {
        let of_cause: u64 = codes.iter().sum();
        entropy += bits(of_cause, n, u128::from(of_cause));
        shared += codes
            .iter()
            .zip(&of_code)
            .map(|(both, code)| bits(*both, u128::from(*both) * n, u128::from(of_cause) * u128::from(*code)))
            .sum::<f64>();
    }
    (entropy > 0.0).then(|| (shared / entropy).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(Cause, usize, u64)]) -> Table {
        let mut table = [[0; CODES]; Cause::COUNT];
        for (cause, code, count) in rows {
            table[*cause as usize][*code] = *count;
        }
        table
    }

    #[test]
    fn refusals_that_all_look_alike_explain_nothing() {
        let alike = table(&[(Cause::SlowUpstream, OPAQUE, 7), (Cause::RateLimit, OPAQUE, 3)]);
        assert_eq!(explanation(&alike), Some(0.0));
    }

    #[test]
    fn one_code_a_cause_explains_all() {
        let apart = table(&[
            (Cause::SlowUpstream, code_of(Reply::UpstreamTimeout), 7),
            (Cause::RateLimit, code_of(Reply::RateLimited), 3),
            (Cause::LostUp, NO_ANSWER, 1),
        ]);
        assert_eq!(explanation(&apart), Some(1.0));
        // Two codes of one cause take nothing away.
        let split = table(&[
            (Cause::SlowUpstream, code_of(Reply::UpstreamTimeout), 4),
            (Cause::SlowUpstream, OPAQUE, 4),
            (Cause::RateLimit, code_of(Reply::RateLimited), 8),
        ]);
        assert_eq!(explanation(&split), Some(1.0));
    }

    #[test]
    fn a_mixed_table_explains_its_mutual_information() {
        // Two causes, four attempts each: H = 1 bit. One of them shows 504 always, the other 504 in half the cases:
        // I = 1 - H(cause | 504) x 6/8 = 1 - 0.75 x h(1/3), h(1/3) = log2(3) - 2/3.
        let gateway_timeout = code_of(Reply::UpstreamTimeout);
        let mixed = table(&[
            (Cause::DeliberateSilence, gateway_timeout, 4),
            (Cause::SlowUpstream, gateway_timeout, 2),
            (Cause::SlowUpstream, OPAQUE, 2),
        ]);
        let log2_of_3 = 1.584_962_500_721_156;
        let by_hand = 1.0 - 0.75 * (log2_of_3 - 2.0 / 3.0);
        assert!((explanation(&mixed).expect("defined") - by_hand).abs() < 1e-12);
        assert_eq!(told_apart(&mixed, &mixed), 2);
    }

    #[test]
    fn one_cause_has_nothing_to_explain() {
        assert_eq!(explanation(&table(&[(Cause::RateLimit, OPAQUE, 9)])), None);
        assert_eq!(explanation(&table(&[])), None);
    }

    #[test]
    fn statuses_are_codes_and_final_pages_have_their_own() {
        assert_eq!(code_of(Reply::UpstreamTimeout), code_of(Reply::PaymentUnknown));
        assert_eq!(code_of(Reply::GatewayBusy), code_of(Reply::SalePaused));
        assert_eq!(code_of(Reply::TurnEnded), code_of(Reply::NotOpenYet));
        assert_ne!(code_of(Reply::SoldOut), code_of(Reply::SaleClosed));
        assert_ne!(code_of(Reply::Evicted), code_of(Reply::TurnEnded));
        assert_ne!(code_of(Reply::NewcomersRefused), code_of(Reply::Page));
    }
}
