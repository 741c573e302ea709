//! What is read of a comparison: the sentence, the screen, the Markdown, the charts and the page, of hand-made variants.

mod made;

use crate::support::svg;
use made::{CROWD, MANY, Made, comparison, fifo, lottery};
use onsale::experiment::compare::{Against, Comparison};
use onsale::report::{self, Chart, ComparisonCharts, Style};

const COMMAND: &str = "onsale compare made.json --policy fifo --policy 'a <policy>' --seeds 1..6";

fn two(other: Made) -> Comparison {
    comparison(&CROWD, 6, vec![fifo(), other])
}

fn many() -> Comparison {
    let (before, after) =
        ("the arrangement of last year, as it was", "the arrangement of this year, as it is");
    let before = made::many_cohorts(before, "fifo", 0.0);
    let after = made::many_cohorts(after, "prequeue_shuffle", 1.0);
    comparison(&MANY, 6, vec![before, after])
}

/// So many that all of them stand side by side before each pair does.
fn side_by_side() -> Comparison {
    let nameless = Made { label: "a <policy>", ..made::twin() };
    comparison(&CROWD, 6, vec![fifo(), lottery(), made::hardly_different(), made::with_gaps(), nameless])
}

/// Every kind of comparison that a reader may meet.
fn all_kinds() -> Vec<(&'static str, Comparison)> {
    let one_seed = comparison(&CROWD, 1, vec![fifo(), lottery()]);
    let several = comparison(&CROWD, 6, vec![fifo(), lottery(), made::hardly_different(), made::enormous()]);
    let nothing = Made { figures: Vec::new(), ..fifo() };
    let nothing_else = Made { figures: Vec::new(), ..lottery() };
    vec![
        ("clear", two(lottery())),
        ("hardly", two(made::hardly_different())),
        ("twin", two(made::twin())),
        ("gaps", two(made::with_gaps())),
        ("many", many()),
        ("enormous", two(made::enormous())),
        ("one-seed", one_seed),
        ("several", several),
        ("side-by-side", side_by_side()),
        ("nothing", comparison(&CROWD, 6, vec![nothing, nothing_else])),
    ]
}

fn sentence(comparison: &Comparison) -> String {
    report::comparison_sentence(comparison, &comparison.variants[1].label, &comparison.against[0])
}

/// The page, with spaces where no line may break as spaces.
fn page(comparison: &Comparison) -> String {
    report::comparison_page(comparison, &ComparisonCharts::of(comparison), COMMAND).replace('\u{a0}', " ")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    text.replace('\'', "&#39;").replace('"', "&#34;")
}

#[test]
fn the_sentence_says_what_changes_most_with_intervals() {
    assert_eq!(
        sentence(&two(lottery())),
        "Compared with fifo, prequeue_shuffle raises the success of mobile from 2.0 % to 18.8 % (+16.8 ± 0.2 points), \
         lowers that of early fans from 32.0 % to 20.8 % (-11.2 ± 0.2 points) and lowers the share of people never told \
         from 3.1 % to 2.4 % (-0.700 ± 0.038 points); 6 paired seeds, ± is a 95 % interval."
    );
}

#[test]
fn the_sentence_says_when_these_seeds_cannot_tell_and_when_there_is_nothing_to_tell() {
    assert_eq!(
        sentence(&two(made::hardly_different())),
        "6 paired seeds cannot tell hardly and fifo apart in any figure; more seeds may."
    );
    assert_eq!(
        sentence(&two(made::twin())),
        "twin and fifo are the same in every figure of every run (6 paired seeds)."
    );
    assert_eq!(
        sentence(&comparison(&CROWD, 1, vec![fifo(), lottery()])),
        "One seed cannot tell prequeue_shuffle and fifo apart: name several with --seeds."
    );
    let nothing = || Made { figures: Vec::new(), ..fifo() };
    assert_eq!(
        sentence(&comparison(&CROWD, 6, vec![nothing(), Made { label: "a <b>", ..nothing() }])),
        "“a <b>” and fifo have no figure in common that could be compared (6 paired seeds)."
    );
}

#[test]
fn the_scenario_as_written_and_odd_labels_have_a_name_in_the_sentence() {
    let written = Made { label: "as written", ..fifo() };
    let changed = Made { label: "operator=[]", ..lottery() };
    let sentence = sentence(&comparison(&CROWD, 6, vec![written, changed]));
    assert!(
        sentence.starts_with("Compared with the scenario as written, “operator=[]” raises"),
        "{sentence}"
    );
}

#[test]
fn the_screen_of_a_clear_difference() {
    insta::assert_snapshot!(report::comparison_summary(&two(lottery()), Style::Plain));
}

