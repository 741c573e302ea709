//! The normal quantile: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
//! Statistics 37 (1988), 477-484, routine PPND16, accurate to about one part in 10^16.

/// The 95th percentile of the standard normal distribution.
const P95: f64 = 1.644_853_626_951_472_2;

/// The standard deviation of the logarithm, of the log-normal distribution with this median and 95th percentile.
pub(super) fn sigma(median: f64, p95: f64) -> f64 {
    libm::log(p95 / median) / P95
}

/// The standard normal quantile of `share`, in the open interval (0, 1): the value that a standard normal variable is
/// below with that probability. Seventeen in twenty need no logarithm.
#[inline]
pub fn normal_quantile(share: f64) -> f64 {
    let from_median = share - 0.5;
    if from_median.abs() <= 0.425 {
        from_median * ratio(0.180_625 - from_median * from_median, &CENTRE)
    } else {
        tail(share, from_median)
    }
}

fn tail(share: f64, from_median: f64) -> f64 {
    let outside = if from_median < 0.0 { share } else { 1.0 - share };
    let r = (-libm::log(outside)).sqrt();
    let size = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    size.copysign(from_median)
}

/// Numerator and denominator of a rational approximation, lowest power first.
type Ratio = [[f64; 8]; 2];

/// Both polynomials by Estrin's scheme: three short chains in place of one long one.
#[inline]
fn ratio(x: f64, [numerator, denominator]: &Ratio) -> f64 {
    let (x2, x4) = (x * x, x * x * (x * x));
    let polynomial = |c: &[f64; 8]| {
        let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
        let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;
        low + high * x4
    };
    polynomial(numerator) / polynomial(denominator)
}

#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
const CENTRE: Ratio = [
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
];

#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
const MIDDLE: Ratio = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
const FAR: Ratio = [
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Phi of the quantile of p is p, in both tails and the centre, against an independent error function.
    #[test]
    fn the_quantile_inverts_the_distribution() {
        let mut p = 1e-16;
        while p < 0.5 {
            for z in [normal_quantile(p), -normal_quantile(1.0 - p)] {
                let back = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
                let tolerance = 1e-14 * z.abs().max(1.0) * z.abs().max(1.0);
                // In the upper tail 1 - p itself is only good to 2^-53.
                let tolerance = if z.to_bits() == normal_quantile(p).to_bits() {
                    tolerance
                } else {
                    tolerance + 2e-16 / p
                };
                assert!((back / p - 1.0).abs() < tolerance, "p {p}: z {z}, back {back}");
            }
            p *= 1.0137;
        }
        assert_eq!(normal_quantile(0.5).to_bits(), 0.0_f64.to_bits());
        assert!((normal_quantile(0.95) - P95).abs() < 1e-15);
    }

    #[test]
    fn the_quantile_is_monotone_where_its_pieces_meet() {
        for meeting in [0.075, 0.925, libm::exp(-25.0), 1.0 - libm::exp(-25.0)] {
            let step = (meeting.min(1.0 - meeting) * 1e-13).max(f64::EPSILON / 2.0);
            let mut before = f64::NEG_INFINITY;
            for i in -2000..2000 {
                let z = normal_quantile(meeting + f64::from(i) * step);
                assert!(z >= before - 1e-15 * z.abs(), "near {meeting}");
                before = z;
            }
        }
    }
}
