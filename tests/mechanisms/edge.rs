//! The edge: accept queues, connection caps, rate limits, balancing, and what a client can read.

use super::{Book, happens, happens_with, runs_with};
use onsale::protocol::{Cause, Fact, Kind, Reading, Reply};
use std::collections::BTreeSet;

/// Pages are on their way for so long that nobody asks for anything else: only page loads are counted.
const NOTHING_ELSE: (&str, &str) = ("\"down\": \"0s\"", "\"down\": \"1h\"");

fn page_served(fact: &Fact) -> bool {
    matches!(fact, Fact::Answered { kind: Kind::OpenPage, reply: Reply::Page, .. })
}

/// Ten are served at a time, 1 s each; 21 may wait; everybody else tries again at the instants of a Linux client.
/// Returns the instants at which pages are served, and how many SYNs vanish.
fn stampede(persons: usize, until_us: u64) -> (Vec<u64>, usize) {
    const RETRIES_MS: [u64; 8] = [1020, 2040, 3060, 4090, 5110, 7130, 11_300, 19_500];
    let (mut served, mut vanished) = (Vec::new(), 0);
    let (mut busy_until, mut waiting): (Vec<u64>, usize) = (vec![1_000_000; 10], 0);
    let mut outside = persons - 10;
    let instants = std::iter::once(0).chain(RETRIES_MS.map(|ms| ms * 1000));
    let mut clock = Vec::new();
    clock.extend(instants.map(|at| (at, 1)));
    clock.extend((1..=until_us / 1_000_000).map(|second| (second * 1_000_000, 0)));
    clock.sort_unstable();
    for (now, what) in clock {
        if what == 0 {
            // Whoever was begun a second ago is done, and the first of those who wait take their places.
            let done = busy_until.iter().filter(|end| **end == now).count();
            served.extend(std::iter::repeat_n(now, done));
            busy_until.retain(|end| *end != now);
            let next = waiting.min(10 - busy_until.len());
            waiting -= next;
            busy_until.extend(std::iter::repeat_n(now + 1_000_000, next));
        } else {
            let enter = outside.min(21 - waiting);
            waiting += enter;
            outside -= enter;
            vanished += outside;
        }
    }
    (served, vanished)
}

#[test]
fn an_accept_queue_of_20_holds_21_and_the_other_syns_vanish_until_their_retries_find_room() {
    let book = happens_with("accept-queue", &[NOTHING_ELSE]);
    let (served, vanished) = stampede(100, 30_000_000);
    let served: Vec<u64> = served.into_iter().map(|after| 2_000_000 + after).collect();
    assert_eq!(book.instants_us(page_served), served);
    assert_eq!(book.count(|fact| matches!(fact, Fact::SynDropped { .. })), vanished);
    assert_eq!(served.len(), 100, "in 30 s of patience everybody gets through");
}

#[test]
fn whoever_gives_up_in_the_accept_queue_costs_no_upstream_work() {
    let book = happens_with(
        "accept-queue",
        &[
            NOTHING_ELSE,
            ("\"timeout\": \"30s\"", "\"timeout\": \"1500ms\""),
            // An abort takes a moment: all clients have gone before it frees a slot for one of them.
            ("\"up\": \"0s\"", "\"up\": \"1ms\""),
        ],
    );
    // The first ten are served at 1 s, the next ten would be at 2 s: at 1.5 s all others have gone.
    assert_eq!(book.count(page_served), 10, "the second ten are begun at 1 s and finished for nobody");
    let began = book.count(|fact| matches!(fact, Fact::ServiceBegan { .. }));
    assert_eq!(began, 20);
    let causes = |cause: Cause| {
        book.count(|fact| matches!(fact, Fact::TimedOut { cause: because, .. } if *because == cause))
    };
    assert_eq!(causes(Cause::SlowUpstream), 20, "ten were served too late, ten were being served");
    assert_eq!(
        causes(Cause::BacklogWait),
        11 + 10,
        "eleven of the first queue, ten of the retries at 1.02 s"
    );
    assert_eq!(causes(Cause::BacklogFull), 100 - 20 - 21);
}