#[test]
fn the_screen_of_what_cannot_be_told() {
    insta::assert_snapshot!(report::comparison_summary(&two(made::hardly_different()), Style::Plain));
}

#[test]
fn the_screen_of_twins() {
    insta::assert_snapshot!(report::comparison_summary(&two(made::twin()), Style::Plain));
}

#[test]
fn the_screen_where_pairs_are_dropped() {
    insta::assert_snapshot!(report::comparison_summary(&two(made::with_gaps()), Style::Plain));
}

#[test]
fn the_screen_of_many_cohorts_and_long_names() {
    insta::assert_snapshot!(report::comparison_summary(&many(), Style::Plain));
}

#[test]
fn the_markdown_of_a_clear_difference() {
    insta::assert_snapshot!(report::comparison_markdown(&two(lottery()), COMMAND));
}

#[test]
fn no_screen_is_wider_than_a_hundred_columns() {
    for (name, comparison) in all_kinds() {
        let text = report::comparison_summary(&comparison, Style::Plain);
        for line in text.lines() {
            let wide = line.chars().filter(|c| u32::from(*c) > 0x2E80).count();
            assert!(line.chars().count() + wide <= 100, "{name}: {line}");
        }
        assert!(!text.contains("NaN") && !text.contains('\u{1b}'), "{name}: {text}");
        let painted = report::comparison_summary(&comparison, Style::Colored);
        assert_eq!(anstream::adapter::strip_str(&painted).to_string(), text, "{name}: colour adds nothing");
    }
}

#[test]
fn a_table_of_the_markdown_has_one_number_of_columns() {
    for (name, comparison) in all_kinds() {
        let text = report::comparison_markdown(&comparison, COMMAND);
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let lines: Vec<&str> = text.lines().collect();
        for rows in lines.split(|line| !line.starts_with('|')).filter(|rows| !rows.is_empty()) {
            assert!(rows.iter().all(|row| bars(row) == bars(rows[0])), "{name}: {rows:?}");
        }
        assert!(!text.contains("<b>") && text.contains("--seeds 1..6"), "{name}: {text}");
    }
}

#[test]
fn every_chart_is_sound_and_stays_inside_its_picture() {
    for (name, comparison) in all_kinds() {
        for Chart { file_name, title, svg, .. } in ComparisonCharts::of(&comparison).all() {
            let name = format!("{name}/{file_name}");
            svg::check_xml(&name, svg);
            svg::check_texts(&name, svg);
            svg::check_shapes(&name, svg);
            assert!(!svg.contains("NaN") && !svg.contains(">inf"), "{name}");
            assert!(svg.contains(&format!("aria-label=\"{}\"", escaped_in_svg(title))), "{name}: {title}");
        }
        let page = page(&comparison);
        for (at, _) in page.match_indices("<svg") {
            let end = page[at..].find("</svg>").expect("it ends") + 6;
            svg::check_texts(name, &page[at..at + end]);
            svg::check_shapes(name, &page[at..at + end]);
        }
    }
}

fn escaped_in_svg(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

/// The titles of the charts of the only other variant, and of the plane.
fn titles(comparison: &Comparison) -> Vec<String> {
    ComparisonCharts::of(comparison).all().map(|chart| chart.title.clone()).collect()
}

#[test]
fn titles_of_charts_state_what_there_is_to_see() {
    assert_eq!(
        titles(&two(lottery())),
        [
            "prequeue_shuffle is better than fifo in 3 of 15 figures, worse in 4 and different in 2",
            "Success under prequeue_shuffle: early fans falls from 32.0 % to 20.8 % and that of mobile rises from 2.0 % to \
             18.8 %",
            "Under prequeue_shuffle, 40 persons would lose the ticket that fifo gives them; 40 persons would win one",
            "Nearest to seniority: fifo; to equal chances: prequeue_shuffle",
        ]
    );
    assert_eq!(
        titles(&two(made::twin())),
        [
            "twin is the same as fifo in all of 15 figures",
            "Under twin no cohort's success changes so that these runs could tell",
            "The same persons get tickets under fifo and twin",
            "By seniority and by equal chances, the variants stand in one place",
        ]
    );
}

#[test]
fn where_nothing_is_known_there_is_no_chart() {
    let nothing = Made { figures: Vec::new(), buyers: Vec::new(), jain: None, ..fifo() };
    let nothing_else = Made { figures: Vec::new(), buyers: Vec::new(), jain: None, ..lottery() };
    assert!(titles(&comparison(&CROWD, 6, vec![nothing, nothing_else])).is_empty());
}

#[test]
fn charts_of_several_variants_have_names_of_their_own() {
    let several = comparison(&CROWD, 6, vec![fifo(), lottery(), made::twin()]);
    let charts = ComparisonCharts::of(&several);
    let names: Vec<&str> = charts.all().map(|chart| chart.file_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "differences-1.svg",
            "success-1.svg",
            "flips-1.svg",
            "differences-2.svg",
            "success-2.svg",
            "flips-2.svg",
            "plane.svg"
        ]
    );
}

