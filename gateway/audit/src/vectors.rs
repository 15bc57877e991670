//! The crate against other people's test vectors: RFC 6962 trees, damaged proofs, a log and a note made by other
//! programs. They lie outside the repository; where they are absent the tests say so and pass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::{Digest, verify_ed25519};
use serde_json::Value;

use crate::checkpoint::Checkpoint;
use crate::export::{entries_path, unbundle_entries};
use crate::note::VerifierKey;
use crate::proof::Proof;
use crate::tree::{
    Frontier, TileSet, consistency_proof, inclusion_proof, leaf_hash, root_of, tiles_of, verify_consistency,
    verify_inclusion,
};
use crate::verify::{Damage, Place, verify_public_log};

fn vectors(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/tlog")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: the transparency-log vectors (../shared/data/tlog/{name}) are not here");
    None
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn digest(value: &Value) -> Option<Digest> {
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

/// `None` if a hash has not 32 bytes: such a proof cannot even be written down here.
fn digests(value: &Value) -> Option<Vec<Digest>> {
    value
        .as_array()
        .map_or(Some(Vec::new()), |hashes| hashes.iter().map(digest).collect())
}

#[test]
fn the_eight_leaf_tree_has_the_known_roots() {
    let Some(path) = vectors("rfc6962-eight-leaves.json") else {
        return;
    };
    let tree = json(&path);
    let leaves: Vec<Digest> = tree["leaves_hex"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leaf| leaf_hash(&unhex(leaf.as_str().unwrap())))
        .collect();
    let roots = tree["roots_hex"].as_array().unwrap();
    assert_eq!(roots.len(), 8);
    for (size, root) in (1..).zip(roots) {
        let root = format!("sha256:{}", root.as_str().unwrap());
        let frontier = Frontier::new().extended(&leaves[..size]).0;
        assert_eq!(frontier.root().to_string(), root, "size {size}");
        assert_eq!(root_of(&leaves[..size]).to_string(), root);
    }
}

#[test]
fn inclusion_proofs_good_and_damaged_are_judged_as_expected() {
    let Some(path) = vectors("merkle-proofs/inclusion.json") else {
        return;
    };
    let cases = json(&path);
    let mut refused = 0;
    for case in cases.as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap();
        let holds = || {
            let proof = digests(&case["proof"])?;
            let (leaf, root) = (digest(&case["leafHash"])?, digest(&case["root"])?);
            verify_inclusion(&leaf, number("leafIdx"), number("treeSize"), &proof, &root).ok()
        };
        let wanted = !case["wantErr"].as_bool().unwrap();
        assert_eq!(holds().is_some(), wanted, "{}", case["name"]);
        refused += usize::from(!wanted);
    }
    assert!(refused > 20);
    println!("{} inclusion cases", cases.as_array().unwrap().len());
}

#[test]
fn consistency_proofs_good_and_damaged_are_judged_as_expected() {
    let Some(path) = vectors("merkle-proofs/consistency.json") else {
        return;
    };
    let cases = json(&path);
    let mut refused = 0;
    for case in cases.as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap();
        let holds = || {
            let proof = digests(&case["proof"])?;
            let (old, new) = (digest(&case["root1"])?, digest(&case["root2"])?);
            verify_consistency(number("size1"), number("size2"), &proof, &old, &new).ok()
        };
        let wanted = !case["wantErr"].as_bool().unwrap();
        assert_eq!(holds().is_some(), wanted, "{}", case["name"]);
        refused += usize::from(!wanted);
    }
    assert!(refused > 20);
    println!("{} consistency cases", cases.as_array().unwrap().len());
}

