//! How many requests are in progress.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::method_name::MethodName;

/// How many requests are in progress, by their methods. Each thread writes to memory of its own, as far as
/// there is enough: nothing is handed from core to core for a request.
#[derive(Debug, Default)]
pub(crate) struct ActiveRequests {
    stripes: [Stripe; STRIPES],
}

/// Two cache lines: those beside a line that is read may be fetched with it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe([AtomicI64; MethodName::COUNT]);

impl ActiveRequests {
    /// Counts, and shows `meter` the sums.
    pub(crate) fn on(meter: &Meter) -> Arc<Self> {
        let active = Arc::new(Self::default());
        let shown = Arc::clone(&active);
        // The meter keeps what it shows by its callback.
        let _ = meter
            .i64_observable_up_down_counter("http.server.active_requests")
            .with_unit("{request}")
            .with_description("Requests in progress.")
            .with_callback(move |observer| {
                for method in MethodName::all() {
                    let name = KeyValue::new("http.request.method", method.as_str());
                    observer.observe(shown.sum(method), &[name]);
                }
            })
            .build();
        active
    }

    #[inline]
    pub(crate) fn begin(&self, method: MethodName) {
        self.stripes[own_stripe()].0[method.index()].fetch_add(1, Relaxed);
    }

    /// A request may end on another thread than it began: only sums are right.
    #[inline]
    pub(crate) fn end(&self, method: MethodName) {
        self.stripes[own_stripe()].0[method.index()].fetch_sub(1, Relaxed);
    }

    fn sum(&self, method: MethodName) -> i64 {
        self.stripes.iter().map(|stripe| stripe.0[method.index()].load(Relaxed)).sum()
    }
}

/// The stripe of this thread.
#[inline]
fn own_stripe() -> usize {
    STRIPE.with(|stripe| match stripe.get() {
        Some(own) => own,
        None => {
            let own = NEXT.fetch_add(1, Relaxed) % STRIPES;
            stripe.set(Some(own));
            own
        }
    })
}

/// As many threads write apart from each other.
const STRIPES: usize = 32;

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static STRIPE: Cell<Option<usize>> = const { Cell::new(None) };
}