#[test]
fn an_instant_burst_of_200_from_one_address_passes_21_and_429s_the_rest() {
    let book = happens_with("rate-limit", &[NOTHING_ELSE]);
    assert_eq!(book.count(page_served), 21);
    let refused = |fact: &Fact| {
        let of_pages = matches!(fact, Fact::Answered { kind: Kind::OpenPage, reply: Reply::RateLimited, .. });
        of_pages && matches!(fact, Fact::Answered { cause: Cause::RateLimit, .. })
    };
    assert_eq!(book.count(refused), 179);
    let apart = happens_with(
        "rate-limit",
        &[NOTHING_ELSE, ("\"persons_per_address\": 200", "\"persons_per_address\": 1")],
    );
    assert_eq!(apart.count(page_served), 200, "each address has a bucket of its own");
}

#[test]
fn without_nodelay_the_burst_leaves_at_the_rate_of_50_a_second() {
    let book = happens_with("rate-limit", &[NOTHING_ELSE, ("\"nodelay\": true", "\"nodelay\": false")]);
    let expected: Vec<u64> = (0..21).map(|i| 2_000_000 + i * 20_000).collect();
    assert_eq!(book.instants_us(page_served), expected);
}

#[test]
fn a_poisson_stream_of_100_a_second_is_cut_to_50_and_the_accepted_wait_390_ms() {
    let stream = "\"poisson\": { \"from\": \"2s\", \"per_second\": 100 }";
    let book = happens_with(
        "rate-limit",
        &[
            NOTHING_ELSE,
            ("\"spike\": { \"at\": \"2s\" }", stream),
            (
                "\"count\": 200, \"persons_per_address\": 200",
                "\"count\": 20000, \"persons_per_address\": 20000",
            ),
            ("\"nodelay\": true", "\"nodelay\": false"),
            ("\"horizon\": \"60s\"", "\"horizon\": \"10m\""),
        ],
    );
    let sent = book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. }));
    let lasted_s = (sent[sent.len() - 1] - sent[0]) as f64 / 1e6;
    let served = book.instants_us(page_served);
    let rate = served.len() as f64 / lasted_s;
    assert!((rate - 50.0).abs() < 0.5, "{rate} a second");
    // Served later than asked for: in order, so the difference of the sums is the sum of the delays.
    let mut asked = Vec::new();
    for (at, fact) in &book.0 {
        match fact {
            Fact::Sent { kind: Kind::OpenPage, .. } => asked.push(at.as_us()),
            Fact::Answered { reply: Reply::RateLimited, .. } => {
                asked.pop();
            }
            _ => {}
        }
    }
    let delay_ms =
        (served.iter().sum::<u64>() - asked.iter().sum::<u64>()) as f64 / served.len() as f64 / 1e3;
    assert!((delay_ms - 390.0).abs() < 10.0, "a real gateway delayed them by 390 ms, this one by {delay_ms}");
}

#[test]
fn a_gateway_with_20_connections_cuts_off_all_but_10_and_logs_nothing_of_it() {
    let book = happens_with("connection-cap", &[NOTHING_ELSE]);
    let closed = |fact: &Fact| matches!(fact, Fact::ConnectionClosed { cause: Cause::ConnectionCap, .. });
    assert_eq!((book.count(page_served), book.count(closed)), (10, 90));
    let logged = book.count(|fact| matches!(fact, Fact::Answered { kind: Kind::OpenPage, .. }));
    assert_eq!(logged, 10);
}

/// Erlang's loss formula by its recursion.
fn erlang_b(servers: u32, erlangs: f64) -> f64 {
    (1..=servers).fold(1.0, |b, n| erlangs * b / (f64::from(n) + erlangs * b))
}

