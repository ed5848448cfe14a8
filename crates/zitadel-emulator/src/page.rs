//! The pages people see. Every value is escaped by the template engine; nothing needs JavaScript.

use askama::Template;

use crate::{
    answer::Answer,
    endpoint::{assets, login, logout},
    grant::AuthRequest,
    registry::{Person, Registry},
};

/// The style sheet.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// One row of a list of people.
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    login_name: String,
    organisation: &'a str,
    initials: String,
    roles: Vec<&'a str>,
    deactivated: bool,
    hinted: bool,
}

#[derive(Template)]
#[template(path = "chooser.html")]
struct Chooser<'a> {
    style: &'a str,
    action: &'a str,
    application: &'a str,
    request_id: &'a str,
    people: Vec<Row<'a>>,
    restricted: bool,
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOut<'a> {
    style: &'a str,
    action: &'a str,
    target: &'a str,
    people: Vec<Row<'a>>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    style: &'a str,
    title: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "avatar.svg", escape = "html")]
struct Avatar {
    hue: u32,
    initials: String,
}

/// The page on which someone is chosen.
pub(crate) fn chooser(registry: &Registry, request: &AuthRequest, people: &[&Person]) -> Answer {
    let hinted = login::hinted_person(registry, request).map(|person| person.id.as_str());
    let mut rows: Vec<Row<'_>> = people.iter().map(|person| row(registry, person, hinted)).collect();
    // The hinted person comes first, where the keyboard and the thumb are.
    rows.sort_by_key(|row| !row.hinted);
    render(
        200,
        &Chooser {
            style: assets::STYLE,
            action: login::PATH,
            application: registry.client(&request.client_id).map_or("", |client| &client.name),
            request_id: &request.id,
            people: rows,
            restricted: request.scopes.organisation().or(request.scopes.organisation_domain()).is_some(),
        },
    )
}

/// The page that asks before it signs out.
pub(crate) fn sign_out(registry: &Registry, people: &[&Person], target: &str) -> Answer {
    let people = people.iter().map(|person| row(registry, person, None)).collect();
    render(200, &SignOut { style: assets::STYLE, action: logout::PATH, target, people })
}

/// A page with one message.
pub(crate) fn message(status: u16, title: &str, text: &str) -> Answer {
    render(status, &Message { style: assets::STYLE, title, text })
}

/// A picture of somebody: the initials on a colour of their own.
pub(crate) fn avatar(person: &Person) -> String {
    let hue = person.id.bytes().fold(0_u32, |hue, byte| (hue * 31 + u32::from(byte)) % 360);
    Avatar { hue, initials: person.initials() }.render().unwrap_or_default()
}

fn row<'a>(registry: &'a Registry, person: &'a Person, hinted: Option<&str>) -> Row<'a> {
    let mut roles: Vec<&str> = person.grants.iter().flat_map(|grant| &grant.roles).map(String::as_str).collect();
    roles.sort_unstable();
    roles.dedup();
    Row {
        id: &person.id,
        name: &person.display_name,
        login_name: registry.login_name(person),
        organisation: registry.organisation(&person.organisation_id).map_or("", |known| &known.name),
        initials: person.initials(),
        roles,
        deactivated: person.deactivated,
        hinted: hinted == Some(person.id.as_str()),
    }
}

fn render(status: u16, page: &impl Template) -> Answer {
    match page.render() {
        Ok(html) => Answer::html(status, html),
        Err(_) => Answer::text(500, "the page could not be rendered"),
    }
}
