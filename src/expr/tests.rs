//! Claims about the language.

use super::*;
use proptest::prelude::*;

fn line(text: &str) -> Line {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Reads a line and prints it in its canonical form.
#[track_caller]
fn reads(text: &str, canonical: &str) {
    assert_eq!(line(text).to_string(), canonical, "{text}");
}

/// The part of the line that a mistake points at, and what is said of it.
#[track_caller]
fn refused(text: &str, at: &str, says: &str) {
    let error = parse(text).expect_err(text);
    assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    assert!(error.to_string().contains(says), "{text}: {error}");
}

#[track_caller]
fn bounds(text: &str, unit: &str, expected: Bounds) {
    assert_eq!(line(text).bounds(unit), Ok(expected), "{text}");
}

#[test]
fn lines_read_as_they_are_written() {
    reads("silent.failure_rate <= 0.005", "silent.failure_rate <= 0.005");
    reads("  sale.sold@t=2h in 3,800..4_500 ", "sale.sold @ t=2h in 3800..4500");
    reads("wait.p95 @ cohort = mobile<=40min", "wait.p95 @ cohort=mobile <= 40 min");
    reads(
        "wait.p95 @ t=1h30m @ cohort=slow mobile > -1e-3 s",
        "wait.p95 @ cohort=slow mobile @ t=1h30m > -1e-3 s",
    );
    reads("station.refused @ station=checkout == 0", "station.refused @ station=checkout == 0");
    reads("a.b in 20..40 min", "a.b in 20 min..40 min");
    reads("a.b in 20 min .. 40", "a.b in 20 min..40 min");
    reads("a != 5%", "a != 5 %");
}

#[test]
fn names_may_hold_anything_between_quotes() {
    for (written, name) in [
        ("mobile", "mobile"),
        ("slow  mobile", "slow  mobile"),
        ("'slow @ <= mobile'", "slow @ <= mobile"),
        ("\"it's\"", "it's"),
        ("'it''s'", "it's"),
        ("'in'", "in"),
        ("people ins and outs", "people ins and outs"),
        ("日本 é", "日本 é"),
    ] {
        let read = line(&format!("wait.p95 @ cohort={written} <= 1 s"));
        assert_eq!(read.cohort.as_ref().map(|part| part.says.as_str()), Some(name), "{written}");
        assert_eq!(line(&read.to_string()), read);
    }
}

#[test]
fn mistakes_point_at_the_wrong_part_and_say_what_to_write() {
    refused("", "", "this line is empty");
    refused("   ", "", "this line is empty");
    refused("<= 5", "<=", "a metric is missing");
    refused("sale.sold", "", "a comparison is missing");
    refused("sale.sold is 5", "is", "no comparison");
    refused("sale.sold = 5", "=", "write ==");
    refused("sale.sold =< 5", "=<", "write <=");
    refused("sale.sold ≥ 5", "≥", "write >=");
    refused("sale.sold <> 5", "<>", "write !=");
    refused("sale.sold <=", "", "a number is expected");
    refused("sale.sold <= many", "many", "a number is expected");
    refused("sale.sold <= .5", ".5", "a number is expected");
    refused("sale.sold <= 0,005", "0,005", "the point of a decimal is .");
    refused("sale.sold <= 12,34", "12,34", "group by thousands");
    refused("sale.sold <= 1__0", "1__0", "group by thousands");
    refused("sale.sold <= 1e999", "1e999", "fits 64 bits");
    refused("sale.sold in 5", "", "a range has two ends");
    refused("sale.sold in 5 to 6", "to", "a range has two ends");
    refused("sale.sold <= 5 persons, at least", ",", "nothing can stand behind");
    refused("sale.sold <= 5 @ t=2h", "@", "before the comparison");
    refused("wait.p95 <= 1h30m", "1h30m", "write 90 min");
    refused("wait.p95 @ mobile <= 1", "mobile", "cohort=NAME");
    refused("wait.p95 @ cohort mobile <= 1", "cohort", "a = is missing");
    refused("wait.p95 @ cohort==mobile <= 1", "==", "one = too many");
    refused("wait.p95 @ cohort= <= 1", "", "a name is missing");
    refused("wait.p95 @ cohort='mobile <= 1", "'mobile <= 1", "never closed");
    refused("wait.p95 @ cohort=a @ cohort=b <= 1", "cohort", "written twice");
    refused("sale.sold @ t=2 <= 1", "2", "write \"2s\"");
    refused("sale.sold @ t=-5m <= 1", "-5m", "zero or more");
    refused("sale.sold @ @ <= 1", "@", "cohort=NAME");
}

#[test]
fn amounts_become_numbers_of_the_metrics_unit() {
    let at_most = |limit| Bounds::Compare(Operator::LessOrEqual, limit);
    bounds("wait.p95 <= 40 min", "s", at_most(2400.0));
    bounds("wait.p95 <= 40m", "s", at_most(2400.0));
    bounds("wait.p95 <= 250 ms", "s", at_most(0.25));
    bounds("wait.p95 <= 7us", "s", at_most(0.000_007));
    bounds("wait.p95 <= 1.5 h", "s", at_most(5400.0));
    bounds("wait.p95 <= 3", "s", at_most(3.0));
    bounds("silent.failure_rate <= 17.3 %", "1", at_most(0.173));
    bounds("silent.failure_rate <= 5e-1 %", "1", at_most(0.005));
    bounds("crowd.persons <= 1 person", "persons", at_most(1.0));
    bounds("timeouts.gateway_504 <= 1 reply", "replies", at_most(1.0));
    bounds("sale.sold in 3,800..4,500 seats", "seats", Bounds::Within(3800.0, 4500.0));
}

#[test]
fn an_amount_in_another_unit_is_refused_with_the_right_one() {
    let told = |text: &str, unit: &str| line(text).bounds(unit).unwrap_err();
    let error = told("wait.p95 <= 5 persons", "s");
    assert_eq!((error.span, error.remedy.as_str()), (14..21, "this is a time: write us, ms, s, min or h"));
    assert!(told("wait.p95 <= 5 %", "s").remedy.contains("a time"));
    assert!(told("silent.failure_rate <= 5 s", "1").remedy.contains("no unit, or %"));
    assert!(told("sale.sold <= 5 %", "seats").remedy.contains("write seats"));
    let error = told("sale.sold in 9 seats..8", "seats");
    assert_eq!(error.remedy, "write in 8 seats..9 seats");
}

#[test]
fn each_operator_knows_what_is_met_and_by_how_much() {
    let within = Bounds::Within(2.0, 6.0);
    let compare = |operator| Bounds::Compare(operator, 4.0);
    for (bounds, value, met, margin) in [
        (compare(Operator::Equal), 4.0, true, 0.0),
        (compare(Operator::Equal), 4.5, false, -0.5),
        (compare(Operator::Equal), 3.0, false, -1.0),
        (compare(Operator::NotEqual), 4.0, false, 0.0),
        (compare(Operator::NotEqual), 3.0, true, 1.0),
        (compare(Operator::Less), 3.0, true, 1.0),
        (compare(Operator::Less), 4.0, false, 0.0),
        (compare(Operator::LessOrEqual), 4.0, true, 0.0),
        (compare(Operator::LessOrEqual), 5.0, false, -1.0),
        (compare(Operator::Greater), 4.0, false, 0.0),
        (compare(Operator::Greater), 5.0, true, 1.0),
        (compare(Operator::GreaterOrEqual), 4.0, true, 0.0),
        (compare(Operator::GreaterOrEqual), 3.0, false, -1.0),
        (within, 2.0, true, 0.0),
        (within, 5.0, true, 1.0),
        (within, 3.5, true, 1.5),
        (within, 1.0, false, -1.0),
        (within, 8.0, false, -2.0),
        (compare(Operator::LessOrEqual), f64::INFINITY, false, f64::NEG_INFINITY),
        (compare(Operator::GreaterOrEqual), f64::INFINITY, true, f64::INFINITY),
    ] {
        assert_eq!(bounds.met(value), met, "{bounds:?} {value}");
        assert_eq!(bounds.margin(value), margin, "{bounds:?} {value}");
        assert!(bounds.margin(value).to_bits() != (-0.0_f64).to_bits(), "there is one zero");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}( [a-z]{1,4}){0,2}", "\\PC{1,12}", "[ '\"@=<>in]{1,8}"]
}

prop_compose! {
    fn amount()(number in "-?[0-9]{1,6}(\\.[0-9]{1,4})?(e-?[0-9]{1,2})?", unit in "( ?(min|s|%|persons|h))?") -> String {
        format!("{number}{unit}")
    }
}

prop_compose! {
    fn any_line()(
        metric in "[a-z_]{1,8}(\\.[a-z0-9_]{1,6}){0,3}", cohort in prop::option::of(name()),
        station in prop::option::of(name()), seconds in prop::option::of(0_u64..1_000_000),
        operator in 0..6_usize, low in amount(), high in amount(), within in any::<bool>(),
    ) -> String {
        let clause = |key: &str, name: Option<String>| name.map_or_else(String::new, |name| {
            format!(" @ {key}='{}'", name.replace('\'', "''"))
        });
        let at = seconds.map_or_else(String::new, |seconds| format!(" @ t={}", Span::from_secs(seconds)));
        let test = if within { format!("in {low}..{high}") } else { format!("{} {low}", Operator::ALL[operator].sign()) };
        format!("{metric}{}{}{at} {test}", clause("cohort", cohort), clause("station", station))
    }
}

proptest! {
    #[test]
    fn a_line_printed_and_read_again_is_the_same(text in any_line()) {
        let read = line(&text);
        let printed = read.to_string();
        prop_assert_eq!(&line(&printed), &read, "{}", printed);
        prop_assert_eq!(line(&printed).to_string(), printed);
    }

    #[test]
    fn whatever_is_written_is_read_or_refused_at_a_place_inside_it(
        text in prop_oneof!["\\PC{0,40}", "[a-z.@=<>in0-9 '\"%,_-]{0,40}", any_line()], cut in 0_usize..60,
    ) {
        let text: String = text.chars().take(cut).collect();
        match parse(&text) {
            Ok(read) => {
                prop_assert_eq!(&line(&read.to_string()), &read);
                for unit in ["s", "1", "seats"] {
                    let _ = read.bounds(unit).map_err(|error| text[error.span].to_owned());
                }
            }
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {text:?}", error.span),
        }
    }
}
