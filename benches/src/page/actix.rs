use std::hint::black_box;

use actix_web::{App, rt::System, test, web};
use zitadel_actix::{Bearer, Protected, PublicExt as _, User};

use super::{Case, HELLO, URI};
use crate::Sample;

pub(super) fn page(case: Case, sample: &Sample) -> Box<dyn FnMut()> {
    let system = System::new();
    let protected = async |user: User| if user.subject().is_empty() { "" } else { HELLO };
    let public = async |user: Option<User>| if user.is_some() { "" } else { HELLO };
    let bearer = async |caller: Bearer| if caller.subject().is_empty() { "" } else { HELLO };
    let guarded = Protected::new(sample.zitadel.clone());
    let app = match case {
        Case::Bare | Case::BareAnonymous | Case::BareApi => App::new().route("/profile", web::get().to(async || HELLO)),
        Case::SignedIn => App::new().service(guarded.route("/profile", web::get().to(protected))),
        // In a scope, as what is protected is.
        Case::Bearer => {
            App::new().app_data(sample.zitadel.clone()).service(web::scope("").route("/profile", web::get().to(bearer)))
        }
        Case::BearerProtected => App::new().service(guarded.route("/profile", web::get().to(async || HELLO))),
        Case::Anonymous => App::new().service(guarded.route("/profile", web::get().to(public).public())),
    };
    let app = system.block_on(test::init_service(app));
    let headers = case.headers(sample);
    Box::new(move || {
        let request = test::TestRequest::with_uri(URI);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.insert_header((*name, value.as_str())));
        let response = system.block_on(test::call_service(&app, request.to_request()));
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}
