//! Opening and creating.

use std::fs;

use zitadel_core::environment::{Store as _, store_suite};
use zitadel_redb::{OpenError, RedbStore};

use crate::{LONG, folder::Folder, key};

#[tokio::test]
async fn a_file_passes_the_acceptance_suite() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.store()).unwrap();
    store_suite::run(&store, tokio::time::sleep).await;
    store_suite::run_announcements(&store, &store).await;
}

#[tokio::test]
async fn what_was_written_is_there_when_the_file_is_opened_again() {
    let folder = Folder::new();
    let url = format!("redb:{}", folder.store().display());
    let store = RedbStore::from_url(&url).unwrap();
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    let clone = store.clone();
    drop(store);
    assert_eq!(clone.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
    drop(clone);
    // At once: the last clone has waited for the file.
    let store = RedbStore::from_url(&url).unwrap();
    assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
}

#[test]
fn a_store_outlives_the_runtime_that_called_it_first() {
    let folder = Folder::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = RedbStore::open(folder.store()).unwrap();
    runtime().block_on(store.put(&key("a"), b"1".to_vec(), LONG)).unwrap();
    assert_eq!(runtime().block_on(store.get(&key("a"))).unwrap(), Some(b"1".to_vec()));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_only_and_leaves_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    // What a process left that was killed while it created the file.
    fs::write(folder.path().join("store.redb.new"), [0; 5_000]).unwrap();
    fs::set_permissions(folder.path().join("store.redb.new"), fs::Permissions::from_mode(0o600)).unwrap();
    drop(RedbStore::open(folder.store()).unwrap());
    assert_eq!(fs::metadata(folder.store()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_wrong_with_a_url_is_said_without_repeating_it() {
    for (url, expected) in [
        ("redis://secret@host", "must begin with `redb:`"),
        ("redb:", "must be `redb:` and the path of a file, as in `redb:/var/lib/app/store.redb`"),
        ("redb://var/lib/secret", "must be `redb:` and the path of a file, as in `redb:/var/lib/app/store.redb`"),
    ] {
        assert_eq!(RedbStore::from_url(url).unwrap_err().to_string(), expected);
    }
    let folder = Folder::new();
    let error = RedbStore::open(folder.path().join("secret/store.redb")).unwrap_err().to_string();
    assert!(error.starts_with("names a file that cannot be opened: No such file"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    let error = RedbStore::open(folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("names a file that cannot be opened: Is a directory"), "{error}");
}

#[test]
fn a_file_that_is_open_already_is_refused() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.store()).unwrap();
    let error = RedbStore::open(folder.store()).unwrap_err();
    assert!(matches!(error, OpenError::InUse), "{error:?}");
    drop(store);
    RedbStore::open(folder.store()).unwrap();
}

#[tokio::test]
async fn a_file_that_was_replaced_by_something_else_is_refused_and_left_alone() {
    let folder = Folder::new();
    fs::write(folder.store(), "a letter").unwrap();
    let error = RedbStore::open(folder.store()).unwrap_err();
    assert!(matches!(error, OpenError::NotAStore | OpenError::Damaged), "{error:?}");
    assert_eq!(fs::read_to_string(folder.store()).unwrap(), "a letter");
}
