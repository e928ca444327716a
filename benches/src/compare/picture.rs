//! The outcome as a picture: bars of time relative to the best peer, on a logarithmic scale.

use super::case::Section;
use super::run::{JITNEY, Row};
use std::fmt::Write;

/// Colours of contenders that can be told apart also without colour vision.
const COLOURS: [(&str, &str); 6] = [
    (JITNEY, "#d1495b"),
    ("NumPy", "#8d99ae"),
    ("numexpr", "#c9a227"),
    ("numba", "#00798c"),
    ("numba arrays", "#7fc4cf"),
    ("JAX", "#5e548e"),
];

const WIDTH: f64 = 960.0;
/// Where names end and the scale begins.
const LEFT: f64 = 330.0;
/// Where the scale ends and Jitney's ratio stands.
const RIGHT: f64 = 64.0;
const TOP: f64 = 70.0;
const BAR: f64 = 6.0;
const GAP: f64 = 9.0;
/// Ratios beyond these are drawn at the edge.
const RANGE: (f64, f64) = (1.0 / 32.0, 64.0);

/// The picture of the rows, those of single functions and products left out: they have one peer.
pub fn svg(rows: &[Row]) -> String {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| !matches!(row.case.section, Section::Functions | Section::Products))
        .filter(|row| row.best_peer().is_some())
        .collect();
    let mut bars = String::new();
    let mut y = TOP;
    for row in rows {
        y = draw(&mut bars, row, y);
    }
    let height = y + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"Helvetica, Arial, sans-serif\" \
         font-size=\"11\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">Time relative to the best \
         peer</text><text x=\"{LEFT}\" y=\"24\" fill=\"#666\">left of the line: faster than every \
         peer; at the right: Jitney's ratio</text>"
    );
    legend(&mut svg);
    scale(&mut svg, y);
    svg + &bars + "</svg>\n"
}

fn legend(svg: &mut String) {
    let mut x = LEFT;
    for (name, colour) in COLOURS {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"36\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"45\">{name}</text>",
            x + 14.0
        );
        x += 30.0 + 6.5 * name.len() as f64;
    }
}

/// Lines at powers of two.
fn scale(svg: &mut String, bottom: f64) {
    let mut ratio = RANGE.0;
    while ratio <= RANGE.1 {
        let (x, is_one) = (position(ratio), ratio == 1.0);
        let colour = if is_one { "#222" } else { "#e4e4e4" };
        let name = if ratio < 1.0 { format!("1/{}", 1.0 / ratio) } else { format!("{ratio}") };
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{bottom}\" stroke=\"{colour}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#666\">{name}</text>",
            TOP - 4.0,
            bottom + 16.0,
        );
        ratio *= 2.0;
    }
}

/// Draws the bars of a row from `y` down; where the next row begins.
fn draw(svg: &mut String, row: &Row, y: f64) -> f64 {
    let (Some((_, best)), Some(ratio)) = (row.best_peer(), row.ratio()) else { return y };
    // Who does not compile is left out where compilation is measured.
    let takes_part = |name: &str| !row.case.cold || name != "NumPy";
    let drawn: Vec<(&str, f64)> = COLOURS
        .iter()
        .filter(|(name, _)| takes_part(name))
        .filter_map(|(name, colour)| Some((*colour, row.seconds(name)? / best)))
        .collect();
    let height = BAR * drawn.len() as f64;
    let middle = y + height / 2.0 + 4.0;
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>\
         <text x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\" fill=\"{}\">{ratio:.2}</text>",
        LEFT - 8.0,
        escaped(&row.case.title()),
        WIDTH - 12.0,
        COLOURS[0].1,
    );
    for (index, (colour, ratio)) in drawn.into_iter().enumerate() {
        let (one, end) = (position(1.0), position(ratio));
        // The best peer's own bar has no length: a tick shows who it is.
        let (left, right) = (one.min(end) - 2.0, one.max(end) + 2.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{colour}\"/>",
            y + BAR * index as f64,
            right - left,
            BAR - 1.0
        );
    }
    y + height + GAP
}

/// Where a ratio is on the scale.
fn position(ratio: f64) -> f64 {
    let (low, high) = RANGE;
    let place = (ratio.clamp(low, high) / low).ln() / (high / low).ln();
    LEFT + place * (WIDTH - LEFT - RIGHT)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{LEFT, RANGE, RIGHT, WIDTH, position};

    #[test]
    fn the_scale_is_logarithmic_and_bounded() {
        assert_eq!(position(RANGE.0), LEFT);
        assert_eq!(position(1e9), WIDTH - RIGHT);
        let octave = position(2.0) - position(1.0);
        assert!((position(8.0) - position(1.0) - 3.0 * octave).abs() < 1e-9);
    }
}
