//! What breaks between the gateways and what stands behind them: a way cut off, a store lost, messages lost, a budget that
//! several places spend.

use super::{Book, happens, happens_with, measured};
use onsale::protocol::{Cause, Fact, Kind, Reply};
use std::collections::BTreeMap;

const SECOND: u64 = 1_000_000;

/// What a page was answered: when, and why.
type Answered = Option<(u64, Reply, Cause)>;

/// When each person's page was accepted, and what it was answered, when and why.
fn pages(book: &Book) -> BTreeMap<u32, (u64, Answered)> {
    let mut pages = BTreeMap::new();
    for (at, fact) in &book.0 {
        match *fact {
            Fact::Accepted { who, kind: Kind::OpenPage, .. } => {
                pages.insert(who.person.0, (at.as_us(), None));
            }
            Fact::Answered { who, kind: Kind::OpenPage, reply, cause, .. } => {
                let page = pages.get_mut(&who.person.0).expect("accepted before it is answered");
                page.1 = Some((at.as_us(), reply, cause));
            }
            _ => {}
        }
    }
    pages
}

#[test]
fn what_is_sent_to_a_station_that_is_cut_off_vanishes_and_so_do_the_answers_to_what_had_arrived() {
    let book = happens("partition");
    let cut = 10 * SECOND..15 * SECOND;
    let mut lost = 0;
    for (person, (accepted, answer)) in pages(&book) {
        let (at, reply, cause) = answer.expect("the gateway answers everybody");
        // 50 servers are never all busy: a page takes 100 ms.
        if cut.contains(&accepted) || cut.contains(&(accepted + 100_000)) {
            lost += 1;
            assert_eq!(
                (at, reply, cause),
                (accepted + 2 * SECOND, Reply::UpstreamTimeout, Cause::Partition),
                "{person}"
            );
        } else {
            assert_eq!((at, reply), (accepted + 100_000, Reply::Page), "{person}");
        }
    }
    assert!(lost > 200, "{lost}");
    let served = book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. }));
    assert!(served.iter().any(|at| cut.contains(at)), "what had arrived was served, for nobody");
    assert_eq!(book.count(|fact| matches!(fact, Fact::CutOff { .. })), lost);
    assert_eq!(measured("partition", "requests.cut_off"), Some(lost as f64));
}

fn turns(book: &Book) -> Vec<u64> {
    book.instants_us(|fact| matches!(fact, Fact::TurnIssued { .. }))
}

#[test]
fn a_wiped_session_store_sends_everybody_to_the_back_and_leaves_tickets_alone() {
    let book = happens("session-store-wiped");
    let forgotten = book.instants_us(|fact| matches!(fact, Fact::Forgotten { .. }));
    // One turn a second from 10 s on, told at the next of the instants 10, 15 ...; four seconds later the seat is paid.
    let sold_before = (10..=30).filter(|turn: &u64| turn.next_multiple_of(5) + 4 <= 30).count();
    assert_eq!(sold_before, 16);
    assert_eq!(forgotten, vec![30_500_000; 100 - sold_before]);
    let errors = book.instants_us(|fact| {
        matches!(fact, Fact::Answered { reply: Reply::ServerError, cause: Cause::SessionStore, .. })
    });
    assert!(errors.iter().all(|at| (30_500_000..36_500_000).contains(at)));
    assert!(errors.len() >= 79, "all who were in line ask at 35 s: {}", errors.len());
    let joined = book.instants_us(|fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(joined.len(), 100 + forgotten.len(), "everybody who was forgotten joins again");
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatSold { .. })), 100);
    assert_eq!(measured("session-store-wiped", "line.forgotten"), Some(84.0));
    assert_eq!(measured("session-store-wiped", "silent.mechanism.session_forgotten.touched"), Some(84.0));
}

#[test]
fn a_shard_of_the_session_store_forgets_its_share_and_the_others_keep_their_places() {
    let shard = ("\"session_store_wiped\": {}", "\"session_store_wiped\": { \"share\": 0.25 }");
    let book = happens_with("session-store-wiped", &[shard]);
    let forgotten = book.count(|fact| matches!(fact, Fact::Forgotten { .. }));
    // 84 draws of a quarter: 21, within 4 standard deviations of 4.
    assert!((5..=37).contains(&forgotten), "{forgotten}");
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatSold { .. })), 100);
}

#[test]
fn lost_goodbyes_leak_the_slots_inside_until_their_turns_end() {
    let book = happens("lost-goodbyes");
    // Ten at the opening, and ten whenever their turns end, a minute later each time, until goodbyes arrive again.
    let expected: Vec<u64> =
        [10, 70, 130, 190, 250].into_iter().flat_map(|at| vec![at * SECOND; 10]).collect();
    let issued = turns(&book);
    assert_eq!(issued[..50], expected[..]);
    let lost = book.count(|fact| matches!(fact, Fact::MessageLost { kind: Kind::Leave, .. }));
    assert_eq!(lost, 40, "those who entered at 250 s are heard leaving");
    assert_eq!(measured("lost-goodbyes", "messages.goodbyes_lost"), Some(40.0));
    let heard = happens_with("lost-goodbyes", &[("\"for\": \"4m\"", "\"for\": \"1s\"")]);
    assert!(turns(&heard)[99] < 70 * SECOND, "where goodbyes arrive the line is through in a minute");
    assert!(issued[99] > 255 * SECOND);
}

#[test]
fn four_places_that_do_not_hear_of_each_other_let_in_four_times_the_limit() {
    let book = happens("stale-budget");
    let issued = turns(&book);
    assert_eq!(issued.iter().filter(|at| **at == 10 * SECOND).count(), 80);
    // They buy a minute after they are told, at once for those called at the opening; then twenty at a time.
    assert_eq!(issued[80], 70 * SECOND);
    assert_eq!(issued.iter().filter(|at| **at == 70 * SECOND).count(), 20, "now the limit holds");
    assert_eq!(measured("stale-budget", "line.overshoot.turns"), Some(60.0));
    assert_eq!(measured("stale-budget", "line.overshoot.most"), Some(60.0));
}

#[test]
fn a_rate_that_four_places_share_unheard_is_spent_four_times() {
    let rate = ("\"total_active\": 20", "\"new_per_minute\": 60");
    let book = happens_with("stale-budget", &[rate]);
    let by = |second: u64| turns(&book).into_iter().filter(|at| *at <= second * SECOND).count();
    assert_eq!(by(39), 1 + 4 * 29, "four a second while it lasts");
    assert_eq!(by(70) - by(50), 20, "one a second afterwards");
}
