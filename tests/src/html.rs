//! What a person sees of an HTML page: the visible text, and the forms with their buttons.

/// The visible text of a page: no tags, no style, no script; white space as a browser collapses it.
#[must_use]
pub fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag_on)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = tag_on.split_once('>') else { break };
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default().to_ascii_lowercase();
        rest = match name.as_str() {
            "style" | "script" | "head" => after.split_once(&format!("</{name}>")).map_or("", |(_, behind)| behind),
            _ => after,
        };
        // Inline elements do not separate words: `<b>a</b>b` is `ab`.
        if !matches!(name.as_str(), "" | "a" | "b" | "bdi" | "code" | "em" | "i" | "small" | "span" | "strong" | "time")
            || tag.starts_with('/') && tag.len() > 7
        {
            text.push(' ');
        }
    }
    text.push_str(rest);
    unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A form on a page, and one of its buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// `GET` or `POST`.
    pub method: String,
    /// The URL to which it is sent; that of the page if empty.
    pub action: String,
    /// Hidden fields, and name and value of the button if it has them.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The form with a button that has this label.
    #[must_use]
    pub fn with_button(html: &str, label: &str) -> Option<Self> {
        elements(html, "form").into_iter().find_map(|(form, inside)| {
            let (button, _) =
                elements(inside, "button").into_iter().find(|(_, content)| text_of(content).contains(label))?;
            let hidden = tags(inside, "input").filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
            let mut fields: Vec<_> = hidden.filter_map(named).collect();
            fields.extend(named(button));
            Some(Self {
                method: attribute(form, "method").map_or_else(|| "GET".to_owned(), |method| method.to_uppercase()),
                action: attribute(form, "action").unwrap_or_default(),
                fields,
            })
        })
    }

    /// The fields as a form body or query.
    #[must_use]
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

fn named(tag: &str) -> Option<(String, String)> {
    Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
}

/// The attributes of every `<name …>`.
fn tags<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    html.split('<').skip(1).filter_map(move |part| {
        let inside = part.split('>').next()?.strip_prefix(name)?;
        (inside.is_empty() || inside.starts_with([' ', '\n'])).then_some(inside)
    })
}

/// Attributes and content of every element of a kind that cannot be nested.
fn elements<'h>(html: &'h str, name: &'h str) -> Vec<(&'h str, &'h str)> {
    let end = format!("</{name}>");
    tags(html, name)
        .filter_map(|attributes| {
            let start = attributes.as_ptr() as usize - html.as_ptr() as usize + attributes.len() + 1;
            Some((attributes, html.get(start..)?.split(end.as_str()).next()?))
        })
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(value.split('"').next()?))
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity_on)) = rest.split_once('&') {
        plain.push_str(before);
        let decoded = entity_on.split_once(';').and_then(|(entity, after)| Some((character(entity)?, after)));
        rest = match decoded {
            Some((character, after)) => {
                plain.push(character);
                after
            }
            None => {
                plain.push('&');
                entity_on
            }
        };
    }
    plain + rest
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><head><title>T</title></head><style>p{}</style><p>Tom &amp;\n <b>Ann</b>a</p><p>&#60;b&#x3e;\
        </p><script>no()</script><form method=\"post\" action=\"/a?x=1&amp;y\"><input type=\"hidden\" name=\"n\" value=\"&#34;v\">\
        <button type=\"submit\" name=\"who\" value=\"2\"><span>Press</span> me</button></form>";

    #[test]
    fn text_of_a_page_is_what_is_visible() {
        assert_eq!(text_of(PAGE), "Tom & Anna <b> Press me");
    }

    #[test]
    fn form_is_found_by_its_button() {
        let form = Form::with_button(PAGE, "Press me").unwrap();
        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/a?x=1&y"));
        assert_eq!(form.encoded(), "n=%22v&who=2");
        assert_eq!(Form::with_button(PAGE, "Other"), None);
    }
}
