//! Values from a provider, a user or an attacker never become markup.

use super::sample::{self, HOSTILE};

#[test]
fn hostile_values_are_text_in_every_field_of_every_page() {
    for (name, page) in sample::hostile_pages() {
        // The page's own script is the only one, and no value can open or close a tag.
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("</script").count(), 1, "{name}");
        assert!(!page.contains("<!--"), "{name}");
        assert!(!page.contains(HOSTILE), "{name}");
    }
}

#[test]
fn hostile_values_change_no_tag_and_no_attribute() {
    let ordinary = sample::pages();
    let hostile = sample::hostile_pages();
    for (name, page) in hostile {
        let known: Vec<_> = ordinary.values().flat_map(|page| attributes(page)).collect();
        for attribute in attributes(&page) {
            assert!(known.contains(&attribute), "{attribute} in {name}");
        }
    }
}

/// Names of the attributes of a page, outside of quoted values.
fn attributes(page: &str) -> Vec<String> {
    let body = page.split_once("<body>").unwrap().1.rsplit_once("<script>").unwrap().0;
    let mut names = Vec::new();
    for tag in body.split('<').skip(1) {
        let (mut name, mut quoted) = (String::new(), false);
        for letter in tag.chars() {
            match letter {
                '"' => quoted = !quoted,
                '>' if !quoted => break,
                _ if quoted => {}
                ' ' | '\n' => names.push(std::mem::take(&mut name)),
                '=' => {}
                other => name.push(other),
            }
        }
        names.push(name);
    }
    names.retain(|name| !name.starts_with('/'));
    names
}

#[test]
fn the_profile_shows_a_hostile_name_as_it_is_spelled() {
    let page = &sample::hostile_pages()["profile"];
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{page}");
}

#[test]
fn the_callback_url_stays_inside_its_hidden_field() {
    let page = crate::login(Some("\"><script>"), None);
    assert!(
        page.contains("<input type=\"hidden\" name=\"callbackUrl\" value=\"&#34;&#62;&#60;script&#62;\">"),
        "{page}"
    );
}

#[test]
fn a_picture_is_rendered_escaped_and_without_one_there_are_initials() {
    let (with, without) = (&sample::hostile_pages()["profile"], &sample::pages()["profile"]);
    assert!(with.contains("<img src=\"https://example.com/%22onerror=%22alert(1)%22%3E%3Cscript%3E\" alt=\"\""));
    assert!(!without.contains("<img") && without.contains("<span>AA</span>"));
}

#[test]
fn a_start_again_link_that_is_not_a_local_path_is_not_rendered() {
    use crate::page::is_local;
    for rejected in
        ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", ""]
    {
        assert!(!is_local(rejected), "{rejected}");
    }
    assert!(is_local("/auth/login?callbackUrl=%2Fprofile"));
}