#[test]
fn a_connection_cap_is_a_loss_system_whatever_the_law_of_service() {
    let book = happens_with(
        "connection-cap",
        &[
            NOTHING_ELSE,
            ("\"spike\": { \"at\": \"2s\" }", "\"poisson\": { \"from\": \"2s\", \"per_second\": 12 }"),
            ("\"count\": 100", "\"count\": 40000"),
            ("\"horizon\": \"60s\"", "\"horizon\": \"2h\""),
        ],
    );
    let closed = book.count(|fact| matches!(fact, Fact::ConnectionClosed { .. })) as f64 / 40_000.0;
    let expected = erlang_b(10, 12.0);
    assert!((expected - 0.302).abs() < 0.0005, "the textbook says 30.2 %");
    // Losses come in runs: three times the error of independent draws.
    let error = 3.0 * (expected * (1.0 - expected) / 40_000.0).sqrt();
    assert!((closed - expected).abs() < 4.0 * error, "{closed} against {expected}");
}

/// When clients stop waiting for what the rate limit kept from them.
fn timed_out(book: &Book) -> Vec<u64> {
    book.instants_us(|fact| matches!(fact, Fact::TimedOut { cause: Cause::RateLimit, .. }))
}

#[test]
fn a_tarpit_says_nothing_until_the_client_itself_gives_up() {
    let book = happens_with("tarpit", &[NOTHING_ELSE]);
    assert_eq!(timed_out(&book), vec![17_000_000; 179]);
    let answered = book.count(|fact| matches!(fact, Fact::Answered { kind: Kind::OpenPage, .. }));
    assert_eq!((book.count(page_served), answered), (21, 21));
    assert_eq!(book.count(|fact| matches!(fact, Fact::Silenced { .. })), 179);
    assert_eq!(
        book.count(|fact| matches!(fact, Fact::Aborted { .. })),
        179,
        "the abort frees the connection"
    );
}

#[test]
fn a_refusal_by_drop_closes_the_connection_without_a_status() {
    let book =
        happens_with("tarpit", &[("\"down\": \"0s\"", "\"down\": \"1s\""), ("\"hold_open\"", "\"drop\"")]);
    let closed = |fact: &Fact| matches!(fact, Fact::ConnectionClosed { cause: Cause::RateLimit, .. });
    assert_eq!(book.count(closed), 179);
    assert_eq!(timed_out(&book), Vec::<u64>::new());
    let opaque = |fact: &Fact| matches!(fact, Fact::Heard { reading: Reading::Opaque(_), .. });
    assert_eq!(book.count(opaque), 179, "there is no status to read, not even for a navigation");
}

#[test]
fn a_navigation_reads_the_503_that_a_script_sees_as_a_network_error() {
    let heard = |book: &Book, kind: Kind| {
        let of = |wanted: Reading| {
            book.count(
                |fact| matches!(fact, Fact::Heard { kind: k, reading, .. } if *k == kind && *reading == wanted),
            )
        };
        (of(Reading::Answer(Reply::GatewayBusy)), of(Reading::Opaque(Reply::GatewayBusy)))
    };
    // 200 load the page at once, and 100 of them are refused. Where the page takes no time, all 200 get it and join at
    // once, and 100 joins are refused.
    let book = happens("opaque-errors");
    assert_eq!(heard(&book, Kind::OpenPage), (100, 0));
    let open = [("\"route\": { \"open_page\": \"inventory\" },", "")];
    let book = happens_with("opaque-errors", &open);
    assert_eq!(heard(&book, Kind::Join), (0, 100));
    let cors = (
        "\"concurrency\": 100",
        "\"concurrency\": 100, \"cors\": { \"gateway\": { \"server_error\": true } }",
    );
    let book = happens_with("opaque-errors", &[open[0], cors]);
    assert_eq!(heard(&book, Kind::Join), (100, 0), "with the headers a script reads it too");
}

