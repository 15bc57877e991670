//! The public part of an entry: deterministic CBOR (RFC 8949, section 4.2.1) that holds nothing about a person.
//!
//! A map with the integer keys 1 to 11, all present, in this order, shortest forms only:
//!
//! | key | field | CBOR |
//! | --- | --- | --- |
//! | 1 | version: 1 | unsigned |
//! | 2 | kind ([`EntryKind::number`]) | unsigned |
//! | 3 | event id | 16 bytes |
//! | 4 | time, milliseconds since 1970 UTC | unsigned |
//! | 5 | replica | unsigned, 32 bit |
//! | 6 | the replica's running number, from 1 | unsigned |
//! | 7 | subject commitment | 32 bytes |
//! | 8 | detail commitment | 32 bytes |
//! | 9 | SHA-256 over the sealed parts ([`crate::seal::ciphertext_digest`]) | 32 bytes |
//! | 10 | list commitments, one for each accounting list | array of 32 bytes |
//! | 11 | SHA-256 naming the rules and agreements in force | 32 bytes |
//!
//! Agency, purpose and outcome are deliberately absent: small counts identify people. The stored bytes are what is
//! hashed; the decoder refuses whatever does not encode to the same bytes again.

use gateway_crypto::Digest;
use gateway_types::{EventId, Timestamp};

use crate::kind::EntryKind;

const VERSION: u8 = 1;
/// An entry bundle gives each leaf a 16-bit length (C2SP tlog-tiles).
pub const MAX_LEAF_BYTES: usize = 65_535;

/// The public part of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// What the entry records.
    pub kind: EntryKind,
    /// The event; a completion, recovery or erasure repeats that of the entry it is about.
    pub event: EventId,
    /// When and by which replica it was put in order.
    pub stamp: Stamp,
    /// Commitment to the client.
    pub subject: Digest,
    /// Commitment to detail and facts.
    pub detail: Digest,
    /// Digest over the sealed parts.
    pub ciphertext: Digest,
    /// Commitments to positions in accounting lists; none yet.
    pub lists: Vec<Digest>,
    /// Names the rules and agreements in force.
    pub policy: Digest,
}

/// When and where an entry was put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Milliseconds since 1970 UTC; never less than in the entry before.
    pub time_ms: u64,
    /// The replica that made the entry.
    pub replica: u32,
    /// That replica's running number, from 1 and without holes: a hole betrays an entry dropped before it was in the tree.
    pub number: u64,
}

/// Gives out the stamps of one replica: times never go back, numbers never skip.
#[derive(Clone, Copy, Debug)]
pub struct Stamper {
    last: Stamp,
}

impl Stamper {
    /// Goes on after `last_number` of `replica` (0: none yet) in a log whose last entry has the time `last_time_ms`.
    #[must_use]
    pub const fn resume(replica: u32, last_number: u64, last_time_ms: u64) -> Self {
        Self {
            last: Stamp {
                time_ms: last_time_ms,
                replica,
                number: last_number,
            },
        }
    }

    /// The stamp of the next entry. If the clock went back, the time of the last entry is used again.
    pub fn next(&mut self, now: Timestamp) -> Stamp {
        let now = u64::try_from(now.as_millis()).unwrap_or(0);
        self.last.time_ms = self.last.time_ms.max(now);
        self.last.number += 1;
        self.last
    }

    /// Takes note of the time of an entry that another replica made.
    pub fn observe(&mut self, time_ms: u64) {
        self.last.time_ms = self.last.time_ms.max(time_ms);
    }
}

/// Why bytes are not a leaf. Carries the reason, none of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Not CBOR, or not the fields of a leaf.
    #[error("not an entry: {0}")]
    Malformed(&'static str),
    /// The fields are there, in a form that the format does not allow.
    #[error("not an entry: its bytes are not the one form the format allows")]
    NotCanonical,
}