#[test]
fn the_page_says_the_sentence_every_cohort_every_seed_what_was_changed_and_the_command() {
    for (name, comparison) in all_kinds() {
        let page = page(&comparison);
        for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
            let sentence = report::comparison_sentence(&comparison, &variant.label, against);
            assert!(page.contains(&escaped(&sentence)), "{name}: {sentence}");
        }
        assert!(page.contains(&escaped(COMMAND)), "{name}");
        for difference in comparison.against.iter().flat_map(Against::family) {
            if let Some(cohort) = difference.cohort.as_ref().filter(|_| difference.pairs > 0) {
                let row = format!("success, {}</th>", escaped(cohort));
                assert!(page.contains(&row) || difference.metric != "fairness.success", "{name}: {row}");
            }
        }
        for variant in &comparison.variants {
            let scenario = serde_json::to_string_pretty(&variant.runs.scenario).unwrap();
            assert!(page.contains(&escaped(&scenario)), "{name}: the scenario of {}", variant.label);
        }
        if comparison.against[0].family().any(|difference| difference.pairs > 0) {
            let by_seed = page.split("id=\"by-seed\"").nth(1).expect("every seed is there");
            for seed in &comparison.seeds {
                assert!(by_seed.contains(&format!("role=\"rowheader\">{seed}</th>")), "{name}: seed {seed}");
            }
        }
    }
    let page = page(&two(lottery()));
    let changed =
        page.split("id=\"changed\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
    assert!(
        changed.contains(">waiting_room.policy</th>") && changed.contains("prequeue_shuffle"),
        "{changed}"
    );
    assert_eq!(changed.matches("role=\"rowheader\"").count(), 1, "nothing else was changed: {changed}");
}

#[test]
fn the_page_needs_nothing_from_outside_and_runs_nothing() {
    for (name, comparison) in all_kinds() {
        let page = page(&comparison);
        for needle in
            ["<script", "<img", "<iframe", "<object", "<embed", "@import", "url(", "javascript:", "<b>&"]
        {
            assert!(!page.contains(needle), "{name}: {needle}");
        }
        for (at, _) in page.match_indices("href=\"").chain(page.match_indices("src=\"")) {
            let target = page[at..].split('"').nth(1).unwrap();
            assert!(target.starts_with('#') || target == "data:,", "{name}: {target}");
        }
        assert!(!page.contains("NaN"), "{name}");
        let mut ids: Vec<&str> =
            page.match_indices(" id=\"").map(|(at, _)| page[at..].split('"').nth(1).unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: every id is there once");
        for (at, _) in page.match_indices("<svg") {
            assert!(
                page[at..].split('>').next().unwrap().contains("aria-label=\""),
                "{name}: a picture has a name"
            );
        }
    }
}

#[test]
fn five_variants_stand_side_by_side_a_row_each_with_what_is_proven_against_the_first() {
    let comparison = side_by_side();
    let screen = report::comparison_summary(&comparison, Style::Plain);
    assert!(screen.starts_with("5 variants, held to fifo\n"), "{screen}");
    let row = |name: &str| -> Vec<&str> {
        let line = screen
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("{name} in {screen}"));
        line.split_whitespace().collect()
    };
    assert_eq!(row("fifo")[1..4], ["100", "0.011", "0.991"]);
    let won = screen.split("got a ticket").nth(1).expect("who wins under which");
    assert!(won.contains("early fans") && won.contains("32.0 %"), "{screen}");
    assert!(screen.lines().count() < 30, "one screen: {screen}");
    let (page, markdown) = (page(&comparison), report::comparison_markdown(&comparison, COMMAND));
    let overview = page.split("id=\"overview\"").nth(1).expect("a section of its own");
    let (side, pairs) = overview.split_once("id=\"variant-1\"").expect("and then the pairs");
    assert!(side.contains("a &#60;policy&#62;") || side.contains("a &lt;policy&gt;"), "{side}");
    assert!(pairs.contains("id=\"variant-4\""), "each pair has its table all the same");
    assert!(markdown.contains("| variant | sold |") && markdown.contains("| figure | fifo |"), "{markdown}");
}
