//! stub: the handle, with the signatures adapters call.
use crate::{Admission, Authentication, Reply, RequestHead, Required};

/// stub
#[derive(Clone, Debug)]
pub struct Zitadel {}

/// The endpoints an adapter mounts. The engine decides on the method; mount for any method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// stub
    Login,
}

impl Zitadel {
    /// Who sent this request, and cookies to set; never fails.
    pub async fn authenticate(&self, _head: &RequestHead) -> Authentication {
        unimplemented!()
    }
    /// Whether a route that asks for `required` lets this request in; if not, the whole answer.
    #[must_use]
    pub fn admit(&self, _head: &RequestHead, _who: &Authentication, _required: Required<'_>) -> Admission {
        unimplemented!()
    }
    /// Serves one of the engine's own endpoints; `form` is the body (at most 64 KiB are read).
    pub async fn serve(&self, _endpoint: Endpoint, _head: &RequestHead, _form: &[u8]) -> Reply {
        unimplemented!()
    }
    /// Endpoints and their paths, to mount.
    pub fn endpoints(&self) -> impl Iterator<Item = (Endpoint, &str)> {
        std::iter::empty()
    }
}
