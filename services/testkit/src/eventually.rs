//! Waiting for a state that can be observed, never for a time.

use std::time::{Duration, Instant};

/// Time after which the state is taken as never coming.
const DEADLINE: Duration = Duration::from_secs(10);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Looks until the condition holds.
///
/// # Panics
/// After ten seconds, at the caller's line.
#[track_caller]
pub fn eventually<F: AsyncFnMut() -> bool>(mut condition: F) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let end = Instant::now() + DEADLINE;
        while !condition().await {
            assert!(Instant::now() < end, "the state waited for at {caller} did not come within {DEADLINE:?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}
