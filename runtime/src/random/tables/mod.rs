//! Numbers that only NumPy's bits need, as data; see `NOTICE.md`.

pub(crate) mod exponential;
pub(crate) mod jump;
pub(crate) mod log_factorial;
pub(crate) mod normal;
