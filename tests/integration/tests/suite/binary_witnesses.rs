//! Two gateways as they are installed: one cosigns the other's log, and the export verifies by a trust policy.

use std::fs;
use std::time::Duration;

use gateway_audit::VerifierKey;
use gateway_crypto::SigningKey;

use crate::binary::{Office, Serving, fails, run, said};

const LOG: &str = "log.test.example/assent";

#[tokio::test(flavor = "multi_thread")]
async fn one_gateway_cosigns_anothers_log_and_the_export_says_who_vouches_for_it() {
    let (log, witness) = (Office::furnish(), Office::furnish());
    let seed = fs::read_to_string(log.at("keys/log.key")).unwrap();
    let key = VerifierKey::new(LOG, SigningKey::from_text(&seed).unwrap().1.public()).unwrap();

    let witness_key = witness.at("keys/witness.key").display().to_string();
    let name = "witness.hospital.example";
    let made = run(&["keys", "witness", "--name", name, "--out", &witness_key]);
    assert!(made.status.success(), "{}", said(&made.stderr));
    let told = said(&made.stdout);
    let public = told
        .split(' ')
        .find(|word| word.starts_with(name) && word.contains('+'));
    let public = public.expect("the public key is told").to_owned();
    // The key of a log is none of a witness.
    let wrong = format!(
        "{}\n[witness]\nname = \"{name}\"\nkey = \"keys/log.key\"\nlogs = []\n",
        witness.usual()
    );
    assert!(witness.is_refused(&wrong).contains("not of a witness"));
    witness.configure(&format!(
        "{}\n[witness]\nname = \"{name}\"\nkey = \"keys/witness.key\"\nlogs = [\"{key}\"]\n",
        witness.usual()
    ));
    let cosigning = Serving::start(&witness);

    let policy = log.at("trust.txt");
    let address = cosigning.address;
    fs::write(
        &policy,
        format!("log {key}\nwitness hospital {public} https://{address}/v1/witness\nquorum hospital\n"),
    )
    .unwrap();
    fs::write(log.at("witnesses.pem"), witness.credentials.authority()).unwrap();
    log.configure(&format!(
        "{}\n[witnesses]\npolicy = \"trust.txt\"\nca = \"witnesses.pem\"\nevery_seconds = 1\n",
        log.usual()
    ));
    let serving = Serving::start(&log);
    // At its start the canaries are tried: there are entries to be cosigned.
    let anyone = serving.caller(&log, None);
    let asked = async {
        while anyone.get("/v1/log/checkpoint/witnessed").await.unwrap().status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked)
        .await
        .expect("a cosignature");
    serving.signal("TERM");
    let (code, words) = serving.ended(Duration::from_secs(10));
    assert_eq!(code, Some(0), "{words}");

    let (out, policy) = (
        log.at("export").display().to_string(),
        policy.display().to_string(),
    );
    let exported = run(&["audit", "export", "--config", &log.config(), "--out", &out]);
    assert!(exported.status.success(), "{}", said(&exported.stderr));
    let key = key.to_string();
    let verify = ["audit", "verify", &out, "--key", &key, "--policy", &policy];
    let verified = run(&verify);
    let words = said(&verified.stdout);
    assert!(verified.status.success(), "{words}{}", said(&verified.stderr));
    assert!(words.contains("entries were cosigned by hospital at "), "{words}");
    // Too long ago to count.
    let stale = [&verify[..], &["--not-before", "2999-01-01T00:00:00Z"]].concat();
    fails(&stale, 65);
    assert!(said(&run(&stale).stdout).contains("which is too few"));
    // A policy with a fault is named by its line.
    fs::write(log.at("trust.txt"), "quorum somebody\n").unwrap();
    assert!(fails(&verify, 64).contains("line 1"));
    // The witness has seen nothing to complain of.
    let splits = run(&["audit", "splits", "--config", &witness.config()]);
    assert!(
        said(&splits.stdout).contains("no log"),
        "{}",
        said(&splits.stderr)
    );
    cosigning.signal("TERM");
    assert_eq!(cosigning.ended(Duration::from_secs(10)).0, Some(0));
}
