//! What happens at the checkout, one small scenario a mechanism: what came about against what is worked out here from
//! the facts that the mechanism does not decide.

use super::{Book, happens, happens_with, measured_with};
use onsale::protocol::{CheckoutEvent, Direction, Fact, Kind, Reply, Stop, Who};
use std::collections::{BTreeMap, BTreeSet};

const SECOND: u64 = 1_000_000;

fn step(wanted: CheckoutEvent) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::AtCheckout { step, .. } if *step == wanted)
}

const fn is_charge(fact: &Fact) -> bool {
    matches!(fact, Fact::Charged { .. })
}

const fn is_duplicate(fact: &Fact) -> bool {
    matches!(fact, Fact::Charged { duplicate: true, .. })
}

const fn is_sale(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatSold { .. })
}

/// The counts of a mechanism's scenario, with some of its text replaced.
fn counted(name: &str, changes: &[(&str, &str)], metric: &str) -> f64 {
    measured_with(name, metric, changes).unwrap_or_else(|| panic!("{metric} is a number"))
}

#[track_caller]
fn assert_share(found: usize, of: usize, share: f64) {
    let (found, of) = (found as f64, of as f64);
    let error = (share * (1.0 - share) * of).sqrt();
    assert!((found - share * of).abs() < 4.0 * error, "{found} of {of} are not {share}, +- {error}");
}

#[test]
fn a_key_repeats_the_lost_answer_where_a_payment_without_one_is_charged_twice() {
    let lost = |fact: &Fact| matches!(fact, Fact::PaymentReplyLost { charged: true, .. });
    let bare = happens_with("idempotency", &[(", \"idempotency\": { \"keeps\": \"all_replies\" }", "")]);
    let keyed = happens("idempotency");
    let unheard = bare.count(lost);
    assert!(unheard > 5, "the outage swallows answers: {unheard}");
    assert_eq!(bare.count(is_duplicate), unheard, "nobody knows, so they pay again");
    assert_eq!(keyed.count(lost), unheard, "a key brings no answer back by itself");
    assert_eq!((keyed.count(is_charge), keyed.count(is_duplicate)), (400, 0));
    assert_eq!(keyed.count(step(CheckoutEvent::ChargeRepeated)), unheard);
    assert_eq!(keyed.count(is_sale), 400);
    assert_eq!(counted("idempotency", &[], "checkout.answers_repeated"), unheard as f64);
    assert_eq!(counted("idempotency", &[], "sale.duplicate_charges"), 0.0);
}

#[test]
fn a_key_that_is_forgotten_protects_nobody() {
    let forgetful = [("\"all_replies\"", "\"all_replies\", \"kept_for\": \"1ms\"")];
    let keyed = happens_with("idempotency", &forgetful);
    let lost = keyed.count(|fact| matches!(fact, Fact::PaymentReplyLost { charged: true, .. }));
    assert!(lost > 5);
    assert_eq!(keyed.count(is_duplicate), lost);
    assert_eq!(keyed.count(step(CheckoutEvent::ChargeRepeated)), 0);
}

/// What became of each hold: did the provider fail at it, and was it sold?
fn holds(book: &Book) -> Vec<(bool, bool)> {
    let mut open: BTreeMap<u32, (bool, bool)> = BTreeMap::new();
    let mut ended = Vec::new();
    for (_, fact) in &book.0 {
        match *fact {
            Fact::SeatHeld { who, .. } => {
                assert!(open.insert(who.person.0, (false, false)).is_none());
            }
            Fact::AtCheckout { who, step: CheckoutEvent::ProviderFailed } => {
                open.get_mut(&who.person.0).expect("paid for a hold").0 = true;
            }
            Fact::SeatSold { who, .. } => {
                let (failed, _) = open.remove(&who.person.0).expect("sold from a hold");
                ended.push((failed, true));
            }
            Fact::SeatReturned { who, .. } => {
                ended.push(open.remove(&who.person.0).expect("returned from a hold"));
            }
            _ => {}
        }
    }
    ended
}

