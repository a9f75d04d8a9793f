//! What counts instructions: the processor, or valgrind where it does not.

use clap::ValueEnum;

use super::{callgrind, counters};
use crate::{
    Outcome,
    console::{Ink, paint},
};

/// What the command line asks for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Wanted {
    /// Hardware counters where there are any, else nothing
    Auto,
    /// The processor's own counters, in user space and in the kernel
    Hardware,
    /// Valgrind's callgrind, which must be installed: in user space only, in runs of their own
    Callgrind,
    /// Nothing
    None,
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    Hardware,
    Callgrind,
}

impl Wanted {
    /// What will count on this machine; a note tells where by default nothing does.
    ///
    /// # Errors
    ///
    /// What was asked for by name is not there.
    pub(super) fn choose(self) -> Outcome<Option<Counter>> {
        match self {
            Self::Auto => Ok(match counters::probe() {
                Ok(()) => Some(Counter::Hardware),
                Err(reason) => {
                    let note = paint(Ink::Yellow, "note:");
                    eprintln!(
                        "{note} No hardware counters ({reason}): instructions are left out; \
                         `--instructions callgrind` counts them."
                    );
                    None
                }
            }),
            Self::Hardware => match counters::probe() {
                Ok(()) => Ok(Some(Counter::Hardware)),
                Err(reason) => {
                    Err(format!("no hardware counters ({reason}); use `--instructions callgrind`")
                        .into())
                }
            },
            Self::Callgrind => callgrind::check_installed().map(|()| Some(Counter::Callgrind)),
            Self::None => Ok(None),
        }
    }

    /// The same for what is measured in instructions alone: callgrind where the processor does not
    /// count.
    ///
    /// # Errors
    ///
    /// Neither is there, or nothing was asked for.
    pub(super) fn require(self) -> Outcome<Counter> {
        match self {
            Self::Auto if counters::probe().is_err() => Self::Callgrind.require(),
            wanted => wanted.choose()?.ok_or_else(|| {
                "this is measured in instructions alone: leave out `--instructions none`".into()
            }),
        }
    }
}

impl Counter {
    /// As it stands in the JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hardware => "hardware",
            Self::Callgrind => "callgrind",
        }
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        [Self::Hardware, Self::Callgrind].into_iter().find(|counter| counter.name() == name)
    }

    /// What a reader of a table has to know of it.
    pub(super) fn caption(self) -> &'static str {
        match self {
            Self::Hardware => "counted by the processor",
            Self::Callgrind => {
                "counted by callgrind: what the program executes, nothing of the kernel"
            }
        }
    }
}
