//! What an announcement looks like on the wire: the key, a zero byte, the value.

use zitadel_core::environment::StoreEvent;

pub(crate) fn encode(key: &str, value: &[u8]) -> Vec<u8> {
    [key.as_bytes(), &[0], value].concat()
}

/// `None`: not one of ours.
pub(super) fn decode(message: &[u8]) -> Option<StoreEvent> {
    let end = message.iter().position(|byte| *byte == 0)?;
    let (key, value) = message.split_at_checked(end)?;
    let (_, value) = value.split_first()?;
    Some(StoreEvent::Announced { key: str::from_utf8(key).ok()?.to_owned(), value: value.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_comes_back_to_the_byte() {
        for value in [b"".as_slice(), b"\0\0", b"value\0\xff"] {
            let expected = StoreEvent::Announced { key: "revoked/abc".to_owned(), value: value.to_vec() };
            assert_eq!(decode(&encode("revoked/abc", value)), Some(expected));
        }
    }

    #[test]
    fn what_others_publish_to_the_channel_is_ignored() {
        for message in [b"".as_slice(), b"hello", b"\xff\0value"] {
            assert_eq!(decode(message), None);
        }
    }
}