fn files_under(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_log_made_by_another_program_verifies_at_every_size() {
    let Some(path) = vectors("tessera-log") else {
        return;
    };
    let mut files = files_under(&path);
    let key: VerifierKey = text(&path.join("vkey")).trim().parse().unwrap();
    let mut earlier: Option<Checkpoint> = None;
    for size in 0..=15u16 {
        let note = files[&format!("checkpoint.{size}")].clone();
        let checkpoint = Checkpoint::open(std::str::from_utf8(&note).unwrap(), &key).unwrap();
        assert_eq!(checkpoint.head.size, u64::from(size));
        let mut leaves = Vec::new();
        if size > 0 {
            let bundle = unbundle_entries(&files[&entries_path(0, size)]).items;
            leaves = bundle.iter().map(|entry| leaf_hash(entry)).collect();
        }
        assert_eq!(Frontier::new().extended(&leaves).0.head(), checkpoint.head);
        // The entries are not ours in content; everything else about the log must be found sound.
        files.insert("checkpoint".into(), note);
        let verification = verify_public_log(&files, &key, earlier.as_ref());
        assert_eq!(verification.findings.len(), usize::from(size), "{verification}");
        assert!(verification.findings.iter().all(|finding| {
            matches!(finding.damage, Damage::NotAnEntry(_)) && matches!(finding.place, Place::Entry { .. })
        }));
        earlier = Some(checkpoint);
    }
}

#[test]
fn proofs_made_from_another_programs_tiles_hold() {
    let Some(path) = vectors("tessera-log") else {
        return;
    };
    let files = files_under(&path);
    let key: VerifierKey = text(&path.join("vkey")).trim().parse().unwrap();
    let note = text(&path.join("checkpoint"));
    let checkpoint = Checkpoint::open(&note, &key).unwrap();
    let mut tiles = TileSet::default();
    for tile in tiles_of(15) {
        tiles.insert(tile, &files[&tile.path()]).unwrap();
    }
    let bundle = unbundle_entries(&files["tile/entries/000.p/15"]);
    for (index, entry) in (0..).zip(&bundle.items) {
        let proof = inclusion_proof(index, 15, &tiles).unwrap();
        assert_eq!(
            verify_inclusion(&leaf_hash(entry), index, 15, &proof, &checkpoint.head.root),
            Ok(())
        );
        let receipt = Proof::of_entry(index, entry, &note, &tiles).unwrap();
        let read = Proof::parse(&receipt.to_text()).unwrap();
        assert_eq!(read, receipt);
        assert!(read.verify(&key, &leaf_hash(entry)).is_ok());
    }
    for old in 1..=15u64 {
        let before = Checkpoint::open(&text(&path.join(format!("checkpoint.{old}"))), &key).unwrap();
        let proof = consistency_proof(old, 15, &tiles).unwrap();
        let (old_root, new_root) = (before.head.root, checkpoint.head.root);
        assert_eq!(verify_consistency(old, 15, &proof, &old_root, &new_root), Ok(()));
    }
}

#[test]
fn a_cosigned_mirror_has_the_root_its_checkpoint_states() {
    let Some(path) = vectors("cosigned/mirror") else {
        return;
    };
    let files = files_under(&path);
    let note = text(&path.join("checkpoint"));
    let claimed = Checkpoint::claimed(&note).unwrap();
    assert_eq!(claimed.head.size, 300);
    let mut leaves = Vec::new();
    for tile in tiles_of(300).filter(|tile| tile.level == 0) {
        leaves.extend(tile.hashes(&files[&tile.path()]).unwrap());
    }
    assert_eq!(Frontier::new().extended(&leaves).0.head(), claimed.head);
    for tile in tiles_of(300).filter(|tile| tile.level == 1) {
        assert_eq!(
            tile.hashes(&files[&tile.path()]).unwrap(),
            [root_of(&leaves[..256])]
        );
    }
    // A cosignature is of type 0x04; the key is refused rather than mistaken for a log's.
    assert!(text(&path.join("vkey")).trim().parse::<VerifierKey>().is_err());
}

#[test]
fn the_examples_of_the_note_specifications_are_read() {
    let Some(path) = vectors("c2sp-examples") else {
        return;
    };
    let key: VerifierKey = text(&path.join("signed-note.vkey")).trim().parse().unwrap();
    let note = text(&path.join("signed-note.txt"));
    assert_eq!(key.open(&note), Ok("This is an example message.\n"));
    assert!(
        key.open(&note.replace("example message", "exemplary message"))
            .is_err()
    );
    let cosigned = text(&path.join("cosigned-checkpoint-format-only.txt"));
    let claimed = Checkpoint::claimed(&cosigned).unwrap();
    assert_eq!(
        (claimed.origin.as_str(), claimed.head.size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
}

/// Go, OpenSSL and ring accept 208 of the 914 cases, and the same ones.
#[test]
fn edge_case_signatures_are_accepted_as_other_verifiers_accept_them() {
    let Some(path) = vectors("ed25519/ed25519vectors.json") else {
        return;
    };
    let cases = json(&path);
    let accepted = cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| {
            let field = |name: &str| case[name].as_str().unwrap();
            let key: [u8; 32] = unhex(field("key")).try_into().unwrap();
            verify_ed25519(&key, field("msg").as_bytes(), &unhex(field("sig"))).is_ok()
        })
        .count();
    assert_eq!((cases.as_array().unwrap().len(), accepted), (914, 208));
}

#[test]
fn a_witness_answers_another_implementations_requests_as_that_one_does() {
    use crate::cosignature::Cosigner;
    use crate::witness::{AddCheckpoint, WitnessAnswer, add_checkpoint};
    let Some(path) = vectors("witness-protocol/litewitness.json") else {
        return;
    };
    let exchange = json(&path);
    let public = unhex(exchange["log_key_hex"].as_str().unwrap())
        .try_into()
        .unwrap();
    let log = VerifierKey::new(exchange["origin"].as_str().unwrap(), public).unwrap();
    let key = gateway_crypto::SigningKey::from_seed([1; 32]);
    let witness = Cosigner::new("example.com/witness", key).unwrap();
    let now = gateway_types::Timestamp::from_micros(1_795_000_000_000_000);
    let mut held: Option<String> = None;
    let mut seen = 0;
    for step in exchange["exchanges"].as_array().unwrap() {
        let request = AddCheckpoint::parse(step["request_body"].as_str().unwrap()).unwrap();
        let status = if request.origin() == Some(log.name()) {
            match add_checkpoint(&request, &log, held.as_deref(), &witness, now) {
                WitnessAnswer::Cosigned(_) => {
                    held = Some(request.checkpoint.clone());
                    200
                }
                WitnessAnswer::Malformed => 400,
                WitnessAnswer::NotSigned => 403,
                WitnessAnswer::Holds(size) => {
                    let asserted = step["asserts"][0].as_str().unwrap();
                    assert_eq!(asserted, format!("body == \"{size}\\n\""));
                    409
                }
                WitnessAnswer::Split { .. } => 409,
                WitnessAnswer::NotConsistent { .. } => 422,
            }
        } else {
            // That one says 403 of an unknown log, the specification 404.
            403
        };
        assert_eq!(step["status"], status);
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn a_mirrors_cosignature_holds() {
    let Some(path) = vectors("cosigned/mirror") else {
        return;
    };
    let note = text(&path.join("checkpoint"));
    let key: crate::cosignature::WitnessKey = text(&path.join("vkey")).trim().parse().unwrap();
    let cosigned = key.find(&note).unwrap().unwrap();
    assert_eq!(cosigned.checkpoint.head.size, 300);
    assert!(key.find(&note.replacen("\n300\n", "\n301\n", 1)).is_err());
}
