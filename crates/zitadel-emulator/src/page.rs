//! HTML pages. The template engine escapes all values; the pages need no JavaScript.

use askama::Template;

use crate::{
    endpoint::{assets, device, login, logout},
    grant::{AuthRequest, device::DeviceAuthorization},
    registry::{Person, Registry},
    response::EndpointResponse,
};

/// The style sheet.
pub(crate) const STYLE_SHEET: &str = include_str!("../templates/style.css");

/// A row in a list of users.
struct UserRow<'a> {
    id: &'a str,
    name: &'a str,
    login_name: String,
    organization: &'a str,
    initials: String,
    roles: Vec<&'a str>,
    deactivated: bool,
    hinted: bool,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    style: &'a str,
    action: &'a str,
    application: &'a str,
    request_parameter: &'a str,
    request_id: &'a str,
    people: Vec<UserRow<'a>>,
    restricted: bool,
}

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage<'a> {
    style: &'a str,
    action: &'a str,
    target: &'a str,
    people: Vec<UserRow<'a>>,
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    style: &'a str,
    action: &'a str,
    application: &'a str,
    user_code: &'a str,
    people: Vec<UserRow<'a>>,
}

#[derive(Template)]
#[template(path = "device-code.html")]
struct DeviceCodePage<'a> {
    style: &'a str,
    action: &'a str,
    user_code: &'a str,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
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

/// The login page, which lists the users.
pub(crate) fn render_login(registry: &Registry, request: &AuthRequest, people: &[&Person]) -> EndpointResponse {
    let hinted = login::hinted_person(registry, request).map(|person| person.id.as_str());
    let mut rows: Vec<UserRow<'_>> = people.iter().map(|person| user_row(registry, person, hinted)).collect();
    // The hinted user comes first.
    rows.sort_by_key(|row| !row.hinted);
    render(
        200,
        &LoginPage {
            style: assets::STYLE_PATH,
            action: request.version.login_path(),
            request_parameter: request.version.request_parameter(),
            application: registry.client(&request.client_id).map_or("", |client| &client.name),
            request_id: &request.id,
            people: rows,
            restricted: request.scopes.organization_id().or(request.scopes.organization_domain()).is_some(),
        },
    )
}

/// The logout confirmation page.
pub(crate) fn render_logout(registry: &Registry, people: &[&Person], target: &str) -> EndpointResponse {
    let people = people.iter().map(|person| user_row(registry, person, None)).collect();
    render(200, &LogoutPage { style: assets::STYLE_PATH, action: logout::PATH, target, people })
}

/// The page that lists the users who can approve a device.
pub(crate) fn render_device(registry: &Registry, device: &DeviceAuthorization) -> EndpointResponse {
    let people = registry.people.iter().map(|person| user_row(registry, person, None)).collect();
    let application = registry.client(&device.client_id).map_or("", |client| &client.name);
    let user_code = &device.user_code;
    render(200, &DevicePage { style: assets::STYLE_PATH, action: device::PATH, application, user_code, people })
}

/// The page that asks for the code of a device. `user_code` is one that no device waits with, or empty.
pub(crate) fn render_device_code(user_code: &str) -> EndpointResponse {
    let status = if user_code.is_empty() { 200 } else { 404 };
    render(status, &DeviceCodePage { style: assets::STYLE_PATH, action: device::PATH, user_code })
}

/// A page with a single message.
pub(crate) fn render_message(status: u16, title: &str, text: &str) -> EndpointResponse {
    render(status, &MessagePage { style: assets::STYLE_PATH, title, text })
}

/// An SVG avatar: the user's initials on a colored background.
pub(crate) fn render_avatar(person: &Person) -> String {
    let hue = person.id.bytes().fold(0_u32, |hue, byte| (hue * 31 + u32::from(byte)) % 360);
    Avatar { hue, initials: person.initials() }.render().unwrap_or_default()
}

fn user_row<'a>(registry: &'a Registry, person: &'a Person, hinted: Option<&str>) -> UserRow<'a> {
    let mut roles: Vec<&str> = person.grants.iter().flat_map(|grant| &grant.roles).map(String::as_str).collect();
    roles.sort_unstable();
    roles.dedup();
    UserRow {
        id: &person.id,
        name: &person.display_name,
        login_name: registry.login_name(person),
        organization: registry.organization(&person.organization_id).map_or("", |known| &known.name),
        initials: person.initials(),
        roles,
        deactivated: person.deactivated,
        hinted: hinted == Some(person.id.as_str()),
    }
}

fn render(status: u16, page: &impl Template) -> EndpointResponse {
    match page.render() {
        Ok(html) => EndpointResponse::html(status, html),
        Err(_) => EndpointResponse::text(500, "failed to render the page"),
    }
}
