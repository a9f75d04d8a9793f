//! What the two ends agree on (RFC 7692, section 7.1).

use super::Deflate;

/// What both ends have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(super) server_takes_over: bool,
    pub(super) client_takes_over: bool,
    pub(super) server_window: u8,
    pub(super) client_window: u8,
}

impl Agreed {
    /// May each of the server's messages refer to those before it?
    pub(crate) fn orders_messages(self) -> bool {
        self.server_takes_over
    }
}

/// One offer of a client.
#[derive(Debug, Default)]
struct Offer {
    server_no_takeover: bool,
    client_no_takeover: bool,
    server_window: Option<u8>,
    /// Whether it may be told a window, and the largest that it will use.
    client_window: Option<u8>,
}

impl Agreed {
    /// The first of a client's offers that can be met, and the extension to answer with. `extensions` is
    /// all that it offers, in its order of preference.
    pub(crate) fn on(deflate: &Deflate, extensions: &str) -> Option<(Self, String)> {
        split(extensions, b',').into_iter().find_map(|it| Offer::parse(it)?.met(deflate))
    }
}

impl Offer {
    /// None where it is another extension, or one that makes no sense (section 7.1).
    fn parse(text: &str) -> Option<Self> {
        let mut parts = split(text, b';').into_iter();
        if !parts.next()?.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let mut offer = Self::default();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            let is_first = match (name, value) {
                ("server_no_context_takeover", None) => {
                    !std::mem::replace(&mut offer.server_no_takeover, true)
                }
                ("client_no_context_takeover", None) => {
                    !std::mem::replace(&mut offer.client_no_takeover, true)
                }
                ("server_max_window_bits", Some(value)) => {
                    offer.server_window.replace(window(value)?).is_none()
                }
                ("client_max_window_bits", value) => {
                    let most = value.map_or(Some(MAX_WINDOW), window)?;
                    offer.client_window.replace(most).is_none()
                }
                _ => false,
            };
            if !is_first {
                return None;
            }
        }
        Some(offer)
    }

    /// None where its window is smaller than there is one.
    fn met(&self, deflate: &Deflate) -> Option<(Agreed, String)> {
        let own = deflate.window();
        let agreed = Agreed {
            server_takes_over: deflate.server_takeover && !self.server_no_takeover,
            client_takes_over: deflate.client_takeover && !self.client_no_takeover,
            server_window: self.server_window.map_or(own, |most| most.min(own)),
            client_window: self.client_window.map_or(MAX_WINDOW, |most| most.min(own)),
        };
        if !Deflate::WINDOWS.contains(&agreed.server_window) {
            return None;
        }
        let mut answer = NAME.to_owned();
        if !agreed.server_takes_over {
            answer += "; server_no_context_takeover";
        }
        if !agreed.client_takes_over {
            answer += "; client_no_context_takeover";
        }
        if self.server_window.is_some() || agreed.server_window < MAX_WINDOW {
            answer += &format!("; server_max_window_bits={}", agreed.server_window);
        }
        if agreed.client_window < MAX_WINDOW {
            answer += &format!("; client_max_window_bits={}", agreed.client_window);
        }
        Some((agreed, answer))
    }
}

/// 8 to 15, without zeros before it.
fn window(text: &str) -> Option<u8> {
    let bits = text.parse().ok().filter(|bits| (8..=MAX_WINDOW).contains(bits))?;
    text.starts_with(|first| matches!(first, '1'..='9')).then_some(bits)
}

/// The parts between separators that stand in no quotes, without the spaces around them.
fn split(text: &str, separator: u8) -> Vec<&str> {
    let mut is_quoted = false;
    let is_end = |character: char| {
        is_quoted ^= character == '"';
        !is_quoted && character == char::from(separator)
    };
    text.split(is_end).map(str::trim).collect()
}

const NAME: &str = "permessage-deflate";

const MAX_WINDOW: u8 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(offers: &str, deflate: &Deflate) -> Option<String> {
        Agreed::on(deflate, offers).map(|(_, answer)| answer)
    }

    /// The answer behind the name, of a server that lets both ends take over.
    fn with_takeover(offers: &str) -> Option<String> {
        let deflate =
            Deflate { server_takeover: true, client_takeover: true, ..Deflate::default() };
        answer(offers, &deflate).map(|answer| answer[NAME.len()..].to_owned())
    }

    #[test]
    fn an_offer_is_met_as_far_as_the_settings_allow() {
        for (offer, expected) in [
            ("permessage-deflate", ""),
            ("permessage-deflate; client_max_window_bits", ""),
            ("permessage-deflate; client_max_window_bits=10", "; client_max_window_bits=10"),
            ("permessage-deflate; client_max_window_bits=8", "; client_max_window_bits=8"),
            ("permessage-deflate;server_max_window_bits=\"9\"", "; server_max_window_bits=9"),
            ("permessage-deflate; server_max_window_bits = 15", "; server_max_window_bits=15"),
            ("permessage-deflate; server_no_context_takeover", "; server_no_context_takeover"),
            ("permessage-deflate; client_no_context_takeover", "; client_no_context_takeover"),
        ] {
            assert_eq!(with_takeover(offer).as_deref(), Some(expected), "{offer}");
        }
        let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        assert_eq!(answer("permessage-deflate", &Deflate::default()).unwrap(), both);
        let small = Deflate { window_bits: 10, ..Deflate::default() };
        let told = answer("permessage-deflate; client_max_window_bits", &small).unwrap();
        let windows = "; server_max_window_bits=10; client_max_window_bits=10";
        assert_eq!(told, format!("{both}{windows}"));
    }

    #[test]
    fn an_offer_that_makes_no_sense_is_passed_over() {
        for offer in [
            "",
            "x-webkit-deflate-frame",
            "x; y=\", permessage-deflate\"",
            "permessage-deflate; what",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate;",
        ] {
            assert_eq!(with_takeover(offer), None, "{offer}");
            let second = with_takeover(&format!("{offer}, permessage-deflate"));
            assert_eq!(second.as_deref(), Some(""), "{offer}");
        }
    }
}
