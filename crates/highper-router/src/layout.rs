//! Where the parameters of a pattern stand in a path that matches it.

use highper_core::MAX_PARAMETERS;

use crate::pattern::Piece;

/// Start and end of each parameter in the path.
pub(crate) type Ranges = [(u16, u16); MAX_PARAMETERS];

/// How long the literals of a pattern are: enough to find the parameters of a path that is known to match.
/// The matcher tells them too, but as text that it checks anew, by their names.
#[derive(Debug)]
pub(crate) struct Layout(Box<[Place]>);

#[derive(Debug)]
struct Place {
    /// The literal before it, from the last parameter on.
    before: usize,
    end: End,
}

/// Where a parameter ends: so many bytes before.
#[derive(Debug)]
enum End {
    Segment(usize),
    Path(usize),
}

impl Layout {
    /// Of a pattern with at most one parameter in a segment, and a wildcard last.
    pub(crate) fn new(pieces: &[Piece]) -> Self {
        let mut before = 0;
        let mut places = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let end = match piece {
                Piece::Literal(literal) => {
                    before = literal.len();
                    continue;
                }
                Piece::Parameter(_) => match &pieces[at + 1..] {
                    // What matches has no further segment.
                    [] => End::Path(0),
                    [Piece::Literal(literal)] if !literal.contains('/') => End::Path(literal.len()),
                    [Piece::Literal(literal), ..] => {
                        End::Segment(literal.find('/').unwrap_or(literal.len()))
                    }
                    _ => End::Segment(0),
                },
                Piece::Wildcard(_) => End::Path(0),
            };
            places.push(Place { before, end });
            before = 0;
        }
        Self(places.into())
    }

    /// A parameter is a piece of the path, which is shorter than 65536 bytes.
    #[inline]
    pub(crate) fn ranges(&self, path: &str) -> Ranges {
        if self.0.is_empty() { Ranges::default() } else { self.found_ranges(path) }
    }

    /// Not inlined: the compiler would keep each of the sixteen numbers apart.
    #[inline(never)]
    fn found_ranges(&self, path: &str) -> Ranges {
        let mut ranges = Ranges::default();
        let mut end = 0;
        for (range, place) in ranges.iter_mut().zip(&self.0) {
            let start = end + place.before;
            end = match place.end {
                End::Segment(after) => segment_end(path, start).saturating_sub(after),
                End::Path(after) => path.len().saturating_sub(after),
            };
            *range = (start as u16, end as u16);
        }
        ranges
    }
}

/// Not inlined: most parameters are the last piece of their path.
#[inline(never)]
fn segment_end(path: &str, from: usize) -> usize {
    let rest = path.as_bytes().get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'/').map_or(path.len(), |length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern;

    #[test]
    fn the_ranges_are_those_that_the_matcher_finds() {
        let patterns = [
            "/{a}",
            "/u/{a}",
            "/{a}/{b}",
            "/{a}/x/{b}/",
            "/v{a}",
            "/v{a}.json",
            "/{a}.tar.gz/{b}",
            "/{{{a}/{b}/}}",
            "/u/{a}/{*b}",
            "/{*a}",
            "/%C3%BC/{a}",
        ];
        let paths = [
            "/1",
            "/u/",
            "/u/12345",
            "/1/2",
            "/1/x/2/",
            "/v7",
            "/v7.json",
            "/v.json.json",
            "/v.json",
            "/a.tar.gz/b",
            "/a.tar.gz.tar.gz/b",
            "/{1/2/}",
            "/u/1/2",
            "/u/1/2/3/",
            "/u//2",
            "/%C3%BC/1",
            "/a%2Fb/c",
        ];
        let mut found = 0;
        for pattern in patterns {
            let layout = Layout::new(&pattern::parse(pattern).unwrap());
            let mut matcher = matchit::Router::new();
            matcher.insert(pattern, ()).unwrap();
            for path in paths {
                let Ok(matched) = matcher.at(path) else { continue };
                let values =
                    layout.ranges(path).map(|(start, end)| &path[start.into()..end.into()]);
                let expected: Vec<_> = matched.params.iter().map(|(_, value)| value).collect();
                assert_eq!(values[..expected.len()], expected, "{pattern} and {path}");
                found += expected.len();
            }
        }
        assert!(found > 30, "{found} were compared");
    }
}