#[test]
fn an_error_kept_under_a_key_spoils_the_hold_and_one_that_is_not_kept_does_not() {
    let kept = happens("repeated-errors");
    let all = holds(&kept);
    let failed: Vec<_> = all.iter().filter(|(failed, _)| *failed).collect();
    assert_share(failed.len(), all.len(), 0.2);
    assert!(failed.iter().all(|(_, sold)| !sold), "with that key nobody can ever pay");
    assert!(kept.count(step(CheckoutEvent::ErrorRepeated)) > 10 * failed.len(), "they try every few seconds");

    let successes = [("\"keeps\": \"all_replies\"", "\"keeps\": \"successes_only\"")];
    let forgotten = happens_with("repeated-errors", &successes);
    let all = holds(&forgotten);
    assert_eq!(forgotten.count(step(CheckoutEvent::ErrorRepeated)), 0);
    assert!(all.iter().filter(|(failed, _)| *failed).count() > 60);
    assert!(all.iter().all(|(_, sold)| *sold), "the next try is a new one");
    let failures = forgotten.count(step(CheckoutEvent::ProviderFailed));
    assert_share(failures, failures + 500, 0.2);
    let repeated = counted("repeated-errors", &[], "checkout.errors_repeated");
    assert_eq!(repeated, kept.count(step(CheckoutEvent::ErrorRepeated)) as f64);
}

#[test]
fn whoever_is_still_at_the_first_key_when_the_evening_ends_is_stuck_on_it() {
    let stuck = counted(
        "repeated-errors",
        &[("\"horizon\": \"20m\"", "\"horizon\": \"1m\"")],
        "checkout.stuck_on_key",
    );
    let short = happens_with("repeated-errors", &[("\"horizon\": \"20m\"", "\"horizon\": \"1m\"")]);
    assert_eq!(stuck, short.count(step(CheckoutEvent::ProviderFailed)) as f64);
    assert!(stuck > 60.0);
}

#[test]
fn a_second_payment_under_way_is_refused_with_a_lock_on_the_key_and_charged_without() {
    let locked = happens("key-in-flight");
    // Paid at 0 s, given up at 8, again at 9: refused; the provider is done at 20.
    assert!(locked.count(step(CheckoutEvent::KeyInFlight)) >= 200);
    assert_eq!((locked.count(is_charge), locked.count(is_duplicate)), (200, 0));
    let open = happens_with("key-in-flight", &[("\"conflict\"", "\"process\"")]);
    assert_eq!(open.count(step(CheckoutEvent::KeyInFlight)), 0);
    // At 0 s, 9 s and 18 s: three under way when the first is done.
    assert_eq!((open.count(is_charge), open.count(is_duplicate)), (600, 400));
    assert_eq!(
        counted("key-in-flight", &[], "checkout.keys_in_flight"),
        locked.count(step(CheckoutEvent::KeyInFlight)) as f64
    );
}

#[test]
fn two_workers_and_a_queue_serve_a_crowd_two_by_two() {
    let book = happens("payment-capacity");
    let asked_us = 12 * SECOND;
    let expected: Vec<u64> = (0..100).map(|n| asked_us + (n / 2 + 1) * 3 * SECOND).collect();
    assert_eq!(book.instants_us(is_sale), expected);
    let mut waits: Vec<u64> = (book.0.iter())
        .filter_map(|(_, fact)| match fact {
            Fact::PaymentQueued { wait, .. } => Some(wait.as_us()),
            _ => None,
        })
        .collect();
    waits.sort_unstable();
    assert_eq!(waits, (2..100).map(|n| n / 2 * 3 * SECOND).collect::<Vec<_>>());
    assert_eq!(counted("payment-capacity", &[], "checkout.payments_queued"), 98.0);
    assert_eq!(counted("payment-capacity", &[], "checkout.payment_wait.max"), 147.0);
}

#[test]
fn a_provider_whose_queue_is_full_refuses_at_once() {
    let changes = [("\"queue\": null", "\"queue\": 10"), ("\"horizon\": \"20m\"", "\"horizon\": \"12.5s\"")];
    let book = happens_with("payment-capacity", &changes);
    assert_eq!(book.count(step(CheckoutEvent::ProviderFull)), 100 - 2 - 10);
    assert_eq!(counted("payment-capacity", &changes, "checkout.payments_refused"), 88.0);
}

#[test]
fn the_bank_asks_its_share_for_a_proof_and_some_of_them_give_up() {
    let book = happens("challenge");
    let challenged = book.count(step(CheckoutEvent::Challenged));
    assert_share(challenged, 4000, 0.25);
    let given_up = book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::ChallengeAbandoned, .. }));
    assert_share(given_up, challenged, 0.1);
    assert_eq!(book.count(is_sale), 4000 - given_up, "whoever proves it pays, and is not asked again");
    let paid_twice: Vec<u64> = book.instants_us(is_sale).split_off(4000 - challenged);
    let first = book.instants_us(is_sale)[0];
    assert!(paid_twice.iter().all(|at| *at > first + 30 * SECOND));
    assert_eq!(counted("challenge", &[], "checkout.challenges_abandoned"), given_up as f64);
}

