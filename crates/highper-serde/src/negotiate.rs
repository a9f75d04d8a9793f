//! Content negotiation by `Accept` (RFC 9110, section 12.5.1).

use std::borrow::Cow;

use highper_core::FieldValue;

/// The most media ranges of an `Accept` that are looked at; what follows is ignored. Browsers send up
/// to ten.
pub const MAX_MEDIA_RANGES: usize = 64;

/// Which of `offers` a client wants most: its index, or none where the client refuses all of them.
///
/// For each offer the most specific range that matches it decides its quality; the highest quality
/// wins, then the more specific range, then the earlier offer. `q=0` refuses. Malformed ranges are
/// ignored, and without a well-formed one every offer will do. A `charset` in a range is ignored:
/// everything here is UTF-8.
///
/// # Example
/// ```
/// # use highper_core::http::HeaderValue;
/// # use highper_serde::negotiate;
/// let accept = HeaderValue::from_static("text/html;q=0.8, application/json, */*;q=0.1");
/// assert_eq!(negotiate(Some((&accept).into()), &["text/html", "application/json"]), Some(1));
/// assert_eq!(negotiate(Some((&accept).into()), &["text/plain"]), Some(0));
/// assert_eq!(negotiate(None, &["text/plain"]), Some(0));
/// assert_eq!(negotiate(Some((&HeaderValue::from_static("image/*")).into()), &["text/plain"]), None);
/// ```
#[must_use]
pub fn negotiate(accept: Option<FieldValue<'_>>, offers: &[&str]) -> Option<usize> {
    let accept =
        accept.map_or(Cow::Borrowed(""), |value| String::from_utf8_lossy(value.as_bytes()));
    negotiate_text(&accept, offers)
}

/// [`negotiate`], with the lines of `Accept` joined by commas.
pub(crate) fn negotiate_text(accept: &str, offers: &[&str]) -> Option<usize> {
    if ranges(accept).next().is_none() {
        return (!offers.is_empty()).then_some(0);
    }
    let mut best: Option<(usize, Match)> = None;
    for (index, offer) in offers.iter().enumerate() {
        let Some(offer) = MediaRange::parse(offer) else { continue };
        let Some(found) = ranges(accept).filter_map(|range| range.matches(&offer)).max() else {
            continue;
        };
        let wanted = |found: &Match| (found.quality, found.specificity);
        if found.quality > 0 && best.is_none_or(|(_, best)| wanted(&found) > wanted(&best)) {
            best = Some((index, found));
        }
    }
    best.map(|(index, _)| index)
}

fn ranges(accept: &str) -> impl Iterator<Item = MediaRange<'_>> {
    split_unquoted(accept, b',').take(MAX_MEDIA_RANGES).filter_map(MediaRange::parse)
}

/// How a range matches an offer; a more specific match is the greater one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    specificity: usize,
    quality: u16,
}

/// One element of `Accept`, or an offer, which has the same form.
struct MediaRange<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Everything after the first semicolon.
    parameters: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> MediaRange<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (media_type, parameters) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = media_type.trim_matches(SPACE).split_once('/')?;
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let mut quality = MAX_QUALITY;
        for parameter in split_parameters(parameters) {
            let (name, value) = parameter?;
            if name.eq_ignore_ascii_case("q") {
                quality = parse_quality(value)?;
                break;
            }
        }
        Some(Self { kind, subtype, parameters, quality })
    }

    fn matches(&self, offer: &Self) -> Option<Match> {
        let specificity = match (self.kind, self.subtype) {
            ("*", "*") => 0,
            (kind, _) if !kind.eq_ignore_ascii_case(offer.kind) => return None,
            (_, "*") => 1,
            (_, subtype) if !subtype.eq_ignore_ascii_case(offer.subtype) => return None,
            _ => 2,
        };
        let mut parameters = 0;
        for (name, value) in self.own_parameters() {
            let same = |(other, its): (&str, &str)| {
                other.eq_ignore_ascii_case(name) && its.eq_ignore_ascii_case(value)
            };
            if !offer.own_parameters().any(same) {
                return None;
            }
            parameters += 1;
        }
        Some(Match { specificity: specificity + parameters, quality: self.quality })
    }

    /// The parameters of the media type: those before `q`, without `charset`.
    fn own_parameters(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        split_parameters(self.parameters)
            .flatten()
            .take_while(|(name, _)| !name.eq_ignore_ascii_case("q"))
            .filter(|(name, _)| !name.eq_ignore_ascii_case("charset"))
    }
}

const MAX_QUALITY: u16 = 1000;
const SPACE: [char; 2] = [' ', '\t'];

/// Names and values; none for a malformed one. Empty ones are allowed (RFC 9110, section 5.6.6).
fn split_parameters(text: &str) -> impl Iterator<Item = Option<(&str, &str)>> {
    split_unquoted(text, b';')
        .map(|text| text.trim_matches(SPACE))
        .filter(|text| !text.is_empty())
        .map(|text| {
            let (name, value) = text.split_once('=')?;
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let well_formed = is_token(name) && (quoted.is_some() || is_token(value));
            well_formed.then_some((name, quoted.unwrap_or(value)))
        })
}

/// `0`, `1`, and up to three digits after the point (RFC 9110, section 12.4.2), in thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let fraction = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(MAX_QUALITY),
        _ => None,
    }
}

/// A token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The pieces between separators that do not stand in a quoted string.
fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let mut escaped = false;
        let end = text.bytes().position(|byte| match byte {
            _ if std::mem::take(&mut escaped) => false,
            b'\\' if quoted => {
                escaped = true;
                false
            }
            b'"' => {
                quoted = !quoted;
                false
            }
            byte => byte == separator && !quoted,
        });
        let piece = end.and_then(|end| Some((text.get(..end)?, text.get(end + 1..)?)));
        rest = piece.map(|(_, after)| after);
        Some(piece.map_or(text, |(piece, _)| piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_read_in_thousandths_or_not_at_all() {
        for (text, quality) in
            [("0", 0), ("1", 1000), ("0.", 0), ("1.000", 1000), ("0.5", 500), ("0.001", 1)]
        {
            assert_eq!(parse_quality(text), Some(quality), "{text}");
        }
        for text in ["", "2", "1.001", "0.1234", "-0", "0.5a", ".5", "0,5", "01", "1e0", "0.+1"] {
            assert_eq!(parse_quality(text), None, "{text}");
        }
    }

    #[test]
    fn separators_in_quotes_separate_nothing() {
        let pieces: Vec<_> = split_unquoted(r#"a;x="1,\",2",b,,c"#, b',').collect();
        assert_eq!(pieces, [r#"a;x="1,\",2""#, "b", "", "c"]);
    }
}
