//! What stands behind the gateways: disciplines, slowdown under load, and peers of which some fail.

use super::{Book, happens, happens_with};
use onsale::protocol::{Cause, Fact, Kind, Reply, Who};

const SECOND: u64 = 1_000_000;

/// When each person's page was accepted at the edge, in microseconds, in order.
pub fn asked_us(book: &Book) -> Vec<u64> {
    book.instants_us(|fact| matches!(fact, Fact::Accepted { kind: Kind::OpenPage, .. }))
}

/// First come, first served: when each service begins, given when its request came and how long a service takes that
/// begins at an instant. `None` for whoever has left the queue by then.
pub fn begins(
    asked: &[u64], servers: usize, service: impl Fn(u64) -> u64, patience: Option<u64>,
) -> Vec<Option<u64>> {
    let mut free_at = vec![0; servers];
    let mut begin = |&asked: &u64| {
        let server = (0..servers).min_by_key(|&server| free_at[server]).expect("there is one");
        let at = free_at[server].max(asked);
        if patience.is_some_and(|patience| at > asked + patience) {
            return None;
        }
        free_at[server] = at + service(at);
        Some(at)
    };
    asked.iter().map(&mut begin).collect()
}

fn service_began(fact: &Fact) -> bool {
    matches!(fact, Fact::ServiceBegan { .. })
}

/// The instant after `from` at which somebody first gets a page in time.
fn recovered_at(book: &Book, from: u64) -> u64 {
    let heard = book.instants_us(|fact| matches!(fact, Fact::Heard { kind: Kind::OpenPage, .. }));
    heard.into_iter().find(|&at| at > from).expect("somebody gets a page again")
}

const FIFO: (&str, &str) = ("{ \"drop_expired\": {} }", "{ \"fifo\": {} }");

#[test]
fn a_station_that_drops_the_gone_serves_exactly_those_whose_turn_comes_in_time() {
    for (changes, patience) in [(&[][..], Some(2 * SECOND)), (&[FIFO][..], None)] {
        let book = happens_with("drop-expired", changes);
        let asked = asked_us(&book);
        let begins = begins(&asked, 10, |_| 100_000, patience);
        let served: Vec<u64> = begins.iter().copied().flatten().collect();
        assert_eq!(book.instants_us(service_began), served);
        let dropped = book.count(|fact| matches!(fact, Fact::DroppedExpired { .. }));
        assert_eq!(dropped, asked.len() - served.len());
        let late =
            |(asked, begins): (&u64, &Option<u64>)| begins.is_none_or(|at| at + 100_000 > asked + 2 * SECOND);
        let timed_out = book.count(|fact| matches!(fact, Fact::TimedOut { kind: Kind::OpenPage, .. }));
        assert_eq!(timed_out, asked.iter().zip(&begins).filter(|pair| late(*pair)).count());
    }
}

#[test]
fn plain_fifo_recovers_after_backlog_over_spare_capacity_and_dropping_the_gone_within_a_timeout() {
    // 300 a second came for 20 s where 100 are served; 50 a second come after. An answer is in time again once the
    // queue is served within the timeout; with the gone dropped, once the first who came after the surge is at its head.
    let backlog = (300.0 - 100.0) * 20.0 - (2.0 - 0.1) * 100.0;
    let expected_s = backlog / (100.0 - 50.0);
    let recovery_s = |book: &Book| (recovered_at(book, 41 * SECOND) - 40 * SECOND) as f64 / 1e6;
    let fifo = recovery_s(&happens_with("drop-expired", &[FIFO]));
    assert!((fifo - expected_s).abs() < 0.1 * expected_s, "after {fifo} s, expected {expected_s}");
    let dropping = recovery_s(&happens("drop-expired"));
    assert!(dropping < 2.0 + 0.5, "after {dropping} s");
}

