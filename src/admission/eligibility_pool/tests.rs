//! Order, thresholds, coming back and ticks of the pool, by hand.

use super::super::samples::{OPENS_AT, built, called, join, second};
use super::*;

fn pool(score: &str) -> Config {
    Config { score: score.to_owned(), ..Config::default() }
}

fn with(variable: Variable, value: f64) -> Variables {
    Variables::default().with(variable, value)
}

#[test]
fn waiting_alone_is_first_come_first_served_and_less_of_it_last_come_first_served() {
    for (score, expected) in [("waiting_s", [3, 1, 2, 0]), ("-waiting_s", [0, 2, 1, 3])] {
        let mut line = built(&pool(score));
        for (at, session) in [3, 1, 2, 0].into_iter().enumerate() {
            line.join(second(at as u64), join(session, true, 7));
        }
        assert_eq!(called(&mut *line), expected, "{score}");
    }
}

#[test]
fn luck_alone_is_the_order_of_luck_and_breaks_every_tie() {
    for score in ["luck", "5"] {
        let mut line = built(&pool(score));
        for (session, luck) in [10_u32, 40, 20, 30].into_iter().enumerate() {
            let variables = with(Variable::Luck, f64::from(luck) / 100.0);
            line.join(second(0), Join { variables, ..join(session as u32, true, u64::from(luck)) });
        }
        assert_eq!(called(&mut *line), [1, 3, 2, 0], "{score}");
    }
}

#[test]
fn a_touch_changes_the_order_and_waiting_makes_it_good() {
    let mut line = built(&pool("waiting_s - 10 * retries"));
    let first = line.join(second(0), join(0, true, 0)).expect("a place");
    line.join(second(5), join(1, true, 0));
    line.join(second(15), join(2, true, 0));
    assert!(line.rescore(second(16), first, &with(Variable::Retries, 1.0)));
    // A retry is worth ten seconds: as if it had come at 10.
    assert_eq!(called(&mut *line), [1, 0, 2]);
}

#[test]
fn who_scores_too_little_waits_until_time_alone_makes_it_enough() {
    let mut line = built(&Config { admit_above: Some(30.0), ..pool("waiting_s - 10 * retries") });
    line.join(second(0), Join { variables: with(Variable::Retries, 1.0), ..join(0, true, 0) });
    line.join(second(20), join(1, true, 0));
    assert_eq!(line.next(second(39)), None);
    assert_eq!(line.next_action_at(), Some(second(40)), "30 for waiting, and 10 for the retry");
    assert_eq!(line.next(second(40)), Some((SessionId(0), 0)));
    assert_eq!(line.next(second(40)), None);
    assert_eq!(line.next_action_at(), Some(second(50)));
    line.act(second(50), &mut |_, _| panic!("places are given at the join"));
    assert_eq!(line.next_action_at(), None);
    assert_eq!(line.next(second(50)), Some((SessionId(1), 1)));
}

#[test]
fn who_falls_too_low_is_out_and_comes_back_with_what_the_setting_says() {
    let taken_back = |restore| {
        let evict_below = Some(-5.0);
        let mut line = built(&Config { evict_below, restore, ..pool("waiting_s - 10 * retries") });
        let place = line.join(second(0), join(0, true, 0)).expect("a place");
        line.join(second(1), join(1, true, 0));
        assert!(!line.rescore(second(2), place, &with(Variable::Retries, 1.0)), "2 - 10 is below -5");
        line.on_leave(place);
        assert!(!line.readmit(second(4), place, &with(Variable::Retries, 1.0)), "4 - 10 still is");
        let back = line.readmit(second(10), place, &with(Variable::Retries, 0.0));
        assert!(!line.readmit(second(10), place, &with(Variable::Retries, 0.0)), "once");
        (back, called(&mut *line))
    };
    assert_eq!(taken_back(Restore::WithWait), (true, vec![0, 1]));
    assert_eq!(taken_back(Restore::Anew), (true, vec![1, 0]), "from then on");
    assert_eq!(taken_back(Restore::Never), (false, vec![1]));
}

#[test]
fn who_has_left_is_not_called_and_not_taken_back() {
    let mut line = built(&Config { evict_below: Some(-5.0), ..pool("waiting_s") });
    let place = line.join(second(0), join(0, true, 0)).expect("a place");
    line.on_leave(place);
    assert!(!line.readmit(second(1), place, &Variables::default()));
    assert_eq!(line.next(OPENS_AT), None);
}

#[test]
fn the_pool_ticks_while_somebody_is_in_it() {
    let mut line = built(&Config { tick: Some(Span::from_secs(30)), ..pool("luck") });
    assert_eq!(line.next_action_at(), None);
    let place = line.join(second(7), join(0, true, 0)).expect("a place");
    for at in [37, 67] {
        assert_eq!(line.next_action_at(), Some(second(at)));
        line.act(second(at), &mut |_, _| {});
        assert!(line.scores_all() && !line.scores_all());
    }
    line.on_leave(place);
    line.act(second(97), &mut |_, _| {});
    assert!(!line.scores_all());
    assert_eq!(line.next_action_at(), None);
    line.join(second(200), join(1, true, 0));
    assert_eq!(line.next_action_at(), Some(second(230)));
}

#[test]
fn words_are_ordered_as_the_numbers_are() {
    let numbers = [f64::MIN, -2.0, -1.0, -1e-300, 0.0, 1e-300, 1.0, f64::MAX];
    assert!(numbers.is_sorted_by_key(|number| ordered(*number)));
}

#[test]
fn thresholds_in_the_wrong_order_and_a_tick_that_is_too_quick_are_told_at_once() {
    let config = Config {
        admit_above: Some(1.0),
        evict_below: Some(2.0),
        tick: Some(Span::from_secs(29)),
        ..Config::default()
    };
    let keys: Vec<&str> = config.problems(&[]).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys, ["evict_below", "tick"]);
    let idle = Config { restore: Restore::Anew, ..Config::default() };
    assert_eq!(idle.problems(&[])[0].0, "restore");
    assert!(Config::default().malformed().is_empty(), "the default score can be read");
    assert_eq!(pool("waiting_s * retries").malformed()[0].0, "score");
}