#[test]
fn an_answer_after_the_deadline_finds_the_seats_gone_and_the_money_goes_back() {
    let book = happens("late-payment");
    let mut held: BTreeMap<u32, u64> = BTreeMap::new();
    let (mut late, mut in_time) = (0, 0);
    let (mut stripped, mut bought) = (BTreeSet::new(), BTreeSet::new());
    for (at, fact) in &book.0 {
        match *fact {
            Fact::SeatHeld { who, .. } => {
                held.insert(who.person.0, at.as_us());
            }
            Fact::Charged { who: Who { person, .. }, duplicate } => {
                assert!(!duplicate);
                if at.as_us() > held[&person.0] + 30 * SECOND {
                    late += 1;
                    stripped.insert(person.0);
                } else {
                    in_time += 1;
                    bought.insert(person.0);
                }
            }
            _ => {}
        }
    }
    assert_share(late, late + in_time, 0.5);
    assert_eq!(book.count(step(CheckoutEvent::ChargedTooLate)), late);
    assert_eq!(book.count(step(CheckoutEvent::Refunded)), late);
    assert_eq!(book.count(is_sale), in_time);
    assert_eq!(counted("late-payment", &[], "checkout.refunds"), late as f64);
    assert_eq!(counted("late-payment", &[], "sale.charged_without_ticket"), 0.0);
    let kept = [("\"refund\"", "\"keep\"")];
    let in_vain = stripped.difference(&bought).count();
    assert!(in_vain > 20, "who came late once more has nothing: {in_vain}");
    assert_eq!(counted("late-payment", &kept, "sale.charged_without_ticket"), in_vain as f64);
    let touched = counted("late-payment", &[], "silent.mechanism.hold_stripped.touched");
    assert_eq!(touched, stripped.len() as f64);

    let waiting = happens_with("late-payment", &[("\"strip\"", "\"wait\"")]);
    assert_eq!(waiting.count(is_sale), 400, "seats that wait for the end of a payment are sold");
}

#[test]
fn seats_of_orders_that_nobody_paid_come_back_at_their_deadline() {
    let book = happens("unpaid");
    let reserved = book.instants_us(step(CheckoutEvent::Reserved));
    let due: Vec<u64> = reserved.iter().map(|at| at + 600 * SECOND).collect();
    assert_eq!(book.instants_us(step(CheckoutEvent::ReservationEnded)), due);
    let back = book.instants_us(|fact| matches!(fact, Fact::SeatReturned { expired: true, .. }));
    assert_eq!(back, due);
    assert_share(reserved.iter().filter(|at| **at < 60 * SECOND).count(), 900, 0.1);
    assert_eq!(counted("unpaid", &[], "checkout.seats_unpaid"), reserved.len() as f64);
    let late = book.instants_us(is_sale).into_iter().filter(|at| *at > due[0]).count();
    assert!(late > 50, "whoever still waits gets them: {late}");
}

#[test]
fn the_first_payment_moves_the_deadline_of_its_hold() {
    let ends = |written: &str| {
        let book = happens_with("hold-when-paying", &[("\"hold_when_paying\": \"90s\",", written)]);
        let returned = book.instants_us(|fact| matches!(fact, Fact::SeatReturned { expired: true, .. }));
        let first: Vec<u64> = returned.into_iter().take(50).map(|at| at / SECOND).collect();
        (book.count(is_sale), first)
    };
    // Held at 2 s, asked for payment at 22 s, charged at 82 s.
    assert_eq!(ends("\"hold_when_paying\": \"90s\","), (50, Vec::new()));
    assert_eq!(ends("\"hold_when_paying\": \"40s\","), (0, vec![62; 50]));
    assert_eq!(ends(""), (0, vec![32; 50]), "without one the deadline stays");
    let expired = counted("hold-when-paying", &[("\"90s\"", "\"40s\"")], "sale.holds_expired");
    assert!(expired >= 50.0);
}

/// The instants of what happened to each session, in order, in microseconds.
fn of_sessions(book: &Book, is: impl Fn(&Fact) -> bool) -> BTreeMap<u32, Vec<u64>> {
    let mut times: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (at, fact) in book.0.iter().filter(|(_, fact)| is(fact)) {
        let who = fact.session().expect("it is about a session");
        times.entry(who.session.0).or_default().push(at.as_us());
    }
    times
}

