//! stub
/// A local path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);
