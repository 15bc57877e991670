//! What is sealed opens where it belongs and nowhere else.

use gateway_types::KeyId;
use proptest::prelude::*;

use super::*;
use crate::testing::{DryEntropy, SeededEntropy};

const CONTENT: &[u8] = b"Rosa Delgado-Quill, methadone 80 mg";
const PLACE: Place<'static> = Place {
    table: "element",
    row: b"0123456789abcdef",
    kind: "content",
};

fn master(seed: u64) -> MasterKey {
    MasterKey::generate(KeyId::new(format!("k{seed}")).unwrap(), &SeededEntropy::new(seed)).unwrap()
}

fn sealer(seed: u64) -> Sealer {
    Sealer::new(&master(seed), &[])
}

fn seal(sealer: &Sealer) -> Vec<u8> {
    sealer.seal(PLACE, CONTENT, &SeededEntropy::new(99)).unwrap()
}

#[test]
fn what_is_sealed_opens_in_its_place_and_hides_its_content() {
    let sealer = sealer(1);
    let sealed = seal(&sealer);
    assert_eq!(sealed.len(), CONTENT.len() + 1 + 4 + 12 + 16);
    assert_eq!(*sealer.open(PLACE, &sealed).unwrap(), CONTENT);
    assert!(!sealed.windows(4).any(|window| window == b"Rosa"));
}

#[test]
fn the_same_content_is_never_sealed_alike() {
    let (sealer, entropy) = (sealer(1), SeededEntropy::new(2));
    let one = sealer.seal(PLACE, CONTENT, &entropy).unwrap();
    let two = sealer.seal(PLACE, CONTENT, &entropy).unwrap();
    assert_ne!(one, two);
}

