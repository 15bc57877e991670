//! A signature drawn on a screen: strokes of points, within bounds, of which we draw the picture ourselves.
//!
//! No picture and no markup is ever taken from a browser: it sends numbers, and what is kept is made of those numbers.

use std::fmt;
use std::fmt::Write as _;

/// The largest text of strokes taken, in bytes.
pub const LARGEST_DRAWING: usize = 64 << 10;
const MOST_STROKES: usize = 100;
const MOST_POINTS: usize = 4000;
const WIDTH: u16 = 1000;
const HEIGHT: u16 = 400;
/// A slip of the finger is no signature: it has to reach so far in one direction at least.
const LEAST_EXTENT: u16 = 40;

/// A drawn signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawing(Vec<Vec<[u16; 2]>>);

/// Not the strokes of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the strokes of a signature")]
pub struct NotADrawing;

impl Drawing {
    /// Reads strokes: a JSON list of lists of points `[x, y]`, whole numbers, `x` up to 1000, `y` up to 400. An empty list
    /// is nothing drawn.
    ///
    /// # Errors
    /// [`NotADrawing`] if it is anything else, too much, or too small to be meant.
    pub fn read(text: &str) -> Result<Option<Self>, NotADrawing> {
        if text.len() > LARGEST_DRAWING {
            return Err(NotADrawing);
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let strokes: Vec<Vec<[u16; 2]>> = serde_json::from_str(text).map_err(|_| NotADrawing)?;
        if strokes.is_empty() {
            return Ok(None);
        }
        let points = || strokes.iter().flatten();
        let few = strokes.len() <= MOST_STROKES && points().count() <= MOST_POINTS;
        let inside = points().all(|[x, y]| *x <= WIDTH && *y <= HEIGHT);
        let some = strokes.iter().all(|stroke| !stroke.is_empty());
        let extent = |of: fn(&[u16; 2]) -> u16| {
            let least = points().map(of).min().unwrap_or(0);
            points().map(of).max().unwrap_or(0).saturating_sub(least)
        };
        let meant = extent(|[x, _]| *x).max(extent(|[_, y]| *y)) >= LEAST_EXTENT;
        if few && inside && some && meant {
            Ok(Some(Self(strokes)))
        } else {
            Err(NotADrawing)
        }
    }

    /// The strokes as they are read.
    #[must_use]
    pub fn strokes(&self) -> String {
        // Lists of numbers always make JSON.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// The picture, with `label` for whoever cannot see it. `label` is text of ours.
    #[must_use]
    pub fn to_svg(&self, label: &str) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-label=\"{}\"><g fill=\"none\" stroke=\"#111\" stroke-width=\"6\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\">",
            super::escaped(label),
        );
        for stroke in &self.0 {
            svg.push_str("<path d=\"");
            for (number, [x, y]) in stroke.iter().enumerate() {
                let _ = write!(svg, "{}{x} {y}", if number == 0 { 'M' } else { 'L' });
            }
            // A stroke of one point is a dot: round ends make it so.
            if let [[x, y]] = stroke.as_slice() {
                let _ = write!(svg, "L{x} {y}");
            }
            svg.push_str("\"/>");
        }
        svg.push_str("</g></svg>");
        svg
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[drawing]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_come_back_and_make_a_picture_of_numbers() {
        let text = "[[[10,20],[300,40],[310,380]],[[500,5]]]";
        let drawing = Drawing::read(text).unwrap().unwrap();
        assert_eq!(drawing.strokes(), text);
        let svg = drawing.to_svg("signed <by hand>");
        assert!(svg.contains("d=\"M10 20L300 40L310 380\""), "{svg}");
        assert!(svg.contains("d=\"M500 5L500 5\""), "{svg}");
        assert!(svg.contains("aria-label=\"signed &lt;by hand&gt;\""), "{svg}");
    }

    #[test]
    fn nothing_drawn_is_no_drawing() {
        for text in ["", " ", "[]"] {
            assert_eq!(Drawing::read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_not_read() {
        let many_strokes = format!("[{}]", vec!["[[0,0],[900,300]]"; MOST_STROKES + 1].join(","));
        let many_points = format!("[[{}]]", vec!["[0,0],[900,300]"; MOST_POINTS / 2 + 1].join(","));
        let long = format!("[[[0,0],[900,300]]{}]", " ".repeat(LARGEST_DRAWING));
        for text in [
            "x",
            "[[]]",
            "[[[0,0],[900,300]],[]]",
            "[[[1,1],[2,2]]]",
            "[[[0,0],[1001,300]]]",
            "[[[0,0],[900,401]]]",
            "[[[0,0],[-900,300]]]",
            "[[[0,0],[900.5,300]]]",
            "[[[0,0,0],[900,300,0]]]",
            "[[[0,0],[900,\"300\"]]]",
            "{\"d\":\"M0 0\"}",
            "\"<svg onload=alert(1)>\"",
            "[[[0,0],[900,300]]] []",
            &many_strokes,
            &many_points,
            &long,
        ] {
            let start = text.get(..40).unwrap_or(text);
            assert_eq!(Drawing::read(text), Err(NotADrawing), "{start}");
        }
        // At the bounds it is read.
        let most = format!("[{}]", vec!["[[0,0],[1000,400]]"; MOST_STROKES].join(","));
        assert!(Drawing::read(&most).unwrap().is_some());
        assert!(Drawing::read("[[[0,0],[40,0]]]").unwrap().is_some());
        assert!(Drawing::read("[[[0,0],[39,39]]]").is_err());
    }
}
