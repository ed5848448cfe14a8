use super::*;
use crate::OpenError;

const ENTRIES: usize = 200;

fn value(number: usize) -> Vec<u8> {
    vec![u8::try_from(number % 256).unwrap(); 300]
}

/// The bytes of a store that was closed.
async fn file() -> Vec<u8> {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    let writes = (0..ENTRIES).map(|number| {
        let (store, key) = (store.clone(), key(number));
        async move { store.put(&key, value(number), HOUR).await }
    });
    futures_util::future::join_all(writes).await.into_iter().for_each(Result::unwrap);
    drop(store);
    disk.copy()
}

/// It is refused with a reason, or everything is there.
async fn is_refused_or_whole(bytes: Vec<u8>, what: &str) -> bool {
    let clock = TestClock::new();
    match RedbStore::start(Disk::new(bytes).opener(), &settings(&clock)) {
        Ok(store) => {
            for number in 0..ENTRIES {
                assert_eq!(store.get(&key(number)).await.unwrap(), Some(value(number)), "{what}: {number}");
            }
            false
        }
        Err(error) => {
            let refused = matches!(error, OpenError::Damaged | OpenError::NotAStore | OpenError::OtherVersion);
            assert!(refused, "{what}: {error:?}");
            true
        }
    }
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let whole = file().await;
    for length in (1..whole.len()).step_by(whole.len() / 150) {
        let mut bytes = whole.clone();
        bytes.truncate(length);
        assert!(is_refused_or_whole(bytes, &format!("{length} of {} bytes", whole.len())).await, "{length}");
    }
}

#[tokio::test]
async fn a_file_with_other_bytes_somewhere_is_refused_or_whole() {
    let whole = file().await;
    let mut refused = 0;
    for place in (0..whole.len()).step_by(whole.len() / 150) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        refused += usize::from(is_refused_or_whole(bytes, &format!("byte {place}")).await);
    }
    assert!(refused > 30, "{refused}");
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_open_gives_errors_and_no_wrong_value() {
    let (clock, disk) = (TestClock::new(), Disk::new(file().await));
    let store = store_on(&disk, &clock);
    disk.bytes().iter_mut().skip(4_096).for_each(|byte| *byte ^= 0x41);
    for number in 0..ENTRIES {
        match store.get(&key(number)).await {
            // It was in memory.
            Ok(found) => assert_eq!(found, Some(value(number)), "{number}"),
            Err(error) => assert!(!text(&error).contains("test/")),
        }
    }
    drop(store.put(&key("new"), Vec::new(), HOUR).await);
}

#[test]
fn a_file_of_another_program_or_version_is_refused() {
    use redb::TableDefinition;

    let refusal = |table: &'static str, version: Option<u64>| {
        let disk = Disk::new(Vec::new());
        let database = disk.plain();
        let transaction = database.begin_write().unwrap();
        let definition = TableDefinition::<&str, u64>::new(table);
        let mut table = transaction.open_table(definition).unwrap();
        if let Some(version) = version {
            table.insert("schema", version).unwrap();
        }
        drop(table);
        transaction.commit().unwrap();
        drop(database);
        RedbStore::start(disk.opener(), &settings(&TestClock::new())).unwrap_err()
    };
    assert!(matches!(refusal("customers", None), OpenError::NotAStore));
    assert!(matches!(refusal("meta", Some(2)), OpenError::OtherVersion));
    assert!(matches!(refusal("meta", None), OpenError::OtherVersion));
    let text = refusal("meta", Some(2)).to_string();
    assert!(text.contains("another version of `zitadel-redb`") && text.contains("move the file away"), "{text}");
    let other = RedbStore::start(Disk::new(b"SQLite format 3\0".repeat(1_000)).opener(), &settings(&TestClock::new()));
    assert!(matches!(other.unwrap_err(), OpenError::NotAStore));
}