impl Leaf {
    /// The leaf's bytes: what is stored and hashed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192 + self.lists.len() * 34);
        head(&mut out, MAP, 11);
        for (key, value) in [(1, u64::from(VERSION)), (2, u64::from(self.kind.number()))] {
            head(&mut out, UNSIGNED, key);
            head(&mut out, UNSIGNED, value);
        }
        bytes(&mut out, 3, self.event.as_bytes());
        for (key, value) in [
            (4, self.stamp.time_ms),
            (5, u64::from(self.stamp.replica)),
            (6, self.stamp.number),
        ] {
            head(&mut out, UNSIGNED, key);
            head(&mut out, UNSIGNED, value);
        }
        bytes(&mut out, 7, self.subject.as_bytes());
        bytes(&mut out, 8, self.detail.as_bytes());
        bytes(&mut out, 9, self.ciphertext.as_bytes());
        head(&mut out, UNSIGNED, 10);
        head(&mut out, ARRAY, self.lists.len() as u64);
        for list in &self.lists {
            head(&mut out, BYTES, 32);
            out.extend_from_slice(list.as_bytes());
        }
        bytes(&mut out, 11, self.policy.as_bytes());
        out
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`LeafError`] if the bytes are not a leaf in its one allowed form.
    pub fn decode(encoded: &[u8]) -> Result<Self, LeafError> {
        if encoded.len() > MAX_LEAF_BYTES {
            return Err(LeafError::Malformed("longer than a leaf may be"));
        }
        let leaf = read(&mut minicbor::Decoder::new(encoded))?;
        // Catches longer integer forms, tags, indefinite lengths, other orders and bytes left over, all at once.
        if leaf.encode() == encoded {
            Ok(leaf)
        } else {
            Err(LeafError::NotCanonical)
        }
    }
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// A CBOR head in its shortest form.
fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    if let Ok(value) = u8::try_from(value) {
        if value < 24 {
            out.push(major | value);
        } else {
            out.extend_from_slice(&[major | 24, value]);
        }
    } else if let Ok(value) = u16::try_from(value) {
        out.push(major | 25);
        out.extend_from_slice(&value.to_be_bytes());
    } else if let Ok(value) = u32::try_from(value) {
        out.push(major | 26);
        out.extend_from_slice(&value.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend_from_slice(&value.to_be_bytes());
    }
}

fn bytes(out: &mut Vec<u8>, key: u64, value: &[u8]) {
    head(out, UNSIGNED, key);
    head(out, BYTES, value.len() as u64);
    out.extend_from_slice(value);
}

fn read(decoder: &mut minicbor::Decoder<'_>) -> Result<Leaf, LeafError> {
    if decoder.map().ok().flatten() != Some(11) {
        return Err(LeafError::Malformed("not a map of eleven fields"));
    }
    if number(decoder, 1)? != u64::from(VERSION) {
        return Err(LeafError::Malformed("an unknown version"));
    }
    let kind = u8::try_from(number(decoder, 2)?)
        .ok()
        .and_then(EntryKind::from_number)
        .ok_or(LeafError::Malformed("an unknown kind"))?;
    let event = EventId::from_bytes(fixed(decoder, 3)?);
    let time_ms = number(decoder, 4)?;
    let replica =
        u32::try_from(number(decoder, 5)?).map_err(|_| LeafError::Malformed("a replica above 32 bits"))?;
    let stamp = Stamp {
        time_ms,
        replica,
        number: number(decoder, 6)?,
    };
    let [subject, detail, ciphertext] =
        [fixed(decoder, 7)?, fixed(decoder, 8)?, fixed(decoder, 9)?].map(Digest::from_bytes);
    key(decoder, 10)?;
    let count = decoder
        .array()
        .ok()
        .flatten()
        .ok_or(LeafError::Malformed("field 10 is not a list"))?;
    // No capacity from `count`: it is what an attacker wrote. Each round takes bytes or ends in an error.
    let mut lists = Vec::new();
    for _ in 0..count {
        lists.push(Digest::from_bytes(byte_string(decoder)?));
    }
    let policy = Digest::from_bytes(fixed(decoder, 11)?);
    Ok(Leaf {
        kind,
        event,
        stamp,
        subject,
        detail,
        ciphertext,
        lists,
        policy,
    })
}

fn key(decoder: &mut minicbor::Decoder<'_>, expected: u64) -> Result<(), LeafError> {
    match decoder.u64() {
        Ok(found) if found == expected => Ok(()),
        _ => Err(LeafError::Malformed("a field is missing or out of order")),
    }
}

fn number(decoder: &mut minicbor::Decoder<'_>, expected: u64) -> Result<u64, LeafError> {
    key(decoder, expected)?;
    decoder
        .u64()
        .map_err(|_| LeafError::Malformed("a field is not an unsigned number"))
}

fn fixed<const N: usize>(decoder: &mut minicbor::Decoder<'_>, expected: u64) -> Result<[u8; N], LeafError> {
    key(decoder, expected)?;
    byte_string(decoder)
}

