//! What is released to whom, and that it changes when what it rests on changes.

use gateway_synthetic::CastMember;
use tests_support::{TestGateway, elements};

#[tokio::test(flavor = "multi_thread")]
async fn probe() {
    let begun = std::time::Instant::now();
    let test = TestGateway::start().await;
    println!("start {:?}", begun.elapsed());
    let town = test.take_in_town(60).await;
    println!("town {:?}", begun.elapsed());
    test.record_tpo(&town, CastMember::Rosa).await;
    test.record_release(&town, CastMember::Marcus).await;
    println!("consents {:?}", begun.elapsed());
    let asked = ["shelter_status", "case_manager_contact", "medications", "conditions", "encounters", "sud_treatment", "calls_for_service", "safety_flags"];
    for member in CastMember::ALL {
        let answer = test.clinician().ask(member, "TREAT", &asked).await;
        println!("{member:?} {}", answer.status);
        for e in elements(&answer) { println!("   {} {} {} {}", e["category"], e["source"], e["as_of"], e["received"]); }
        println!("  {}", answer.json()["disclosure"]["obligations"]);
        println!("  {}", answer.json()["disclosure"]["notices"]);
        let answer = test.outreach_officer().ask(member, "LE-OUTREACH", &["contact", "case_manager_contact", "shelter_status", "calls_for_service"]).await;
        println!("{member:?} police {}", answer.status);
        for e in elements(&answer) { println!("   {}", e); }
        println!("  {}", answer.json()["disclosure"]["obligations"]);
        println!("  {}", answer.json()["disclosure"]["notices"]);
    }
    println!("asked {:?}", begun.elapsed());
}
