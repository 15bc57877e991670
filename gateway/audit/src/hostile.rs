//! Every reader of foreign bytes, given rubbish: none may panic, and what is read must write back to the same bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::checkpoint::Checkpoint;
use crate::export::{entries_path, unbundle_details, unbundle_entries};
use crate::leaf::Leaf;
use crate::note::{NoteSigner, VerifierKey};
use crate::proof::Proof;
use crate::tree::{Frontier, TileSet, consistency_proof, inclusion_proof, leaf_hash};
use crate::tree::{verify_consistency, verify_inclusion};
use crate::verify::verify_log;

fn signer() -> NoteSigner {
    NoteSigner::new("log.example", gateway_crypto::SigningKey::from_seed([1; 32])).unwrap()
}

proptest! {
    #[test]
    fn rubbish_is_refused_without_a_panic(bytes: Vec<u8>, text: String) {
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes.clone());
        }
        let _ = unbundle_entries(&bytes);
        let _ = unbundle_details(&bytes);
        let _ = signer().verifier().open(&text);
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<VerifierKey>();
        let _ = Proof::parse(&text);
        let _ = Proof::parse(&format!("c2sp.org/tlog-proof@v1\n{text}"));
    }

    #[test]
    fn what_is_signed_opens_to_the_same_text(lines in prop::collection::vec("[^\\p{Cc}]{0,40}", 1..6)) {
        let text = format!("{}\n", lines.join("\n"));
        let note = signer().sign(&text).unwrap();
        prop_assert_eq!(signer().verifier().open(&note), Ok(text.as_str()));
    }

    #[test]
    fn a_folder_of_rubbish_is_judged_without_a_panic(
        size in 0u64..600,
        files in prop::collection::vec((0usize..6, prop::collection::vec(any::<u8>(), 0..200)), 0..6),
    ) {
        let text = Checkpoint {
            origin: "log.example".into(),
            head: crate::tree::TreeHead { size, root: gateway_crypto::Digest::of(b"root") },
        }
        .text();
        let mut folder = BTreeMap::from([("checkpoint".to_owned(), signer().sign(&text).unwrap().into_bytes())]);
        for (which, bytes) in files {
            let width = u16::try_from(size % 256).unwrap();
            let path = match which {
                0 => entries_path(0, 256),
                1 => entries_path(size / 256, width),
                2 => "tile/0/000".to_owned(),
                3 => format!("tile/0/{:03}.p/{width}", size / 256),
                4 => format!("details/{:03}.p/{width}", size / 256),
                _ => format!("tile/1/000.p/{}", size / 256),
            };
            folder.insert(path, bytes);
        }
        let verification = verify_log(&folder, signer().verifier(), None);
        prop_assert!(!verification.is_intact());
    }

    #[test]
    fn proofs_hold_for_any_sizes(size in 1u64..700, first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>()) {
        let hashes: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let (frontier, full) = Frontier::new().extended(&hashes);
        let mut tiles = TileSet::default();
        for tile in &full {
            tiles.insert(tile.id, &tile.bytes()).unwrap();
        }
        tiles.insert_edge(&frontier);
        let index = first.index(size as usize);
        let proof = inclusion_proof(index as u64, size, &tiles).unwrap();
        prop_assert_eq!(verify_inclusion(&hashes[index], index as u64, size, &proof, &frontier.root()), Ok(()));
        let old = second.index(size as usize) + 1;
        let before = Frontier::new().extended(&hashes[..old]).0.root();
        let proof = consistency_proof(old as u64, size, &tiles).unwrap();
        prop_assert_eq!(verify_consistency(old as u64, size, &proof, &before, &frontier.root()), Ok(()));
    }
}
