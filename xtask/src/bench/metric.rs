//! The figures, with their names in JSON and on the terminal.

/// One kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    UserInstructions,
    KernelInstructions,
    CpuTime,
    Requests,
    UserBytes,
    MiddlewareInstructions,
    LookupRatio,
}

impl Metric {
    /// In the order in which the tables are printed: the figure of record first.
    pub(super) const ALL: [Self; 7] = [
        Self::UserInstructions,
        Self::KernelInstructions,
        Self::CpuTime,
        Self::Requests,
        Self::UserBytes,
        Self::MiddlewareInstructions,
        Self::LookupRatio,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UserInstructions => "user_instructions_per_request",
            Self::KernelInstructions => "kernel_instructions_per_request",
            Self::CpuTime => "cpu_ns_per_request",
            Self::Requests => "requests_per_second",
            Self::UserBytes => "user_bytes_per_connection",
            Self::MiddlewareInstructions => "user_instructions_per_middleware",
            Self::LookupRatio => "route_lookup_ratio",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::UserInstructions | Self::KernelInstructions | Self::MiddlewareInstructions => {
                "instructions"
            }
            Self::CpuTime => "ns",
            Self::Requests => "requests/s",
            Self::UserBytes => "bytes",
            Self::LookupRatio => "ratio",
        }
    }

    pub(super) fn counts_instructions(self) -> bool {
        self.unit() == "instructions"
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::UserInstructions => "Instructions in user space, per request",
            Self::KernelInstructions => "Instructions in the kernel, per request",
            Self::CpuTime => "CPU time in nanoseconds, per request",
            Self::Requests => "Requests per second",
            Self::UserBytes => "Bytes of private memory, per connection",
            Self::MiddlewareInstructions => "Instructions in user space, per middleware",
            Self::LookupRatio => "Route lookup with 1,000 routes, in lookups with 10",
        }
    }

    /// A figure as a person reads it: `12,345`, or `1.07` for a ratio.
    pub(super) fn format(self, value: f64) -> String {
        match self {
            Self::LookupRatio => format!("{value:.2}"),
            _ => thousands(value),
        }
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value.round() < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_in_thousands() {
        let cases = [(0.4, "0"), (999.0, "999"), (1234.6, "1,235"), (-1e6, "-1,000,000")];
        for (value, expected) in cases {
            assert_eq!(Metric::Requests.format(value), expected);
        }
        assert_eq!(Metric::LookupRatio.format(1.066), "1.07");
    }
}
