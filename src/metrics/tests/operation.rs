//! Faults, pauses and announcements: who was told, and what was sold meanwhile.

use super::*;
use crate::metrics::names;
use crate::protocol::Incident;

fn informed(person: u32, by_page: bool) -> Fact {
    Fact::Informed { person: PersonId(person), word: Announcement::Trouble, by_page }
}

#[test]
fn the_first_word_counts_from_the_first_fault_and_for_whoever_was_there() {
    let mut tale = Tale::of(&roster(&[4, 1], 9));
    (0..3).for_each(|person| {
        tale.joins(101, tab(person, 0));
    });
    // Person 2 leaves before anything breaks; person 3 comes while it lasts, person 4 when it is over.
    tale.stops(110, tab(2, 0), Stop::Patience);
    tale.fact(115, informed(0, true)).fact(120, Fact::FaultBegan { fault: 0 });
    tale.joins(130, tab(3, 0)).operates(140, OperatorAction::Pause);
    tale.fact(150, informed(3, false)).fact(150, informed(2, false)).fact(145, informed(0, true));
    tale.fact(160, informed(0, false));
    tale.fact(200, Fact::FaultEnded { fault: 0 }).operates(300, OperatorAction::Resume).joins(310, tab(4, 0));
    for person in [0, 1, 3, 4] {
        tale.stops(800, tab(person, 0), Stop::Patience);
    }
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::COMMUNICATION_TIME_TO_FIRST_WORD, Some(25.0)),
            // 20 s for person 3, 25 s for person 0, nothing for person 1.
            (names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN, Some(25.0)),
            (names::COMMUNICATION_AFFECTED, Some(3.0)),
            (names::COMMUNICATION_INFORMED_SHARE, Some(2.0 / 3.0)),
            (names::COMMUNICATION_INFORMED_BY_PAGE, Some(1.0)),
            (names::COMMUNICATION_INFORMED_BY_OTHER_WAYS, Some(1.0)),
            (names::SALE_PAUSES, Some(1.0)),
            (names::SALE_PAUSED_TIME, Some(160.0)),
        ],
    );
    assert_eq!(of_cohort(&sheet, names::COMMUNICATION_AFFECTED, "c1"), Some(0.0));
    assert_eq!(of_cohort(&sheet, names::COMMUNICATION_INFORMED_SHARE, "c1"), None);
}

#[test]
fn a_median_among_those_who_heard_nothing_is_undefined_and_so_is_trouble_that_never_came() {
    let mut tale = Tale::of(&roster(&[3], 9));
    (0..3).for_each(|person| {
        tale.joins(101, tab(person, 0));
    });
    tale.operates(120, OperatorAction::Pause).fact(130, informed(1, true));
    (0..3).for_each(|person| {
        tale.stops(800, tab(person, 0), Stop::Patience);
    });
    check(
        &tale.end(),
        &[
            (names::COMMUNICATION_TIME_TO_FIRST_WORD, Some(10.0)),
            (names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN, None),
            // The pause never ended: it lasts to the horizon.
            (names::SALE_PAUSED_TIME, Some(880.0)),
        ],
    );
    check(
        &queue(3, &[0]),
        &[
            (names::COMMUNICATION_TIME_TO_FIRST_WORD, None),
            (names::COMMUNICATION_INFORMED_SHARE, None),
            (names::SALE_PAUSED_TIME, Some(0.0)),
            (names::SALE_UNFAIR_INTERVAL_SECONDS, None),
            (names::SALE_UNFAIR_INTERVAL_SOLD, None),
            (names::SALE_UNFAIR_INTERVAL_SUCCESS_GAP, None),
        ],
    );
}

#[test]
fn the_unfair_interval_lies_between_the_fault_and_the_pause() {
    let story = |fault: Option<u64>, pause: Option<u64>| {
        let mut tale = Tale::of(&roster(&[2, 2], 9));
        (0..4).for_each(|person| {
            tale.joins(101, tab(person, 0)).turn(102, tab(person, 0));
        });
        for second in 110..=150 {
            if fault == Some(second) {
                tale.fact(second, Fact::FaultBegan { fault: 0 });
            }
            if pause == Some(second) {
                tale.operates(second, OperatorAction::Pause);
            }
            if let Some(buyer) = [115, 125, 145].iter().position(|at| *at == second) {
                tale.buys(second, tab(buyer as u32, 0));
            }
        }
        tale.stops(800, tab(3, 0), Stop::Patience);
        tale.end()
    };
    let names = ["seconds", "sold", "success_gap"].map(|name| format!("sale.unfair_interval.{name}"));
    let figures = |sheet: &MetricSheet| [0, 1, 2].map(|i| value(sheet, &names[i]));
    assert_eq!(figures(&story(Some(120), Some(140))), [Some(20.0), Some(1.0), Some(0.5)]);
    assert_eq!(figures(&story(Some(110), Some(150))), [Some(40.0), Some(3.0), Some(0.5)]);
    assert_eq!(figures(&story(None, Some(140))), [Some(0.0), Some(0.0), Some(0.0)]);
    assert_eq!(figures(&story(Some(120), None)), [None, None, None]);
    // A pause before anything broke answers nothing.
    assert_eq!(figures(&story(Some(140), Some(120))), [None, None, None]);
}

#[test]
fn proofs_heartbeats_and_drops_are_counted() {
    let me = tab(0, 0);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me).fact(110, Fact::Reverified { who: me, entitled: true });
    tale.fact(120, Fact::Reverified { who: me, entitled: false });
    tale.turn(130, me).sends(131, me, Kind::Heartbeat).fact(190, Fact::DroppedInside { who: me });
    tale.decides(190, me, Truth::Expired).stops(200, me, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::LINE_REVERIFICATIONS, Some(2.0)),
            (names::LINE_REVERIFICATIONS_FAILED_SHARE, Some(0.5)),
            (names::LOAD_HEARTBEATS, Some(1.0)),
            (names::INSIDE_DROPPED, Some(1.0)),
        ],
    );
}

#[test]
fn incidents_are_counted_by_cohort_and_say_how_many_they_could_have_befallen() {
    let (mine, theirs) = (tab(0, 0), tab(1, 0));
    let mut cast = roster(&[1, 1], 1);
    cast.possible = Possible::ALL.without(Possibility::Incident(Incident::CutByDuplicate));
    let mut tale = Tale::of(&cast);
    tale.joins(101, mine).joins(102, theirs);
    tale.fact(110, Fact::Incident { who: theirs, incident: Incident::SharesStrangersPlace });
    tale.fact(120, Fact::Incident { who: theirs, incident: Incident::SharesStrangersPlace });
    tale.stops(200, mine, Stop::Patience).stops(200, theirs, Stop::Patience);
    let sheet = tale.end();
    let counted = |name: &str| {
        let of = sheet.values.iter().filter(|value| value.name == name);
        of.map(|value| (value.value.expect("a count"), value.n.expect("a count of persons")))
            .collect::<Vec<_>>()
    };
    assert_eq!(counted(names::LINE_PLACES_SHARED_WITH_STRANGERS), [(2.0, 2), (0.0, 1), (2.0, 1)]);
    assert_eq!(counted(names::LINE_CUT_BY_DUPLICATE), [(0.0, 0), (0.0, 0), (0.0, 0)]);
}