#[test]
fn whoever_takes_too_long_to_choose_is_put_out_and_learns_it_by_asking_for_seats() {
    let book = happens("choose-deadline");
    let entered = of_sessions(&book, |fact| matches!(fact, Fact::Entered { .. }));
    let put_out = of_sessions(&book, step(CheckoutEvent::ChoosingTimedOut));
    let told = of_sessions(&book, |fact| {
        matches!(fact, Fact::Answered { kind: Kind::Hold, reply: Reply::TurnEnded, .. })
    });
    // The first five are quick, and buy; the others have three minutes too few each time that they come in.
    assert!((0..5).all(|quick| entered[&quick].len() == 1));
    assert_eq!(book.count(is_sale), 5);
    assert_eq!(put_out.len(), 5);
    let after =
        |times: &[u64], seconds: u64| -> Vec<u64> { times.iter().map(|at| at + seconds * SECOND).collect() };
    for (session, put_out) in &put_out {
        assert_eq!(*put_out, after(&entered[session], 120)[..put_out.len()]);
        assert_eq!(told[session], after(&entered[session], 180)[..told[session].len()]);
    }
    // One is inside at a time, and the next has its turn when the one before is put out, not when she learns it.
    let turns: BTreeSet<u64> =
        book.instants_us(|fact| matches!(fact, Fact::TurnIssued { .. })).into_iter().collect();
    let waited_for = put_out.values().flatten().filter(|at| **at < 20 * 60 * SECOND);
    assert!(waited_for.clone().count() > 5 && waited_for.clone().all(|at| turns.contains(at)));
    let times = put_out.values().map(Vec::len).sum::<usize>() as f64;
    assert_eq!(counted("choose-deadline", &[], "checkout.choosing_timed_out"), times);
    let off = happens_with("choose-deadline", &[(", \"choose_within\": \"2m\"", "")]);
    assert_eq!((off.count(is_sale), off.count(step(CheckoutEvent::ChoosingTimedOut))), (10, 0));
}

#[test]
fn whoever_loses_the_seats_has_as_much_time_to_choose_as_at_first() {
    // Each choice takes 30 s, and every card is declined: 51 s a round, ten minutes long.
    let declined = [
        ("\"delay\": \"1s\"", "\"delay\": \"1s\", \"decline\": 1"),
        ("\"choose\": \"3m\"", "\"choose\": \"30s\""),
    ];
    let book = happens_with("choose-deadline", &declined);
    let tries = of_sessions(&book, |fact| matches!(fact, Fact::CardDeclined { .. }));
    assert!(tries.values().any(|tries| tries.len() > 10), "one goes on for longer than the time to choose");
    assert_eq!(book.count(step(CheckoutEvent::ChoosingTimedOut)), 0);
    let short = [&declined[..], &[("\"choose_within\": \"2m\"", "\"choose_within\": \"29s\"")]].concat();
    assert_eq!(
        happens_with("choose-deadline", &short).count(|fact| matches!(fact, Fact::SeatHeld { .. })),
        0
    );
}

#[test]
fn a_time_for_choosing_and_paying_frees_the_seats_when_it_is_over() {
    let returned = |fact: &Fact| matches!(fact, Fact::SeatReturned { expired: true, .. });
    let book = happens("buy-deadline");
    // In at 2 s, seats at 22 s, put out at 62 s, and the form is ready at 72 s.
    assert_eq!(book.instants_us(returned)[..20], [62 * SECOND; 20]);
    assert_eq!(book.instants_us(step(CheckoutEvent::BuyingTimedOut))[..20], [62 * SECOND; 20]);
    assert_eq!(book.count(is_sale), 0);
    let told = book
        .instants_us(|fact| matches!(fact, Fact::Answered { kind: Kind::Pay, reply: Reply::HoldEnded, .. }));
    assert_eq!(told, [72 * SECOND; 20]);
    let put_out = counted("buy-deadline", &[], "checkout.buying_timed_out");
    assert_eq!(put_out, book.count(step(CheckoutEvent::BuyingTimedOut)) as f64);
    // Paying from 57 s to 67 s: the shop waits for the answer, or strips the seats.
    let paying = ("\"fill_in\": \"50s\"", "\"fill_in\": \"35s\"");
    let waits = happens_with("buy-deadline", &[paying]);
    assert_eq!((waits.instants_us(is_sale), waits.count(returned)), (vec![67 * SECOND; 20], 0));
    let strips = ("\"buy_within\"", "\"deadline_while_paying\": \"strip\", \"buy_within\"");
    let stripped = happens_with("buy-deadline", &[paying, strips]);
    assert_eq!(
        (stripped.instants_us(returned)[..20].to_vec(), stripped.count(is_sale)),
        (vec![62 * SECOND; 20], 0)
    );
    let enough = [("\"60s\"", "\"81s\"")];
    assert_eq!(happens_with("buy-deadline", &enough).count(is_sale), 20);
}