#[test]
fn every_changed_bit_is_noticed() {
    let sealer = sealer(1);
    let sealed = seal(&sealer);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let expected = match at {
                0 => OpenError::UnknownForm,
                1..=4 => OpenError::UnknownKey(KeyTag::from_bytes(changed[1..5].try_into().unwrap())),
                _ => OpenError::NotAuthentic,
            };
            assert_eq!(
                sealer.open(PLACE, &changed),
                Err(expected),
                "byte {at}, bit {bit}"
            );
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let sealer = sealer(1);
    let sealed = seal(&sealer);
    for length in 0..sealed.len() {
        let expected = if length < 1 + 4 + 12 + 16 {
            OpenError::Truncated
        } else {
            OpenError::NotAuthentic
        };
        assert_eq!(
            sealer.open(PLACE, &sealed[..length]),
            Err(expected),
            "cut to {length}"
        );
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(sealer.open(PLACE, &longer), Err(OpenError::NotAuthentic));
}

#[test]
fn a_blob_moved_to_another_place_does_not_open() {
    let sealer = sealer(1);
    let sealed = seal(&sealer);
    let moved = [
        Place {
            table: "client",
            ..PLACE
        },
        Place {
            row: b"0123456789abcdeg",
            ..PLACE
        },
        // The same lane, so that the place and not the key refuses it.
        Place {
            row: b"1023456789abcdef",
            ..PLACE
        },
        Place {
            kind: "identity",
            ..PLACE
        },
        // The same bytes, with the borders between them moved.
        Place {
            table: "elemen",
            row: b"t0123456789abcdef",
            ..PLACE
        },
        Place {
            row: b"0123456789abcde",
            kind: "fcontent",
            ..PLACE
        },
        Place {
            table: "",
            row: b"",
            kind: "",
        },
    ];
    for place in moved {
        assert_eq!(
            sealer.open(place, &sealed),
            Err(OpenError::NotAuthentic),
            "{place:?}"
        );
    }
}

#[test]
fn another_master_key_does_not_open_and_is_named() {
    let sealed = seal(&sealer(1));
    let expected = OpenError::UnknownKey(master(1).tag());
    assert_eq!(sealer(2).open(PLACE, &sealed), Err(expected));
    assert!(expected.to_string().contains(&master(1).tag().to_string()));
}

#[test]
fn a_forged_key_tag_does_not_help() {
    let sealed = seal(&sealer(1));
    let mut forged = sealed.clone();
    forged[1..5].copy_from_slice(master(2).tag().as_bytes());
    let both = Sealer::new(&master(2), &[master(1)]);
    assert_eq!(both.open(PLACE, &forged), Err(OpenError::NotAuthentic));
}

#[test]
fn after_rotation_older_blobs_open_and_new_ones_use_the_new_key() {
    let old = seal(&sealer(1));
    let rotated = Sealer::new(&master(3), &[master(2), master(1)]);
    assert_eq!(*rotated.open(PLACE, &old).unwrap(), CONTENT);
    assert!(!rotated.is_current(&old));

    let new = seal(&rotated);
    assert!(rotated.is_current(&new));
    assert_eq!(*sealer(3).open(PLACE, &new).unwrap(), CONTENT);
    assert!(sealer(1).open(PLACE, &new).is_err());
    assert!(!rotated.is_current(b""));
}

#[test]
fn uuid_rows_spread_over_all_lanes() {
    let ring = Keyring::new(&master(1));
    let entropy = SeededEntropy::new(5);
    let mut counts = [0u32; LANES];
    for _ in 0..3200 {
        // A version 7 UUID: one moment, ten random bytes with four and two fixed bits.
        let mut row = [7u8; 16];
        entropy.fill(&mut row[6..]).unwrap();
        row[6] = row[6] & 0x0f | 0x70;
        row[8] = row[8] & 0x3f | 0x80;
        let lane = ring
            .lanes
            .iter()
            .position(|key| std::ptr::eq(key, ring.lane(&row)));
        counts[lane.unwrap()] += 1;
    }
    assert!(
        counts.iter().all(|count| (130..=270).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn without_entropy_nothing_is_sealed() {
    let error = SealError::Entropy(EntropyUnavailable);
    assert_eq!(sealer(1).seal(PLACE, CONTENT, &DryEntropy), Err(error));
    let secret = Secret::from_bytes([1; 32]);
    assert_eq!(seal_with(&secret, &[], CONTENT, &DryEntropy), Err(error));
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", Sealer::new(&master(1), &[master(2)]));
    assert_eq!(shown, "Sealer([secret], 1 older)");
}

#[test]
fn content_sealed_with_a_secret_opens_only_with_it_and_its_parts() {
    let entropy = SeededEntropy::new(7);
    let secret = Secret::generate(&entropy).unwrap();
    let sealed = seal_with(&secret, &[b"entry", b"7"], CONTENT, &entropy).unwrap();
    assert_eq!(*open_with(&secret, &[b"entry", b"7"], &sealed).unwrap(), CONTENT);
    let other = Secret::generate(&entropy).unwrap();
    assert_eq!(
        open_with(&other, &[b"entry", b"7"], &sealed),
        Err(OpenError::NotAuthentic)
    );
    for parts in [
        &[b"entry".as_slice(), b"8"][..],
        &[b"entry7"],
        &[],
        &[b"7", b"entry"],
    ] {
        assert_eq!(open_with(&secret, parts, &sealed), Err(OpenError::NotAuthentic));
    }
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 0x80;
        assert!(open_with(&secret, &[b"entry", b"7"], &changed).is_err(), "{at}");
        assert!(open_with(&secret, &[b"entry", b"7"], &sealed[..at]).is_err());
    }
}

#[test]
fn the_two_forms_do_not_open_as_each_other() {
    let sealer = sealer(1);
    let secret = Secret::from_bytes([1; 32]);
    let keyed = seal_with(&secret, &[], CONTENT, &SeededEntropy::new(1)).unwrap();
    assert_eq!(sealer.open(PLACE, &keyed), Err(OpenError::UnknownForm));
    assert_eq!(
        open_with(&secret, &[], &seal(&sealer)),
        Err(OpenError::UnknownForm)
    );
}

/// Not a proof, a figure: `cargo test -p gateway-crypto --release -- --ignored --nocapture how_fast`.
#[test]
#[ignore = "measures, and proves nothing"]
fn how_fast() {
    let sealer = sealer(1);
    let entropy = crate::SystemEntropy;
    for size in [0, 64, 512, 4096] {
        let plain = vec![7u8; size];
        let rounds = 200_000u32;
        let start = std::time::Instant::now();
        for round in 0..rounds {
            let row = round.to_be_bytes();
            let place = Place { row: &row, ..PLACE };
            std::hint::black_box(sealer.seal(place, &plain, &entropy).unwrap());
        }
        let seal = start.elapsed() / rounds;
        let sealed = sealer.seal(PLACE, &plain, &entropy).unwrap();
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(sealer.open(PLACE, &sealed).unwrap());
        }
        let open = start.elapsed() / rounds;
        let secret = Secret::from_bytes([1; 32]);
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(seal_with(&secret, &[b"x"], &plain, &entropy).unwrap());
        }
        println!(
            "{size} bytes: seal {seal:?}, open {open:?}, seal_with {:?}",
            start.elapsed() / rounds
        );
    }
    let start = std::time::Instant::now();
    for _ in 0..200_000 {
        let mut nonce = [0u8; 12];
        entropy.fill(&mut nonce).unwrap();
        std::hint::black_box(nonce);
    }
    println!("nonce {:?}", start.elapsed() / 200_000);
}

proptest! {
    #[test]
    fn anything_round_trips(plain: Vec<u8>, row: Vec<u8>, kind: String, seed: u64) {
        let sealer = sealer(1);
        let place = Place { table: "t", row: &row, kind: &kind };
        let sealed = sealer.seal(place, &plain, &SeededEntropy::new(seed)).unwrap();
        prop_assert_eq!(&**sealer.open(place, &sealed).unwrap(), plain.as_slice());
    }

    #[test]
    fn places_that_differ_do_not_share_blobs(one: (Vec<u8>, String), two: (Vec<u8>, String)) {
        prop_assume!(one != two);
        let sealer = sealer(1);
        let first = Place { table: "t", row: &one.0, kind: &one.1 };
        let second = Place { table: "t", row: &two.0, kind: &two.1 };
        let sealed = sealer.seal(first, b"x", &SeededEntropy::new(1)).unwrap();
        prop_assert_eq!(sealer.open(second, &sealed), Err(OpenError::NotAuthentic));
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes: Vec<u8>) {
        let sealer = sealer(1);
        prop_assert!(sealer.open(PLACE, &bytes).is_err());
        let mut named = vec![PLACED];
        named.extend_from_slice(master(1).tag().as_bytes());
        named.extend_from_slice(&bytes);
        prop_assert!(sealer.open(PLACE, &named).is_err());
        prop_assert!(open_with(&Secret::from_bytes([1; 32]), &[], &bytes).is_err());
    }
}
