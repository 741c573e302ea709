//! The few colours of charts and page. A chart is drawn in the light values; in the page each becomes a CSS
//! variable that knows both. Texts keep a contrast of 4.5 or more on the paper of their theme.

use plotters::style::RGBColor;

/// A colour with a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) struct Color {
    /// The role, and the name of the CSS variable.
    pub name: &'static str,
    /// Its value on light paper, `0xRRGGBB`; no two roles share one.
    pub light: u32,
    /// Its value on dark paper.
    pub dark: u32,
}

const fn color(name: &'static str, light: u32, dark: u32) -> Color {
    Color { name, light, dark }
}

/// What everything is drawn on.
pub(in crate::report) const PAPER: Color = color("paper", 0xFF_FF_FF, 0x15_1A_21);
/// Titles and numbers.
pub(in crate::report) const INK: Color = color("ink", 0x1B_24_30, 0xE9_ED_F2);
/// Labels of axes and remarks.
pub(in crate::report) const MUTED: Color = color("muted", 0x56_62_70, 0xA3_AF_BD);
/// Lines that help the eye.
pub(in crate::report) const GRID: Color = color("grid", 0xE1_E6_EC, 0x2B_34_40);
/// What people wanted.
pub(in crate::report) const DEMAND: Color = color("demand", 0x1D_4E_D8, 0x7D_AB_FF);
/// What the system let through.
pub(in crate::report) const FLOW: Color = color("flow", 0x7C_3A_ED, 0xB9_9C_FF);
/// Tickets, and whoever was told the truth.
pub(in crate::report) const GOOD: Color = color("good", 0x0F_76_6E, 0x3C_CF_BE);
/// Readable, but not the last word.
pub(in crate::report) const HALF: Color = color("half", 0x9A_58_04, 0xF0_B2_3E);
/// Silence, lies and errors.
pub(in crate::report) const BAD: Color = color("bad", 0xB9_1C_1C, 0xFF_8A_80);
/// A no that was understood.
pub(in crate::report) const NO: Color = color("no", 0x5B_67_78, 0x93_A1_B3);
/// The area of those who bought.
pub(in crate::report) const AREA_GOOD: Color = color("area-good", 0x1A_93_88, 0x2A_A5_98);
/// The area of those who understood a no.
pub(in crate::report) const AREA_NO: Color = color("area-no", 0x8E_9C_AE, 0x71_7F_91);
/// The area of those who left.
pub(in crate::report) const AREA_LEFT: Color = color("area-left", 0xE5_AE_55, 0xB9_82_2E);
/// Still waiting.
pub(in crate::report) const WAITING: Color = color("waiting", 0xDB_E1_E9, 0x38_43_51);
/// A pale wash of the good colour.
pub(in crate::report) const GOOD_WASH: Color = color("good-wash", 0xDD_F3_F0, 0x14_34_33);
/// A pale wash of the half colour.
pub(in crate::report) const HALF_WASH: Color = color("half-wash", 0xFB_EF_D9, 0x37_2B_14);
/// A pale wash of the bad colour.
pub(in crate::report) const BAD_WASH: Color = color("bad-wash", 0xFB_E3_E1, 0x3D_1F_21);
/// A pale wash of no colour.
pub(in crate::report) const PLAIN_WASH: Color = color("plain-wash", 0xF0_F3_F6, 0x20_27_31);

/// Every colour.
pub(in crate::report) const ALL: [Color; 18] = [
    PAPER, INK, MUTED, GRID, DEMAND, FLOW, GOOD, HALF, BAD, NO, AREA_GOOD, AREA_NO, AREA_LEFT, WAITING,
    GOOD_WASH, HALF_WASH, BAD_WASH, PLAIN_WASH,
];

impl Color {
    /// For plotters.
    pub(super) const fn rgb(self) -> RGBColor {
        RGBColor((self.light >> 16) as u8, (self.light >> 8) as u8, self.light as u8)
    }
}

/// The chart with every colour as a CSS variable.
pub(super) fn themed(svg: &str) -> String {
    let mut text = svg.to_owned();
    for color in ALL {
        text = text.replace(&format!("\"#{:06X}\"", color.light), &format!("\"var(--{})\"", color.name));
    }
    text
}

/// The variables of one theme, as CSS declarations.
pub(in crate::report) fn declarations(theme: impl Fn(&Color) -> u32) -> String {
    let one = |color: &Color| format!("--{}:#{:06x};", color.name, theme(color));
    ALL.iter().map(one).collect::<Vec<String>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours after WCAG 2.2, from a table-free approximation of the sRGB curve on `libm`.
    fn contrast(a: u32, b: u32) -> f64 {
        let luminance = |color: u32| {
            let channel = |shift: u32| {
                let value = f64::from(color >> shift & 255) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
            };
            0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_colour_of_text_can_be_read_in_both_themes() {
        for text in [INK, MUTED, DEMAND, FLOW, GOOD, HALF, BAD, NO] {
            for paper in [PAPER, PLAIN_WASH] {
                assert!(contrast(text.light, paper.light) >= 4.5, "{} on light {}", text.name, paper.name);
                assert!(contrast(text.dark, paper.dark) >= 4.5, "{} on dark {}", text.name, paper.name);
            }
        }
        for (text, wash) in [(GOOD, GOOD_WASH), (HALF, HALF_WASH), (BAD, BAD_WASH), (MUTED, PLAIN_WASH)] {
            assert!(contrast(text.light, wash.light) >= 4.5, "{} on its light wash", text.name);
            assert!(contrast(text.dark, wash.dark) >= 4.5, "{} on its dark wash", text.name);
        }
    }

    #[test]
    fn every_line_can_be_seen_on_paper_and_on_every_wash() {
        for line in [MUTED, DEMAND, FLOW, GOOD, HALF, BAD] {
            for paper in [PAPER, BAD_WASH, HALF_WASH] {
                assert!(contrast(line.light, paper.light) >= 3.0, "{} on light {}", line.name, paper.name);
                assert!(contrast(line.dark, paper.dark) >= 3.0, "{} on dark {}", line.name, paper.name);
            }
        }
    }

    #[test]
    fn no_two_roles_share_a_light_value() {
        for (at, color) in ALL.iter().enumerate() {
            assert!(ALL[at + 1..].iter().all(|other| other.light != color.light), "{}", color.name);
        }
    }
}
