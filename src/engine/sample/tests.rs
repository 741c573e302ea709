//! Each distribution against its own distribution function, and against the exact microseconds of its first version.

use super::*;
use crate::engine::random::Key;

const STREAM: Stream = Stream::new(Key::from_words(11, 22), 33);
const COUNT: u64 = 1 << 18;

fn span(text: &str) -> Span {
    Span::parse(text).unwrap()
}

fn points() -> Vec<Point> {
    let point = |(share, value)| Point { share, value: span(value) };
    [(0.0, "100ms"), (0.5, "1s"), (0.9, "2s"), (0.95, "2s"), (1.0, "30s")].map(point).to_vec()
}

/// A distribution and its distribution function over seconds, written independently of the sampler.
type Case = (Distribution, fn(f64) -> f64);

fn cases() -> Vec<Case> {
    vec![
        (Distribution::Uniform { low: span("1s"), high: span("3s") }, |x| ((x - 1.0) / 2.0).clamp(0.0, 1.0)),
        (Distribution::Exponential { mean: span("2s") }, |x| 1.0 - libm::exp(-x / 2.0)),
        (Distribution::Erlang { shape: 3, mean: span("6s") }, |x| {
            let y = x / 2.0;
            1.0 - libm::exp(-y) * (1.0 + y + y * y / 2.0)
        }),
        (
            Distribution::Hyperexponential {
                branches: vec![
                    Branch { share: 0.9, mean: span("1s") },
                    Branch { share: 0.1, mean: span("10s") },
                ],
            },
            |x| 0.9 * (1.0 - libm::exp(-x)) + 0.1 * (1.0 - libm::exp(-x / 10.0)),
        ),
        (Distribution::LogNormal { median: span("200ms"), p95: span("800ms") }, |x| {
            let z = libm::log(x / 0.2) / (libm::log(4.0) / 1.644_853_626_951_472_2);
            0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
        }),
        (Distribution::Weibull { shape: 0.7, scale: span("10s") }, |x| {
            1.0 - libm::exp(-libm::pow(x / 10.0, 0.7))
        }),
        (Distribution::Pareto { shape: 2.5, minimum: span("1s") }, |x| 1.0 - libm::pow(x.max(1.0), -2.5)),
        (Distribution::Empirical { points: points() }, |x| {
            let line =
                |x: f64, (x0, y0): (f64, f64), (x1, y1): (f64, f64)| y0 + (x - x0) / (x1 - x0) * (y1 - y0);
            match x {
                x if x < 1.0 => line(x, (0.1, 0.0), (1.0, 0.5)).max(0.0),
                x if x < 2.0 => line(x, (1.0, 0.5), (2.0, 0.9)),
                _ => line(x, (2.0, 0.95), (30.0, 1.0)).min(1.0),
            }
        }),
    ]
}

/// Kolmogorov-Smirnov at a fixed seed. With 2^18 samples sqrt(n) D exceeds 2.69 once in a million; the cdf
/// function at whole microseconds adds less than 0.01.
#[test]
fn samples_follow_their_law() {
    for (distribution, cdf) in cases() {
        let sampler = Sampler::new(&distribution);
        let mut samples: Vec<u64> = (0..COUNT).map(|n| sampler.sample(STREAM, n).as_us()).collect();
        samples.sort_unstable();
        let mut distance = 0.0_f64;
        for equal in samples.chunk_by(|a, b| a == b) {
            let start = (equal.as_ptr() as usize - samples.as_ptr() as usize) / size_of::<u64>();
            // Just below and just above what rounds to this microsecond.
            let below = cdf((equal[0] as f64 - 0.5).max(0.0) / 1e6);
            let above = cdf((equal[0] as f64 + 0.5) / 1e6);
            distance = distance.max((start as f64 / COUNT as f64 - below).abs());
            distance = distance.max(((start + equal.len()) as f64 / COUNT as f64 - above).abs());
        }
        let statistic = distance * (COUNT as f64).sqrt();
        assert!((0.2..2.69).contains(&statistic), "{distribution}: {statistic}");
    }
}

/// The mean within six standard errors, as the samples themselves estimate them, and the median's neighbour p95.
#[test]
fn means_and_percentiles_are_as_written() {
    for (distribution, cdf) in cases() {
        let sampler = Sampler::new(&distribution);
        let mut samples: Vec<u64> = (0..COUNT).map(|n| sampler.sample(STREAM, n).as_us()).collect();
        let mean = samples.iter().sum::<u64>() as f64 / COUNT as f64;
        let variance =
            samples.iter().map(|x| (*x as f64 - mean) * (*x as f64 - mean)).sum::<f64>() / COUNT as f64;
        let error = (variance / COUNT as f64).sqrt();
        let expected = distribution.mean_us().unwrap();
        assert!(
            (mean - expected).abs() < 6.0 * error,
            "{distribution}: mean {mean}, expected {expected}, error {error}"
        );
        samples.sort_unstable();
        let p95 = samples[(COUNT * 19 / 20) as usize] as f64 / 1e6;
        let share = cdf(p95);
        assert!((share - 0.95).abs() < 0.0026, "{distribution}: {p95} s is at {share}");
    }
}