#[test]
fn services_grow_longer_by_those_at_the_station_when_they_begin() {
    let book = happens("slowdown");
    // All 60 come at once: four are served at their plain time, and the others as the servers get free, one by one.
    let mut ends = vec![2_100_000_u64; 4];
    let mut ended = Vec::new();
    let mut here = 60;
    for waiting in (0..56).rev() {
        ends.sort_unstable();
        ended.push(ends.remove(0));
        here -= 1;
        assert_eq!(here, waiting + 4, "three in service, the one who begins, and those who wait");
        let slower = (here - 4) * 5_000;
        ends.push(ended[ended.len() - 1] + (100_000 + slower).min(300_000));
    }
    ended.append(&mut ends);
    ended.sort_unstable();
    assert_eq!(book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. })), ended);
}

/// Two peers that never answer within `TIMEOUT`, behind one gateway with nginx's defaults, worked out apart from the
/// simulator: outcomes of pages asked at these instants.
#[derive(Debug, Default, PartialEq, Eq)]
struct TwoSickPeers {
    refused_at_once: usize,
    refused_after_a_timeout: usize,
    timed_out_twice: usize,
    sent_on: usize,
}

fn two_sick_peers(asked: &[u64]) -> TwoSickPeers {
    const TIMEOUT: u64 = 2 * SECOND;
    let mut outcome = TwoSickPeers::default();
    // For each peer: the second at which it failed or was last tried, once it has failed at all.
    let mut left_out: [Option<u64>; 2] = [None, None];
    let mut turn = 0;
    // What is under way: when its timer fires, at which peer, and whether the other was tried before.
    let mut waiting: Vec<(u64, usize, bool)> = Vec::new();
    let up = |left_out: &[Option<u64>; 2], peer: usize, now: u64| {
        left_out[peer].is_none_or(|at| now / SECOND - at > 10)
    };
    let mut asked = asked.iter().copied().peekable();
    loop {
        let timer = waiting.iter().map(|one| one.0).min();
        match (timer, asked.peek().copied()) {
            (Some(at), next) if next.is_none_or(|next| at <= next) => {
                let one = waiting.iter().position(|one| one.0 == at).expect("it is there");
                let (_, peer, second) = waiting.remove(one);
                left_out[peer] = Some(at / SECOND);
                let other = 1 - peer;
                if second {
                    outcome.timed_out_twice += 1;
                } else if up(&left_out, other, at) {
                    left_out[other] = left_out[other].map(|_| at / SECOND);
                    turn = peer;
                    waiting.push((at + TIMEOUT, other, true));
                    outcome.sent_on += 1;
                } else {
                    outcome.refused_after_a_timeout += 1;
                }
            }
            (_, Some(at)) => {
                asked.next();
                match [turn, 1 - turn].into_iter().find(|&peer| up(&left_out, peer, at)) {
                    Some(peer) => {
                        left_out[peer] = left_out[peer].map(|_| at / SECOND);
                        turn = 1 - peer;
                        waiting.push((at + TIMEOUT, peer, false));
                    }
                    None => outcome.refused_at_once += 1,
                }
            }
            (_, None) => return outcome,
        }
    }
}

fn bad_gateways(book: &Book) -> Vec<(u64, Who)> {
    let peers_down = |fact: &Fact| match *fact {
        Fact::Answered { who, reply: Reply::BadGateway, cause: Cause::PeersDown, .. } => Some(who),
        _ => None,
    };
    book.0.iter().filter_map(|(at, fact)| peers_down(fact).map(|who| (at.as_us(), who))).collect()
}