#[test]
fn round_robin_spreads_evenly_and_ip_hash_keeps_an_address_together() {
    let per_gateway = |book: &Book| {
        let mut counts = [0; 3];
        for (_, fact) in &book.0 {
            if let Fact::Accepted { kind: Kind::OpenPage, gateway, .. } = fact {
                counts[gateway.index()] += 1;
            }
        }
        counts
    };
    assert_eq!(per_gateway(&happens("balancing")), [100, 100, 100]);
    let hashed = happens_with("balancing", &[("round_robin", "ip_hash")]);
    assert_eq!(per_gateway(&hashed).iter().sum::<i32>(), 300);
    let mut gateway_of_address = [None; 30];
    for (_, fact) in &hashed.0 {
        if let Fact::Accepted { who, gateway, .. } = fact {
            let kept = gateway_of_address[who.person.0 as usize % 30].get_or_insert(*gateway);
            assert_eq!(kept, gateway, "persons of one address share a gateway");
        }
    }
}

/// The share of page loads that some gateway refused, and how uneven the gateways' peaks were.
fn spread(balancing: &str, concurrency: &str) -> (f64, f64) {
    let changes = [("\"sticky\"", balancing), ("\"concurrency\": 12", concurrency)];
    let book = happens_with("balancing-by-load", &changes);
    let asked = book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. })) as f64;
    let busy = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::GatewayBusy, .. });
    let mut peaks = [0.0; 10];
    for (_, fact) in &book.0 {
        if let Fact::GatewayPeak { gateway, in_flight } = fact {
            peaks[gateway.index()] = f64::from(*in_flight);
        }
    }
    let highest = peaks.iter().copied().fold(0.0, f64::max);
    (book.count(busy) as f64 / asked, highest * 10.0 / peaks.iter().sum::<f64>())
}

#[test]
fn sent_to_the_least_loaded_ten_small_loss_systems_become_one() {
    let limit = "\"concurrency\": 12";
    let (alone, together) = (erlang_b(12, 10.0), erlang_b(120, 100.0));
    let (by_lot, _) = spread("\"sticky\"", limit);
    assert!((by_lot - alone).abs() < 0.01, "{by_lot} refused by lot, not {alone}");
    let (least, _) = spread("\"least_loaded\"", limit);
    assert!((least - together).abs() < 0.004, "{least} refused by the least loaded, not {together}");
    let (two, _) = spread("\"two_choices\"", limit);
    assert!(two > together && two < alone / 3.0, "{two}: two choices are nearly as good as ten");
}

#[test]
fn the_better_a_balancer_knows_the_load_the_more_even_are_the_peaks() {
    let uneven = ["\"sticky\"", "\"two_choices\"", "\"least_loaded\""]
        .map(|balancing| spread(balancing, "\"concurrency\": null").1);
    assert!(uneven[0] > uneven[1] && uneven[1] >= uneven[2], "{uneven:?}");
    assert!(uneven[2] < 1.06, "the least loaded: {uneven:?}");
    let result = runs_with("balancing-by-load", &[]);
    assert_eq!(result.value("gateways.in_flight_peak"), Some(12.0), "the limit");
    assert_eq!(result.value("gateways.imbalance"), Some(1.0), "in seven minutes each has been full");
}

/// Persons of a range to whom a fact of this sort ever happened.
fn persons(book: &Book, range: std::ops::Range<u32>, is: impl Fn(&Fact) -> bool) -> usize {
    let about = book.0.iter().filter(|(_, fact)| is(fact)).filter_map(|(_, fact)| fact.person());
    about.map(|person| person.0).filter(|person| range.contains(person)).collect::<BTreeSet<u32>>().len()
}

#[test]
fn an_address_shared_by_a_hundred_is_refused_while_it_polls_and_one_of_one_is_not() {
    let limited =
        |fact: &Fact| matches!(fact, Fact::Answered { kind: Kind::Poll, reply: Reply::RateLimited, .. });
    let book = happens("shared-address");
    assert_eq!(persons(&book, 0..300, limited), 0, "at home everybody keeps the limit");
    let hit = persons(&book, 300..600, limited);
    assert!(hit > 250, "100 pages that poll every 20 s are 5 a second against 2: {hit} of 300 are refused");
    let skipped = |range| persons(&book, range, |fact| matches!(fact, Fact::Skipped { .. }));
    assert!(skipped(300..600) > 20, "a place whose polls are refused is given up: {}", skipped(300..600));
    assert_eq!(skipped(0..300), 0);
    let result = runs_with("shared-address", &[]);
    let success = |cohort| result.of_cohort("fairness.success", cohort).expect("a share");
    assert!(success("home") > success("campus") + 0.1, "{} and {}", success("home"), success("campus"));
    assert_eq!(result.value("silent.mechanism.rate_limited_polling.touched"), Some(hit as f64));
    let apart =
        happens_with("shared-address", &[("\"persons_per_address\": 100", "\"persons_per_address\": 1")]);
    assert_eq!(apart.count(limited), 0, "the neighbours are all there is to it");
}