/// Who asks once more after a time-out.
const ASKS_AGAIN: [(&str, &str); 1] = [("\"attempts\": 1", "\"attempts\": 3")];

/// Whose replies of this kind the network lost.
fn lost_down(book: &Book, wanted: Kind) -> BTreeSet<u32> {
    let lost = |fact: &Fact| matches!(fact, Fact::Lost { kind, way: Direction::Down, .. } if *kind == wanted);
    of_sessions(book, lost).into_keys().collect()
}

#[test]
fn seats_held_for_whoever_never_learns_it_are_kept_for_nobody_until_their_deadline() {
    let book = happens("held-reply-lost");
    let lost = lost_down(&book, Kind::Hold);
    assert_eq!(lost, (0..30).collect(), "the train");
    let kept: BTreeSet<u32> =
        of_sessions(&book, |fact| matches!(fact, Fact::SeatReturned { expired: true, .. }))
            .into_keys()
            .collect();
    assert_eq!(kept, lost);
    let measured = |metric| counted("held-reply-lost", &[], metric);
    assert_eq!(measured("silent.mechanism.held_reply_lost.touched"), 30.0);
    assert_eq!(measured("sale.orphaned_holds"), 30.0);
    // Held at 12 s for ten minutes, given up at 17 s.
    assert!((measured("sale.orphaned_holds.seat_hours") - 30.0 * (600.0 - 5.0) / 3600.0).abs() < 1e-9);
    assert_eq!(book.count(is_sale), 20);
    assert_eq!(
        happens_with("held-reply-lost", &ASKS_AGAIN).count(is_sale),
        50,
        "the next answer says that they are held"
    );
    assert_eq!(counted("held-reply-lost", &ASKS_AGAIN, "sale.orphaned_holds"), 0.0);
}

#[test]
fn a_ticket_whose_confirmation_is_lost_is_a_purchase_that_its_buyer_does_not_know_of() {
    let book = happens("confirmation-lost");
    assert_eq!(lost_down(&book, Kind::Pay), (0..30).collect(), "the train");
    assert_eq!(book.count(is_sale), 50);
    let told = of_sessions(&book, |fact| matches!(fact, Fact::Stopped { why: Stop::Bought, .. }));
    assert_eq!(told.into_keys().collect::<Vec<u32>>(), (30..50).collect::<Vec<u32>>());
    let measured = |metric| counted("confirmation-lost", &[], metric);
    assert_eq!(measured("silent.mechanism.ticket_without_confirmation"), 30.0);
    assert_eq!(measured("silent.table.ghost_purchase"), 30.0);
    let again = happens_with("confirmation-lost", &ASKS_AGAIN);
    assert_eq!(
        (again.count(is_charge), again.count(is_duplicate)),
        (80, 30),
        "no key says that it is the same"
    );
    assert_eq!(counted("confirmation-lost", &ASKS_AGAIN, "silent.table.ghost_purchase"), 0.0);
    let key = (r#""delay": "1s""#, r#""delay": "1s", "idempotency": {}"#);
    let keyed = happens_with("confirmation-lost", &[ASKS_AGAIN.as_slice(), &[key]].concat());
    assert_eq!(
        (keyed.count(is_charge), keyed.count(is_duplicate)),
        (50, 0),
        "the provider knows the payment"
    );
}

/// One buyer, one seat, and a network that loses every answer for ten seconds from the payment on. The page stops waiting
/// after two seconds, and pays again a second later.
fn pays_again(tries: u8, delay: &str, payment: &str) -> String {
    format!(
        r#"{{ "opens_at": "1s", "horizon": "5m",
        "crowd": [{{ "name": "one", "count": 1, "network": "still", "choose": "0s", "fill_in": "8s", "timeout": "2s",
            "arrivals": {{ "spike": {{ "at": "2s" }} }},
            "behavior": {{ "backoff": {{ "attempts": {tries}, "base": "1s", "cap": "1s", "schedule": "exponential" }} }} }}],
        "network": [{{ "name": "still", "up": "0s", "down": "0s" }}],
        "inventory": {{ "bands": [{{ "name": "all", "seats": 5 }}], "hold": "4m" }},
        "payment": {{ "delay": "{delay}", "timeout": "1m"{payment} }},
        "faults": [{{ "at": "9s", "for": "10s", "loss_burst": {{ "down": 1 }} }}] }}"#
    )
}

