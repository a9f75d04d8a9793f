//! The header fields of the requests that are sent.

use std::{fmt::Write as _, net::SocketAddr};

use clap::ValueEnum;

/// Which fields each request of a run carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fields {
    /// Host alone: the smallest request that RFC 9112 allows. wrk sends the same, so figures compare.
    Host,
    /// Host and the twelve that Chrome sends with a `fetch` of a page's script.
    Browser,
    /// Host and a cookie that differs in each of 4,096 requests, which then begin anew: a server
    /// that remembers the heads it has parsed by their text gains nothing.
    Distinct,
}

impl Fields {
    /// The value of `--fields`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Browser => "browser",
            Self::Distinct => "distinct",
        }
    }

    /// How many requests there are before the first comes again.
    pub(crate) fn requests(self) -> usize {
        if self == Self::Distinct { DISTINCT } else { 1 }
    }

    /// The request of that number; all are equally long.
    pub(crate) fn request(self, number: usize, address: SocketAddr, path: &str) -> Vec<u8> {
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n");
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Host => Ok(()),
            Self::Browser => {
                let [before, after] = CHROME;
                write!(head, "{before}Referer: http://{address}/\r\n{after}")
            }
            Self::Distinct => write!(head, "Cookie: session={number:08x}\r\n"),
        };
        head.push_str("\r\n");
        head.into_bytes()
    }
}

const DISTINCT: usize = 4096;

/// As Chrome 141 on Linux sends them, in its order and case, before and after the Referer.
const CHROME: [&str; 2] = [
    "Connection: keep-alive\r\n\
     sec-ch-ua-platform: \"Linux\"\r\n\
     User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Safari/537.36\r\n\
     sec-ch-ua: \"Google Chrome\";v=\"141\", \"Not?A_Brand\";v=\"8\", \"Chromium\";v=\"141\"\r\n\
     sec-ch-ua-mobile: ?0\r\n\
     Accept: */*\r\n\
     Sec-Fetch-Site: same-origin\r\n\
     Sec-Fetch-Mode: cors\r\n\
     Sec-Fetch-Dest: empty\r\n",
    "Accept-Encoding: gzip, deflate, br, zstd\r\n\
     Accept-Language: en-US,en;q=0.9\r\n",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn requests(fields: Fields) -> HashSet<String> {
        let address = "127.0.0.1:80".parse().unwrap();
        let request = |number| String::from_utf8(fields.request(number, address, "/")).unwrap();
        (0..fields.requests()).map(request).collect()
    }

    #[test]
    fn the_command_line_knows_each_by_its_name() {
        for fields in Fields::value_variants() {
            assert_eq!(Fields::from_str(fields.name(), false).as_ref(), Ok(fields));
        }
    }

    #[test]
    fn a_browser_sends_twelve_fields_beside_the_host() {
        let requests = requests(Fields::Browser);
        let request = requests.iter().next().unwrap();
        let fields = request.lines().skip(1).filter(|line| line.contains(": "));
        assert_eq!(fields.count(), 13, "{request}");
        assert!(request.ends_with("en;q=0.9\r\n\r\n") && !request.contains("\r\n "), "{request}");
    }

    #[test]
    fn distinct_requests_are_4096_of_one_length() {
        let requests = requests(Fields::Distinct);
        assert_eq!(requests.len(), 4096);
        assert_eq!(requests.iter().map(String::len).collect::<HashSet<_>>().len(), 1);
    }
}
