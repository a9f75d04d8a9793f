//! The content codings that files are kept in, and which of them a client takes.

use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};

/// A content coding; a file in it stands next to the original, under the original's name and a suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Zstd,
    Gzip,
}

impl Coding {
    /// All of them, the smallest results first; of those a client likes equally the first is sent.
    pub(crate) const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// The end of the file's name.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }

    /// The name in HTTP.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    pub(crate) fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }
}

/// How much a client likes each coding, in thousandths (RFC 9110, section 12.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    codings: [u16; 3],
    /// None if it was not named: then it is what remains.
    identity: Option<u16>,
}

impl Accepted {
    /// Reads all `Accept-Encoding` headers; none takes identity alone.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let (mut named, mut any, mut identity) = ([None; 3], 0, None);
        let lists = headers.get_all(ACCEPT_ENCODING);
        let members =
            lists.iter().filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
        for member in members.take(MAX_CODINGS) {
            let (name, quality) = weighed(member);
            match name {
                "*" => any = quality,
                _ if name.eq_ignore_ascii_case("identity") => identity = Some(quality),
                _ => {
                    let is_named = |coding: &Coding| {
                        name.eq_ignore_ascii_case(coding.name())
                            || (*coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip"))
                    };
                    if let Some(index) = Coding::ALL.iter().position(is_named) {
                        named[index] = Some(quality);
                    }
                }
            }
        }
        Self { codings: named.map(|quality| quality.unwrap_or(any)), identity }
    }

    /// The coding to send, of those that there are; none is identity.
    pub(crate) fn choose(self, exists: impl Fn(Coding) -> bool) -> Option<Coding> {
        let mut best = None;
        let mut best_quality = self.identity.unwrap_or(0);
        for (coding, quality) in Coding::ALL.into_iter().zip(self.codings) {
            // A coding that is liked as much as identity is sent: it is shorter.
            let is_better = quality > best_quality || (best.is_none() && quality == best_quality);
            if quality > 0 && is_better && exists(coding) {
                (best, best_quality) = (Some(coding), quality);
            }
        }
        best
    }
}

/// A member of the list and its weight in thousandths; a malformed weight is none.
fn weighed(member: &str) -> (&str, u16) {
    let Some((name, parameters)) = member.split_once(';') else { return (member.trim(), 1000) };
    let weight =
        parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim().strip_prefix('='));
    (name.trim(), weight.map_or(1000, |weight| thousandths(weight.trim()).unwrap_or(0)))
}

/// `0.5` as 500.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if !matches!(whole, "0" | "1") || fraction.len() > 3 {
        return None;
    }
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()).then_some(fraction)?;
    let fraction: u16 = format!("{digits:0<3}").parse().ok()?;
    Some((u16::from(whole == "1") * 1000 + fraction).min(1000))
}

/// More codings than were ever registered.
const MAX_CODINGS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &'static str, exist: &[Coding]) -> Option<Coding> {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
        Accepted::from_headers(&headers).choose(|coding| exist.contains(&coding))
    }

    #[test]
    fn the_best_liked_coding_that_exists_is_chosen() {
        use Coding::{Brotli, Gzip, Zstd};
        for (accept, exist, expected) in [
            ("gzip, deflate, br, zstd", &Coding::ALL[..], Some(Brotli)),
            ("gzip, deflate, br, zstd", &[Gzip, Zstd][..], Some(Zstd)),
            ("br;q=0.1, gzip;q=0.9", &[Brotli, Gzip][..], Some(Gzip)),
            ("br;q=0, gzip", &[Brotli][..], None),
            ("*", &[Gzip][..], Some(Gzip)),
            ("*;q=0.5, br;q=0", &[Brotli, Gzip][..], Some(Gzip)),
            ("identity, gzip;q=0.5", &[Gzip][..], None),
            ("identity;q=0.5, gzip;q=0.5", &[Gzip][..], Some(Gzip)),
            ("X-GZIP", &[Gzip][..], Some(Gzip)),
            ("gzip;q=nonsense", &[Gzip][..], None),
            ("gzip;q=1.5", &[Gzip][..], Some(Gzip)),
            ("", &[Gzip][..], None),
            ("deflate", &Coding::ALL[..], None),
        ] {
            assert_eq!(chosen(accept, exist), expected, "{accept}");
        }
        assert_eq!(Accepted::from_headers(&HeaderMap::new()).choose(|_| true), None);
    }
}
