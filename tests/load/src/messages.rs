//! HL7 v2 ADT messages over MLLP: how many a second are acknowledged, durable, with sixteen connections.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use adapters::hl7v2;
use tests_load::machine::{Latencies, peak_memory, processor_time, syncs_per_second};
use tests_load::process::{Process, Setting};
use tests_support::messages::{MessageLine, adt, pid, segment};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 16;
/// How many messages a sender that does not wait has under way.
const WINDOW: usize = 32;

pub(crate) async fn run(seconds: u64) {
    let (folder, _temporary) = super::data_folder();
    let setting = Setting::prepare(&folder, super::serve_command);
    let process = setting.start().await;
    let address = setting.message_line();
    let raw = raw_rate();
    println!("bare reading: {raw:.0} messages/s on one core");
    println!(
        "bare syncs: {:.0} a second",
        syncs_per_second(&folder).expect("a rate")
    );
    let mut rates = Vec::new();
    for (name, window) in [("each waiting for its answer", 1), ("with 32 under way", WINDOW)] {
        rates.push(load(&process, address, name, window, Duration::from_secs(seconds)).await);
    }
    println!("peak memory {:?} MiB", peak_memory(process.id()).unwrap_or(0));
    println!(
        "processor time by thread, s: {:.1?}",
        processor_time(process.id())
    );
    process.kill();
    let best = rates.iter().copied().fold(0.0, f64::max);
    println!(
        "{best:.0} messages/s acknowledged durably (goal 5000), {:.2} of bare reading",
        best / raw
    );
}

async fn load(process: &Process, address: SocketAddr, name: &str, window: usize, lasts: Duration) -> f64 {
    let begun = Instant::now();
    let spent_before: f64 = processor_time(process.id()).values().sum();
    let mut senders = JoinSet::new();
    for sender in 0..CONNECTIONS {
        senders.spawn(send(address, format!("{window}.{sender}"), window, begun + lasts));
    }
    let all: Vec<Duration> = senders.join_all().await.into_iter().flatten().collect();
    let spent: f64 = processor_time(process.id()).values().sum::<f64>() - spent_before;
    let rate = all.len() as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{CONNECTIONS} connections, {name}: {rate:.0} messages/s; {:.0} µs of processor time each; answered: {}",
        spent * 1e6 / all.len() as f64,
        Latencies::of(all)
    );
    rate
}

/// Sends until the time is over; returns how long each answer took.
async fn send(address: SocketAddr, sender: String, window: usize, until: Instant) -> Vec<Duration> {
    let mut line = MessageLine::connect(address).await;
    let (mut took, mut waiting) = (Vec::new(), VecDeque::new());
    let mut number = 0;
    loop {
        while waiting.len() < window && Instant::now() < until {
            line.send(&message(&sender, number)).await;
            waiting.push_back((number, Instant::now()));
            number += 1;
        }
        let Some((sent, at)) = waiting.pop_front() else {
            return took;
        };
        let answer = line.answer().await.expect("an answer");
        assert!(
            answer.contains(&format!("\rMSA|AA|{sender}.{sent}\r")),
            "{answer}"
        );
        took.push(at.elapsed());
    }
}

/// Of five messages, two admit somebody new, two bring news of the visit, one ends it.
fn message(sender: &str, number: usize) -> String {
    let (whom, step) = (number / 5 * 2 + number % 2, number % 5);
    let key = format!("{sender}.{whom}");
    let (given, family) = name(sender, whom);
    let born = format!(
        "19{:02}-{:02}-{:02}",
        whom % 90 + 10,
        whom % 12 + 1,
        whom % 28 + 1
    );
    let who = pid(&key, &given, &family, &born);
    let visit = format!("{key}^^^LAKESIDE");
    let place = |more: &[(usize, &str)]| {
        let mut fields = vec![
            (1, "1"),
            (2, "I"),
            (3, "lakeside-general^301^A"),
            (7, "17^Brook^Ina^^^Dr"),
            (10, "MED"),
            (19, visit.as_str()),
        ];
        fields.extend(more);
        segment("PV1", &fields)
    };
    let control = format!("{sender}.{number}");
    let diagnosis = segment("DG1", &[(1, "1"), (3, "J18.9^Pneumonia^I10"), (6, "A")]);
    match step {
        0 | 1 => adt(
            "A01",
            &control,
            &[
                who,
                place(&[(44, "20261101113000")]),
                segment("AL1", &[(1, "1"), (3, "7980^Penicillin^RXNORM")]),
                diagnosis,
            ],
        ),
        2 | 3 => adt(
            "A08",
            &control,
            &[who, place(&[(44, "20261101113000")]), diagnosis],
        ),
        _ => adt(
            "A03",
            &control,
            &[who, place(&[(36, "01"), (45, "20261102113000")])],
        ),
    }
}

/// A name that sounds like few others, as names of people do: what sounds alike is compared, and invented names that all
/// sound alike would measure that.
fn name(sender: &str, whom: usize) -> (String, String) {
    const SYLLABLES: [&str; 20] = [
        "bar", "cot", "dun", "fel", "gim", "han", "jor", "kep", "lum", "mas", "nid", "pol", "quar", "ros",
        "sev", "tam", "ulk", "vin", "wex", "zor",
    ];
    let sender: usize = sender.bytes().map(usize::from).sum();
    // A step that shares no factor with the number of names runs through all of them.
    let mut rest = (whom * 61 + sender * 7).wrapping_mul(7919) % 20_usize.pow(4);
    let mut syllable = || {
        let syllable = SYLLABLES.get(rest % 20).copied().unwrap_or_default();
        rest /= 20;
        syllable
    };
    let given = format!("{}{}", syllable(), syllable());
    (given, format!("{}{}", syllable(), syllable()))
}

/// What reading alone takes.
fn raw_rate() -> f64 {
    const MESSAGES: usize = 20_000;
    let messages: Vec<String> = (0..MESSAGES).map(|number| message("raw", number)).collect();
    let limits = hl7v2::Limits::default();
    let start = Instant::now();
    for message in &messages {
        assert!(hl7v2::message(message.as_bytes(), &limits, 1).outcome.is_ok());
    }
    MESSAGES as f64 / start.elapsed().as_secs_f64()
}