fn byte_string<const N: usize>(decoder: &mut minicbor::Decoder<'_>) -> Result<[u8; N], LeafError> {
    decoder
        .bytes()
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(LeafError::Malformed("a field is not a byte string of its length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn sample() -> Leaf {
        Leaf {
            kind: EntryKind::Intent,
            event: EventId::from_bytes([0xe1; 16]),
            stamp: Stamp {
                time_ms: 1_795_000_000_000,
                replica: 1,
                number: 300,
            },
            subject: filled(0x07),
            detail: filled(0x08),
            ciphertext: filled(0x09),
            lists: Vec::new(),
            policy: filled(0x0b),
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Written by hand from RFC 8949, so that another implementation can be checked against it.
    #[test]
    fn the_bytes_of_the_sample_are_these() {
        let expected = [
            "ab",
            "0101",
            "0201",
            &format!("0350{}", "e1".repeat(16)),
            "041b000001a1ee565e00",
            "0501",
            "0619012c",
            &format!("075820{}", "07".repeat(32)),
            &format!("085820{}", "08".repeat(32)),
            &format!("095820{}", "09".repeat(32)),
            "0a80",
            &format!("0b5820{}", "0b".repeat(32)),
        ]
        .concat();
        let encoded = sample().encode();
        assert_eq!(hex(&encoded), expected);
        assert_eq!(encoded.len(), 181);
        let mut listed = sample();
        listed.lists = vec![filled(0x0a); 2];
        let with_lists = expected.replacen(
            "0a80",
            &format!("0a82{}", format!("5820{}", "0a".repeat(32)).repeat(2)),
            1,
        );
        assert_eq!(hex(&listed.encode()), with_lists);
    }

    #[test]
    fn leaves_round_trip_at_every_width_of_number() {
        for value in [
            0,
            1,
            23,
            24,
            255,
            256,
            65_535,
            65_536,
            u64::from(u32::MAX),
            1 << 32,
            u64::MAX,
        ] {
            let mut leaf = sample();
            leaf.stamp.time_ms = value;
            leaf.stamp.number = value;
            leaf.stamp.replica = u32::try_from(value).unwrap_or(u32::MAX);
            leaf.lists = vec![filled(1); usize::try_from(value % 30).unwrap()];
            assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        }
    }

    #[test]
    fn other_forms_of_the_same_fields_are_refused() {
        let good = sample().encode();
        // A longer form of the version number.
        let mut longer = good.clone();
        longer.splice(2..3, [0x18, 0x01]);
        assert_eq!(Leaf::decode(&longer), Err(LeafError::NotCanonical));
        // An empty list of indefinite length.
        let mut indefinite = good.clone();
        let at = indefinite.windows(2).position(|w| w == [0x0a, 0x80]).unwrap();
        indefinite.splice(at + 1..at + 2, [0x9f, 0xff]);
        assert!(Leaf::decode(&indefinite).is_err());
        // A byte left over, a byte missing, fields in another order, a thirteenth field, a large claimed list.
        assert_eq!(
            Leaf::decode(&[good.clone(), vec![0]].concat()),
            Err(LeafError::NotCanonical)
        );
        assert!(Leaf::decode(&good[..good.len() - 1]).is_err());
        let mut swapped = good.clone();
        swapped.swap(1, 3);
        assert!(Leaf::decode(&swapped).is_err());
        let mut more = good.clone();
        more[0] = 0xac;
        more.extend_from_slice(&[0x0c, 0x00]);
        assert!(Leaf::decode(&more).is_err());
        let mut huge = good.clone();
        huge.splice(
            at + 1..at + 2,
            [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        );
        assert!(Leaf::decode(&huge).is_err());
    }

    #[test]
    fn no_single_bit_can_be_flipped_unnoticed() {
        let leaf = sample();
        let good = leaf.encode();
        for position in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[position] ^= 1 << bit;
                assert_ne!(
                    Leaf::decode(&bad).as_ref(),
                    Ok(&leaf),
                    "byte {position} bit {bit}"
                );
            }
        }
    }

    #[test]
    fn stamps_never_go_back_and_never_skip() {
        let mut stamper = Stamper::resume(4, 7, 1_000);
        let at = |ms: i64| Timestamp::from_micros(ms * 1000);
        let stamps = [at(1_500), at(1_200), at(1_600)].map(|now| stamper.next(now));
        assert_eq!(stamps.map(|stamp| stamp.time_ms), [1_500, 1_500, 1_600]);
        assert_eq!(stamps.map(|stamp| stamp.number), [8, 9, 10]);
        stamper.observe(9_000);
        assert_eq!(stamper.next(at(1_700)).time_ms, 9_000);
    }
}
