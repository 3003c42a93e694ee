//! Waiting for a state that can be observed, never for a time.

use std::time::{Duration, Instant};

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// Time after which a state is taken as never coming.
const DEADLINE: Duration = Duration::from_secs(30);

/// Looks until there is something, and gives it.
///
/// # Panics
/// After 30 seconds, with what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < end,
            "{what}: did not come within {DEADLINE:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
}