#[test]
fn two_slow_peers_with_nginx_s_defaults_answer_502_most_of_the_time_while_they_idle() {
    let book = happens("peers");
    let asked = asked_us(&book);
    let expected = two_sick_peers(&asked);
    let refused = bad_gateways(&book);
    // Persons are numbered in order of arrival, one page each.
    let at_once = refused.iter().filter(|(at, who)| asked[who.person.index()] == *at).count();
    let found = TwoSickPeers {
        refused_at_once: at_once,
        refused_after_a_timeout: refused.len() - at_once,
        timed_out_twice: book
            .count(|fact| matches!(fact, Fact::Answered { reply: Reply::UpstreamTimeout, .. })),
        sent_on: book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. })),
    };
    assert_eq!(found, expected);
    assert!(found.refused_at_once * 10 > asked.len() * 7, "{found:?} of {}", asked.len());
    let lasted = asked[asked.len() - 1] - asked[0];
    let busy = book.count(service_began) as u64 * 3 * SECOND;
    assert!(busy * 2 < 2 * lasted, "both peers idle more than half of the time: {busy} us of 2 x {lasted}");
    let marked = book.count(|fact| matches!(fact, Fact::PeerMarkedDown { .. }));
    assert_eq!(
        marked,
        found.refused_after_a_timeout + found.sent_on + found.timed_out_twice,
        "every timeout marks"
    );
}

/// Peers that are never marked, and are never busy.
const UNMARKED: [(&str, &str); 2] = [
    ("\"upstream_timeout\": \"2s\"", "\"upstream_timeout\": \"2s\", \"upstream\": { \"max_fails\": 0 }"),
    ("\"servers\": 1", "\"servers\": 1000"),
];

#[test]
fn timeouts_that_go_to_the_next_peer_double_the_load() {
    let book = happens_with("peers", &UNMARKED);
    let asked = asked_us(&book);
    assert_eq!(book.count(service_began), 2 * asked.len());
    assert_eq!(book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. })), asked.len());
    let gave_up =
        book.instants_us(|fact| matches!(fact, Fact::Answered { reply: Reply::UpstreamTimeout, .. }));
    let expected: Vec<u64> = asked.iter().map(|at| at + 4 * SECOND).collect();
    assert_eq!(gave_up, expected, "504 after a timeout at each of the two peers");
    let zombies = |fact: &Fact| matches!(fact, Fact::ServiceEnded { zombie, .. } if zombie.as_us() == SECOND);
    assert_eq!(book.count(zombies), 2 * asked.len(), "the last second of each service is for nobody");
}

#[test]
fn a_post_that_was_sent_is_not_sent_again() {
    let [unmarked, idle] = UNMARKED;
    let holds = ("\"open_page\": \"inventory\"", "\"open_page\": \"none\"");
    let book = happens_with("peers", &[unmarked, idle, holds, ("\"choose\": \"1h\"", "\"choose\": \"0s\"")]);
    let asked = book.count(|fact| matches!(fact, Fact::Accepted { kind: Kind::Hold, .. }));
    assert!(asked > 1000, "{asked} holds were asked for");
    assert_eq!(book.count(service_began), asked);
    assert_eq!(book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. })), 0);
}

#[test]
fn a_full_queue_sends_to_the_next_peer_where_503_is_listed() {
    let full = [
        ("\"service\": \"3s\"", "\"service\": \"3s\", \"queue\": 0"),
        ("\"upstream_timeout\": \"2s\"", "\"upstream_timeout\": null"),
    ];
    let listed = (
        "\"upstream_timeout\": null",
        "\"upstream_timeout\": null, \"upstream\": { \"max_fails\": 0, \"next_upstream\": [\"http_503\"] }",
    );
    let busy =
        |book: &Book| book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::StationBusy, .. }));
    let turned_away = |book: &Book| book.count(|fact| matches!(fact, Fact::TurnedAway { .. }));
    let alone = happens_with("peers", &full);
    assert_eq!(busy(&alone), turned_away(&alone), "a 503 is passed on");
    let together = happens_with("peers", &[full[0], full[1], listed]);
    let asked = asked_us(&together);
    // Two servers without a queue, whichever peer is asked first: served is whoever finds either of them free.
    let served = begins(&asked, 2, |_| 3 * SECOND, Some(0)).into_iter().flatten().count();
    assert_eq!(together.count(service_began), served);
    assert_eq!(busy(&together), asked.len() - served);
    let sent_on = together.count(|fact| matches!(fact, Fact::SentToNextPeer { .. }));
    assert_eq!(turned_away(&together), busy(&together) + sent_on);
}
