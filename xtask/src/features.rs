//! Every feature alone: a feature that compiles only together with another one breaks the build of users who enable only
//! that one. With clippy, because what is not used is a warning there only.

use crate::workspace::Package;

/// The arguments of cargo that check one package: without features, with the default ones, with each one alone; none
/// twice.
pub(crate) fn combinations(package: &Package) -> Vec<Vec<String>> {
    if package.features.is_empty() {
        // The other checks have built it already.
        return Vec::new();
    }
    let check = |flags: &[&str]| {
        let package = ["clippy", "--package", &package.name];
        let words = package.iter().chain(flags).chain(&["--", "-D", "warnings"]);
        words.map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let mut all = vec![check(&["--no-default-features"])];
    let alone: Vec<_> = package.features.keys().filter(|name| *name != "default").collect();
    all.extend(alone.iter().map(|name| check(&["--no-default-features", "--features", name])));
    match package.features.get("default").map(Vec::as_slice) {
        // No default, an empty one, or one that is a single feature: checked above.
        None | Some([]) => {}
        Some([only]) if alone.contains(&only) => {}
        Some(_) => all.push(check(&[])),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(features: &[(&str, &[&str])]) -> Vec<String> {
        let features = features
            .iter()
            .map(|(name, parts)| ((*name).to_owned(), parts.iter().map(|part| (*part).to_owned()).collect()))
            .collect();
        let package = Package { name: "x".to_owned(), features, ..Package::default() };
        combinations(&package).iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn a_package_without_features_is_not_checked_again() {
        assert_eq!(flags(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_default_of_one_feature_is_not_checked_twice() {
        assert_eq!(
            flags(&[("default", &["a"]), ("a", &["dep:a"])]),
            [
                "clippy --package x --no-default-features -- -D warnings",
                "clippy --package x --no-default-features --features a -- -D warnings"
            ]
        );
    }

    #[test]
    fn no_feature_each_alone_and_the_default_ones() {
        assert_eq!(
            flags(&[("default", &["b", "a"]), ("a", &[]), ("b", &[])]),
            [
                "clippy --package x --no-default-features -- -D warnings",
                "clippy --package x --no-default-features --features a -- -D warnings",
                "clippy --package x --no-default-features --features b -- -D warnings",
                "clippy --package x -- -D warnings",
            ]
        );
    }
}
