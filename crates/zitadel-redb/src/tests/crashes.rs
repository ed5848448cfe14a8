//! The power fails: of what was written since the last sync, any part may be on the disk.

use super::*;
use crate::tests::disk::Change;

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, data } => {
            if bytes.len() < offset + data.len() {
                bytes.resize(offset + data.len(), 0);
            }
            bytes[*offset..offset + data.len()].copy_from_slice(data);
        }
        Change::Resize(len) => bytes.resize(*len, 0),
        Change::Sync => {}
    }
}

/// Some sectors of a write.
fn apply_in_part(bytes: &mut Vec<u8>, offset: usize, data: &[u8], numbers: &mut Numbers) {
    const SECTOR: usize = 512;
    for (number, sector) in data.chunks(SECTOR).enumerate() {
        if numbers.next().is_multiple_of(2) {
            apply(bytes, &Change::Write { offset: offset + number * SECTOR, data: sector.to_vec() });
        }
    }
}

/// What is on the disk if the power fails after so many changes.
fn left_after(changes: &[Change], numbers: &mut Numbers) -> Vec<u8> {
    let synced = changes.iter().rposition(|change| matches!(change, Change::Sync)).map_or(0, |last| last + 1);
    let mut bytes = Vec::new();
    changes[..synced].iter().for_each(|change| apply(&mut bytes, change));
    for change in &changes[synced..] {
        match (numbers.next() % 3, change) {
            (0, _) => {}
            (1, Change::Write { offset, data }) => apply_in_part(&mut bytes, *offset, data, numbers),
            _ => apply(&mut bytes, change),
        }
    }
    bytes
}

#[tokio::test]
async fn whenever_the_power_fails_what_was_answered_is_there_and_what_was_not_is_whole_or_absent() {
    const WRITES: usize = 24;
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    // A file is created under another name.
    let created = disk.changes().len();
    let value = |number: usize| vec![u8::try_from(number).unwrap(); 1 + 700 * (number % 5)];
    // After how many changes each was answered.
    let mut answered = Vec::new();
    for number in 0..WRITES {
        store.put(&key(number), value(number), HOUR).await.unwrap();
        answered.push(disk.changes().len());
    }
    drop(store);
    let changes = disk.changes().clone();
    let (mut numbers, mut cases) = (Numbers(0x2545_f491_4f6c_dd1d), 0);
    for end in created..=changes.len() {
        for _ in 0..2 {
            let disk = Disk::new(left_after(&changes[..end], &mut numbers));
            let store = RedbStore::start(disk.opener(), &settings(&clock));
            let store = store.unwrap_or_else(|error| panic!("after {end} of {} changes: {error}", changes.len()));
            for number in 0..WRITES {
                let found = store.get(&key(number)).await.unwrap();
                let was_answered = answered[number] <= end;
                let had_begun = number == 0 || answered[number - 1] <= end;
                match found {
                    Some(found) => assert!(had_begun && found == value(number), "{number} after {end} changes"),
                    None => assert!(!was_answered, "{number} is lost after {end} changes"),
                }
            }
            store.put(&key("next"), Vec::new(), HOUR).await.unwrap();
            cases += 1;
        }
    }
    assert!(cases > 400, "{cases}");
}