/// Payments sent, charges, those of them that are duplicates, seats sold, and confirmations read.
fn pays(text: &str) -> [usize; 5] {
    let scenario = crate::support::scenario(text);
    let book = onsale::experiment::observe(crate::support::plan(&scenario), 1, Book::default()).observer;
    [
        book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::Pay, .. })),
        book.count(is_charge),
        book.count(is_duplicate),
        book.count(is_sale),
        book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::Bought, .. })),
    ]
}

#[test]
fn a_payment_without_a_key_is_charged_anew_after_the_order_stands() {
    // Paid at 10, 13, 16 and 19 s, each charged at once; the answer to the last is read.
    assert_eq!(pays(&pays_again(100, "0s", "")), [4, 4, 3, 1, 1]);
    let result = crate::support::run(&pays_again(100, "0s", ""), 1);
    assert_eq!(result.value("sale.duplicate_charges"), Some(3.0));
    assert_eq!((result.value("sale.sold"), result.value("sale.oversold")), (Some(1.0), Some(0.0)));
}

#[test]
fn a_payment_without_a_key_is_charged_anew_while_the_first_is_under_way() {
    // The provider takes ten seconds: the payment of 10 s is sold at 20 s, while those of 13 and 16 s are under way.
    // Nobody waits for any of the answers, and the page gives up after its third attempt.
    assert_eq!(pays(&pays_again(3, "10s", "")), [3, 3, 2, 1, 0]);
}

#[test]
fn a_key_outlives_the_hold_until_it_is_forgotten() {
    let keyed = |kept_for: &str| {
        pays(&pays_again(100, "0s", &format!(r#", "idempotency": {{ "kept_for": "{kept_for}" }}"#)))
    };
    assert_eq!(keyed("24h"), [4, 1, 0, 1, 1]);
    assert_eq!(
        keyed("4s"),
        [4, 2, 1, 1, 1],
        "13 s is within four seconds of the charge of 10 s, and 16 s is not"
    );
}

#[test]
fn what_the_provider_says_of_a_payment_without_a_key_is_passed_on_though_the_order_stands() {
    // The provider cannot be reached from 12 to 25 s: 503 for whoever pays again, who is confirmed once it can.
    let text = pays_again(100, "0s", "")
        .replace(r#""faults": ["#, r#""faults": [{ "at": "12s", "for": "13s", "payment_outage": {} }, "#);
    let [_, charges, duplicates, sold, bought] = pays(&text);
    assert_eq!([charges, duplicates, sold, bought], [2, 1, 1, 1]);
    let result = crate::support::run(&text, 1);
    assert!(result.value("checkout.provider_unreachable").is_none_or(|count| count > 0.0));
}

#[test]
fn a_tenth_of_the_answers_lost_charges_a_tenth_of_the_buyers_again() {
    let text = r#"{ "opens_at": "1s", "horizon": "30m",
        "crowd": [{ "name": "all", "count": 2000, "network": "lossy", "choose": "0s", "fill_in": "0s", "timeout": "5s",
            "begins": "hold", "arrivals": { "spike": { "jitter": "60s" } },
            "behavior": { "backoff": { "attempts": 3, "delay": "2s" } } }],
        "network": [{ "name": "lossy", "up": "10ms", "down": "10ms", "loss_down": 0.1 }],
        "inventory": { "bands": [{ "name": "all", "seats": 2000 }] }, "payment": { "delay": "0s" } }"#;
    let result = crate::support::run(text, 1);
    let [again, charges, sold] = ["sale.duplicate_charges", "sale.charges", "sale.sold"]
        .map(|name| result.value(name).expect("a count"));
    assert_eq!(charges - again, sold, "each seat was charged for once, and the rest again");
    assert_share(again as usize, charges as usize, 0.1);
    assert_eq!(result.value("sale.oversold"), Some(0.0));
}