#[test]
fn an_account_over_its_limit_too_often_is_locked_and_nothing_of_it_is_accepted_again() {
    let book = happens("account-lock");
    let locked = |fact: &Fact| matches!(fact, Fact::AccountLocked { .. });
    let hasty = persons(&book, 200..300, locked);
    assert!(
        hasty > 90,
        "whoever asks once a second is locked, but for a few who get in first: {hasty} of 100"
    );
    assert_eq!(book.count(locked), hasty, "each once, and nobody of the patient");
    let mut locked_at = [None; 300];
    let mut refusals = [0; 300];
    for (at, fact) in &book.0 {
        match fact {
            Fact::AccountLocked { who } => {
                locked_at[who.person.0 as usize] = Some(*at);
                assert_eq!(refusals[who.person.0 as usize], 4, "four refusals, and the fifth locks");
            }
            Fact::Answered { who, reply: Reply::RateLimited, cause, .. } => {
                refusals[who.person.0 as usize] += 1;
                let is_locked = locked_at[who.person.0 as usize].is_some();
                assert_eq!(
                    *cause == Cause::AccountLock,
                    is_locked,
                    "the reply is the same, the cause is not"
                );
            }
            Fact::Accepted { who, .. } => {
                assert_eq!(locked_at[who.person.0 as usize], None, "nothing of a locked account is accepted");
            }
            _ => {}
        }
    }
}

#[test]
fn each_account_of_a_person_has_a_limit_of_its_own() {
    let refused = |accounts: &str| {
        let crowd = format!(r#"{{ "polling_page": {{ "interval": "1s" }} }}, "sessions": [0, 1]{accounts}"#);
        let changes = [
            (r#"{ "polling_page": { "interval": "1s" } }"#, crowd.as_str()),
            (
                r#"{ "per_second": 0.4, "burst": 5, "lock": { "after": 5 } }"#,
                r#"{ "per_second": 1.5, "burst": 5 }"#,
            ),
        ];
        happens_with("account-lock", &changes)
            .count(|fact| matches!(fact, Fact::Answered { reply: Reply::RateLimited, .. }))
    };
    assert!(refused("") > 1000, "two tabs that ask once a second are over 1.5 a second: {}", refused(""));
    assert_eq!(refused(r#", "accounts": 2"#), 0, "each tab of an account of its own is below it");
}

#[test]
fn a_lock_without_notice_is_a_silent_failure_and_with_a_notice_it_is_none() {
    let run = |changes: &[(&str, &str)]| runs_with("account-lock", changes);
    let silent = run(&[]);
    let locked = silent.value("accounts.locked");
    assert!(locked > Some(90.0), "{locked:?}");
    assert!(silent.value("accounts.refused_locked") > Some(1000.0));
    assert_eq!(silent.value("silent.mechanism.account_locked.touched"), locked);
    let counted = silent.value("silent.mechanism.account_locked").expect("a count");
    assert!(Some(counted) > locked.map(|locked| locked * 0.9), "{counted} were never told so");
    let notice = ("\"after\": 5", "\"after\": 5, \"notice\": true");
    let cors =
        ("\"account_limit\"", "\"cors\": { \"gateway\": { \"client_error\": true } }, \"account_limit\"");
    let told = run(&[notice, cors]);
    assert!(told.value("accounts.locked") > Some(90.0));
    assert_eq!(told.value("silent.mechanism.account_locked"), Some(0.0));
}
