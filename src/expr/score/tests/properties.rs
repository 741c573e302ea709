//! Claims about all scores of all sessions, tried on drawn ones.

use super::*;
use proptest::prelude::*;

/// Numbers of every size, and those that are none.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0..20_u8).prop_map(f64::from),
        0.0..1.0,
        -1e6..1e6,
        any::<f64>(),
        prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE]),
    ]
}

fn any_session(value: impl Strategy<Value = f64>) -> impl Strategy<Value = Variables> {
    prop::collection::vec(value, Variable::COUNT).prop_map(|values| {
        Variable::ALL
            .into_iter()
            .zip(values)
            .fold(Variables::default(), |session, (v, value)| session.with(v, value))
    })
}

/// A number that a score may be multiplied by.
fn number() -> impl Strategy<Value = String> {
    prop_oneof!["[1-9][0-9]{0,3}", "0\\.[0-9]{1,3}[1-9]", "[1-9]e-?[1-9]"]
}

/// Text of numbers without time in them, and of conditions.
fn still_and_condition() -> (BoxedStrategy<String>, BoxedStrategy<String>) {
    let names: Vec<String> =
        Variable::ALL.iter().filter(|v| **v != Variable::Waiting).map(|v| v.name().to_owned()).collect();
    let leaf = prop_oneof![number(), prop::sample::select(names)].boxed();
    let conditions = |number: BoxedStrategy<String>| {
        let sign = prop::sample::select(Operator::ALL.to_vec());
        let compared =
            (number.clone(), sign, number).prop_map(|(a, op, b)| format!("({a}) {} ({b})", op.sign()));
        prop_oneof![3 => compared, 1 => Just("verified".to_owned())].boxed()
    };
    let still = leaf
        .prop_recursive(4, 12, 3, move |part| {
            let condition = conditions(part.clone());
            prop_oneof![
                (part.clone(), "[-+*]", part.clone()).prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})")),
                (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a}) / (1 + abs({b}))")),
                // Zero now and then, but never as a constant.
                (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a}) / (retries * ({b}))")),
                (part.clone(), "min|max", part.clone())
                    .prop_map(|(a, name, b)| format!("{name}({a}, {b}, 3)")),
                (part.clone(), "abs|floor|-|--").prop_map(|(a, name)| format!("{name}({a})")),
                (condition.clone(), part.clone(), part.clone())
                    .prop_map(|(c, a, b)| format!("if({c}, {a}, {b})")),
                (condition.clone(), "and|or", condition.clone())
                    .prop_map(|(a, word, b)| format!("{a} {word} not {b}")),
                condition,
            ]
        })
        .boxed();
    (still.clone(), conditions(still))
}

/// Text of scores in which time enters evenly.
fn any_score() -> impl Strategy<Value = String> {
    let (still, _) = still_and_condition();
    let timed = prop_oneof![
        Just("waiting_s".to_owned()),
        number().prop_map(|by| format!("waiting_s / {by}")),
        (number(), still.clone()).prop_map(|(by, still)| format!("{by} * (-waiting_s - ({still}))")),
        (number(), still.clone()).prop_map(|(by, still)| format!("(({still}) + 2 * waiting_s) / {by}")),
    ];
    (prop::option::of(timed), still).prop_map(|(timed, still)| match timed {
        Some(timed) => format!("{timed} + ({still})"),
        None => still,
    })
}

/// Near enough for two ways of adding the same up, where the terms are as large as that.
fn near(a: f64, b: f64, terms: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + terms.abs() + a.abs() + b.abs())
}

proptest! {
    #[test]
    fn every_score_of_every_session_is_a_finite_number(text in any_score(), session in any_session(any_value())) {
        let score = score(&text);
        prop_assert!(score.per_second().is_finite());
        for value in [score.eval(&session), score.at(&session)] {
            prop_assert!(value.is_finite(), "{text}: {value}");
            prop_assert!(value.to_bits() != (-0.0_f64).to_bits(), "{text}: there is one zero");
        }
    }

    #[test]
    fn a_score_computed_is_what_its_tree_says(text in any_score(), session in any_session(any_value())) {
        let score = score(&text);
        let at_zero = session.with(Variable::Waiting, 0.0);
        prop_assert_eq!(score.eval(&session), by_hand(&score.tree.says, &at_zero), "{}", text);
    }

    #[test]
    fn the_part_without_time_and_time_make_the_whole(
        text in any_score(), session in any_session(0.0..1000.0), waited_s in 0.0..1e6,
    ) {
        let score = score(&text);
        let session = session.with(Variable::Waiting, waited_s);
        let whole = by_hand(&score.tree.says, &session);
        let (still, waited) = (score.eval(&session), score.per_second() * waited_s);
        prop_assert!(near(still + waited, whole, waited), "{text}: {still} + {waited} is not {whole}");
        prop_assert_eq!(score.at(&session), still + waited);
    }

    #[test]
    fn a_score_printed_and_read_again_is_the_same(text in any_score()) {
        let read = score(&text);
        let printed = read.to_string();
        prop_assert_eq!(&score(&printed), &read, "{}", printed);
        prop_assert_eq!(score(&printed).to_string(), printed);
    }

    #[test]
    fn whatever_is_written_is_read_or_refused_at_places_inside_it(
        text in prop_oneof![
            "\\PC{0,40}", "[ -~]{0,60}", "[a-z_(),.<>=+*/ 0-9e-]{0,60}", "[-()]{0,300}", any_score(),
            "((waiting_s|risk|not|and|or|if|max|verified|[0-9]|[-+*/(),<>=]) ?){0,40}",
        ],
        cut in 0_usize..400, session in any_session(any_value()),
    ) {
        let text: String = text.chars().take(cut).collect();
        match parse(&text) {
            Ok(read) => {
                prop_assert_eq!(&score(&read.to_string()), &read);
                prop_assert!(read.at(&session).is_finite());
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in &errors {
                    prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {text:?}", error.span);
                    prop_assert!(!error.problem.is_empty() && !error.remedy.is_empty());
                }
            }
        }
    }
}