/// The word decides, and a larger word never gives a shorter sample, for the distributions that use one word.
#[test]
fn samples_grow_with_the_word() {
    let mut order: Vec<u64> = (0..50_000).collect();
    order.sort_unstable_by_key(|n| STREAM.draw(*n));
    for (distribution, _) in cases() {
        if matches!(distribution, Distribution::Erlang { .. } | Distribution::Hyperexponential { .. }) {
            continue;
        }
        let sampler = Sampler::new(&distribution);
        assert!(order.iter().map(|n| sampler.sample(STREAM, *n)).is_sorted(), "{distribution}");
    }
}

#[test]
fn rounding_is_half_up_and_saturates() {
    assert_eq!(round(0.499).as_us(), 0);
    assert_eq!(round(0.5).as_us(), 1);
    assert_eq!(round(1.5).as_us(), 2);
    assert_eq!(round(f64::INFINITY), Span::MAX);
    let heavy = Sampler::new(&Distribution::Pareto { shape: 0.01, minimum: span("1s") });
    assert!((0..100).any(|n| heavy.sample(STREAM, n) == Span::MAX));
}

#[test]
fn degenerate_laws_are_constants() {
    let same = span("3s");
    let distributions = [
        Distribution::Constant(same),
        Distribution::Uniform { low: same, high: same },
        Distribution::LogNormal { median: same, p95: same },
        Distribution::Empirical {
            points: vec![Point { share: 0.0, value: same }, Point { share: 1.0, value: same }],
        },
    ];
    for distribution in distributions {
        let sampler = Sampler::new(&distribution);
        assert!((0..1000).all(|n| sampler.sample(STREAM, n) == same), "{distribution}");
        assert!((distribution.mean_us().unwrap() - 3e6).abs() < 1e-6);
    }
}

#[test]
fn every_problem_of_a_law_is_listed() {
    #[track_caller]
    fn check(distribution: &Distribution, expected: &str) {
        assert_eq!(distribution.check().unwrap_err().to_string(), expected);
    }
    let zero = Span::ZERO;
    check(&Distribution::Exponential { mean: zero }, "exponential.mean: must be longer than 0s");
    check(
        &Distribution::Uniform { low: span("2s"), high: span("1s") },
        "uniform.high: 1s is less than low, 2s: exchange them",
    );
    check(
        &Distribution::LogNormal { median: span("2s"), p95: span("1s") },
        "log_normal.p95: 1s is less than the median, 2s",
    );
    check(
        &Distribution::Erlang { shape: 0, mean: zero },
        "erlang.shape: 0 is not a number of stages from 1 to 1000; erlang.mean: must be longer than 0s",
    );
    check(
        &Distribution::Pareto { shape: f64::NAN, minimum: span("1s") },
        "pareto.shape: NaN is not a number above 0",
    );
    check(
        &Distribution::Hyperexponential { branches: vec![Branch { share: 0.5, mean: span("1s") }] },
        "hyperexponential.branches: the shares sum to 0.5, not to 1",
    );
    let mut wrong = points();
    wrong[2].share = 0.4;
    wrong[4].value = zero;
    check(
        &Distribution::Empirical { points: wrong },
        "empirical.points[2].share: 0.4 is not more than the share before it, 0.5; \
         empirical.points[4].value: 0s is less than the value before it, 2s",
    );
    assert!(Distribution::Empirical { points: Vec::new() }.check().is_err());
    assert_eq!(Distribution::Pareto { shape: 1.0, minimum: span("1s") }.mean_us(), None);
    for (distribution, _) in cases() {
        distribution.check().unwrap();
    }
}

#[test]
fn laws_speak_for_themselves() {
    let said: Vec<String> = cases().iter().map(|(distribution, _)| distribution.to_string()).collect();
    assert_eq!(said[2], "Erlang, 3 stages, mean 6s");
    assert_eq!(said[4], "log-normal, median 200ms, p95 800ms");
    assert_eq!(said[3], "hyperexponential, 0.9 with mean 1s, 0.1 with mean 10s");
    assert_eq!(said[7], "empirical, 5 points, 100ms to 30s");
}

/// These microseconds are in every saved result: a change here is a new major version.
#[test]
fn samples_are_frozen() {
    let frozen: Vec<String> = cases()
        .iter()
        .map(|(distribution, _)| {
            let sampler = Sampler::new(distribution);
            // The first few, and a sum over many, so that one wrong bit in a rare branch shows too.
            let few: Vec<u64> = (0..4).map(|n| sampler.sample(STREAM, n).as_us()).collect();
            let sum: u64 = (0..100_000).map(|n| sampler.sample(STREAM, n).as_us()).sum();
            format!("{few:?} {sum}")
        })
        .collect();
    assert_eq!(
        frozen,
        [
            "[2805760, 1830369, 1930386, 1251752] 200147172815",
            "[4663614, 1072918, 1251699, 269067] 200552606562",
            "[10127512, 5782752, 2102090, 9782839] 598905923055",
            "[1687912, 241734, 131053, 3714507] 189847711261",
            "[597300, 166962, 185804, 76125] 28631292250",
            "[33517777, 4107934, 5119680, 569470] 1271431872110",
            "[2541420, 1239346, 1284462, 1055288] 167263239556",
            "[2000000, 847332, 937348, 326577] 178423190126",
        ]
    );
}
