//! How we say no at a closed route: browser → redirect to sign-in; everything else → 401.

use crate::{
    access,
    boundary::{Admission, Authentication, Reply, RequestHead, Required, ReturnTo},
    error::Refusal,
    zitadel::Zitadel,
};

pub(crate) fn admit(z: &Zitadel, head: &RequestHead, who: &Authentication, required: Required<'_>) -> Admission {
    match access::decide(&who.identity, required) {
        Ok(user) => Admission::Granted(user.cloned()),
        Err(Refusal::Unauthenticated) if head.is_navigation() => Admission::Denied(to_sign_in(z, head)),
        Err(refusal) => Admission::Denied(super::page::refuse(z, head, refusal)),
    }
}

fn to_sign_in(z: &Zitadel, head: &RequestHead) -> Reply {
    let config = &z.inner().config;
    if head.path() == config.sign_in_page() && head.method() == "GET" {
        // It would send people to itself for ever.
        return Zitadel::misplaced(
            "the sign-in page needs a signed-in user: mark it `.public()`, or leave it out of the \
                                   middleware that closes routes",
        );
    }
    // Back to where they were going, unless that was a form: it cannot be sent again by a redirect.
    let return_to = head.is_safe().then(|| ReturnTo::parse(head.target())).flatten();
    Reply::redirect(&with_return_to(config.sign_in_page(), return_to.as_ref()))
}

/// `path?callbackUrl=…`
pub(super) fn with_return_to(path: &str, return_to: Option<&ReturnTo>) -> String {
    match return_to {
        Some(return_to) => format!("{path}?callbackUrl={}", return_to.query_value()),
        None => path.to_owned(),
    }
}
