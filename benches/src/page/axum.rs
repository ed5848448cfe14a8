use std::hint::black_box;

use axum::{Extension, Router, body::Body, extract::Request, routing::get};
use tower::ServiceExt as _;
use zitadel_axum::{Bearer, Protected, PublicExt as _, User};

use super::{Case, HELLO, URI};
use crate::Sample;

pub(super) fn page(case: Case, sample: &Sample) -> Box<dyn FnMut()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let protected = async |user: User| if user.subject().is_empty() { "" } else { HELLO };
    let public = async |user: Option<User>| if user.is_some() { "" } else { HELLO };
    let bearer = async |caller: Bearer| if caller.subject().is_empty() { "" } else { HELLO };
    let guarded = Protected::new(sample.zitadel.clone());
    let app = match case {
        Case::Bare | Case::BareAnonymous | Case::BareApi => Router::new().route("/profile", get(async || HELLO)),
        Case::SignedIn => guarded.route("/profile", get(protected)).into_router(),
        Case::Bearer => Router::new().route("/profile", get(bearer)).layer(Extension(sample.zitadel.clone())),
        Case::BearerProtected => guarded.route("/profile", get(async || HELLO)).into_router(),
        Case::Anonymous => guarded.route("/profile", get(public).public()).into_router(),
    };
    // As `axum::serve` does, so that handlers and layers are not put together for every request.
    let app = app.with_state::<()>(());
    let headers = case.headers(sample);
    Box::new(move || {
        let mut request = Request::builder().uri(URI);
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let response = runtime.block_on(app.clone().oneshot(request.body(Body::empty()).unwrap())).unwrap();
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}
