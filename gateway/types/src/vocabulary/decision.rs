//! Words of a decision: bases, obligations, notices, the visible response.

use super::vocabulary;

vocabulary! {
    /// A duty that is on a decision. Internal: none is visible in a neutral answer.
    Obligation, "obligation" {
        /// Audit entry; every decision.
        Log = "LOG",
        /// A released item must appear in a client accounting view (HIPAA, Part 2 or HMIS trail).
        Acct = "ACCT",
        /// 164.514(h) verification.
        Verify = "VERIFY",
        /// Minimum necessary filter applied.
        Minec = "MINEC",
        /// Named human attestation kept.
        Attest = "ATTEST",
        /// Held until a named human approves.
        Review = "REVIEW",
        /// Routed to legal review.
        Counsel = "COUNSEL",
        /// 2.51(c) record written.
        Emerg = "EMERG",
        /// 2.32 Statement 1.
        N1 = "N1",
        /// 2.32 Statement 2 (short form).
        N2 = "N2",
        /// Copy of consent or scope text (2.32(b)).
        Sc = "SC",
        /// No redisclosure without consent (NORDSCLCD).
        Nored = "NORED",
        /// No other use (NOREUSE).
        Noreuse = "NOREUSE",
        /// No re-identification (NORELINK).
        Norelink = "NORELINK",
        /// Tell the individual.
        Inform = "INFORM",
        /// Notify the victim, safety steps.
        Notifyv = "NOTIFYV",
        /// CJIS secondary dissemination log.
        Sdl = "SDL",
        /// Accounting suspension check.
        Susp = "SUSP",
        /// Information-blocking evidence written.
        Ib = "IB",
    }
}

vocabulary! {
    /// A text that travels with the payload.
    Notice, "notice" {
        /// 2.32(a)(1) text.
        Part2Statement1 = "part2_statement_1",
        /// 2.32(a)(2) text, where Statement 1 cannot fit.
        Part2Statement2 = "part2_statement_2",
        /// Scope of the consent in words.
        ConsentScope = "consent_scope",
        /// Consent forbids investigative use.
        UseLimit = "use_limit",
        /// End date of a victim-service release.
        ReleaseEndDate = "release_end_date",
        /// Criminal justice information marking.
        CjiMarking = "cji_marking",
        /// Request not to use or disclose restricted items further.
        RestrictionRequest = "restriction_request",
        /// Data use agreement in force.
        DuaReference = "dua_reference",
        /// Part 2 binds the researcher; no law-enforcement access.
        ResearchTerms = "research_terms",
        /// 2.53(f) limits.
        AuditLimits = "audit_limits",
        /// Source agency's handling rules.
        SourceHandling = "source_handling",
    }
}

vocabulary! {
    /// What the caller sees.
    Response, "response" {
        /// At least one element is released.
        Ok = "ok",
        /// Nothing is released, for a reason that lies in the request alone, or the call is a push.
        Refused = "refused",
        /// Nothing is released, for any other reason: the same bytes as for an unknown person.
        Neutral = "neutral",
    }
}

vocabulary! {
    /// The rule of the catalogue that carried a release.
    Basis, "legal basis" {
        /// Catalogue rule HIP-502g.
        Hip502g = "HIP-502g",
        /// Catalogue rule HIP-506a.
        Hip506a = "HIP-506a",
        /// Catalogue rule HIP-508c.
        Hip508c = "HIP-508c",
        /// Catalogue rule HIP-508psy.
        Hip508psy = "HIP-508psy",
        /// Catalogue rule HIP-510b1.
        Hip510b1 = "HIP-510b1",
        /// Catalogue rule HIP-510b3.
        Hip510b3 = "HIP-510b3",
        /// Catalogue rule HIP-510b5.
        Hip510b5 = "HIP-510b5",
        /// Catalogue rule HIP-512a.
        Hip512a = "HIP-512a",
        /// Catalogue rule HIP-512b.
        Hip512b = "HIP-512b",
        /// Catalogue rule HIP-512c.
        Hip512c = "HIP-512c",
        /// Catalogue rule HIP-512d.
        Hip512d = "HIP-512d",
        /// Catalogue rule HIP-512e.
        Hip512e = "HIP-512e",
        /// Catalogue rule HIP-512f1i.
        Hip512f1i = "HIP-512f1i",
        /// Catalogue rule HIP-512f1iiA.
        Hip512f1iiA = "HIP-512f1iiA",
        /// Catalogue rule HIP-512f1iiB.
        Hip512f1iiB = "HIP-512f1iiB",
        /// Catalogue rule HIP-512f1iiC.
        Hip512f1iiC = "HIP-512f1iiC",
        /// Catalogue rule HIP-512f2.
        Hip512f2 = "HIP-512f2",
        /// Catalogue rule HIP-512f3.
        Hip512f3 = "HIP-512f3",
        /// Catalogue rule HIP-512f4.
        Hip512f4 = "HIP-512f4",
        /// Catalogue rule HIP-512f5.
        Hip512f5 = "HIP-512f5",
        /// Catalogue rule HIP-512f6.
        Hip512f6 = "HIP-512f6",
        /// Catalogue rule HIP-512g.
        Hip512g = "HIP-512g",
        /// Catalogue rule HIP-512i.
        Hip512i = "HIP-512i",
        /// Catalogue rule HIP-512j1.
        Hip512j1 = "HIP-512j1",
        /// Catalogue rule HIP-512j2.
        Hip512j2 = "HIP-512j2",
        /// Catalogue rule HIP-512k5.
        Hip512k5 = "HIP-512k5",
        /// Catalogue rule HIP-514b.
        Hip514b = "HIP-514b",
        /// Catalogue rule HIP-514e.
        Hip514e = "HIP-514e",
        /// Catalogue rule HIP-524.
        Hip524 = "HIP-524",
        /// Catalogue rule P2-12c3.
        P212c3 = "P2-12c3",
        /// Catalogue rule P2-12c4.
        P212c4 = "P2-12c4",
        /// Catalogue rule P2-12c5.
        P212c5 = "P2-12c5",
        /// Catalogue rule P2-12c6.
        P212c6 = "P2-12c6",
        /// Catalogue rule P2-15.
        P215 = "P2-15",
        /// Catalogue rule P2-23.
        P223 = "P2-23",
        /// Catalogue rule P2-31a.
        P231a = "P2-31a",
        /// Catalogue rule P2-31b.
        P231b = "P2-31b",
        /// Catalogue rule P2-31d.
        P231d = "P2-31d",
        /// Catalogue rule P2-33.
        P233 = "P2-33",
        /// Catalogue rule P2-35.
        P235 = "P2-35",
        /// Catalogue rule P2-36.
        P236 = "P2-36",
        /// Catalogue rule P2-51.
        P251 = "P2-51",
        /// Catalogue rule P2-52.
        P252 = "P2-52",
        /// Catalogue rule P2-53.
        P253 = "P2-53",
        /// Catalogue rule P2-54.
        P254 = "P2-54",
        /// Catalogue rule P2-64.
        P264 = "P2-64",
        /// Catalogue rule P2-65.
        P265 = "P2-65",
        /// Catalogue rule HMIS-1.
        Hmis1 = "HMIS-1",
        /// Catalogue rule HMIS-2.
        Hmis2 = "HMIS-2",
        /// Catalogue rule HMIS-3.
        Hmis3 = "HMIS-3",
        /// Catalogue rule HMIS-5.
        Hmis5 = "HMIS-5",
        /// Catalogue rule HMIS-7.
        Hmis7 = "HMIS-7",
        /// Catalogue rule LE-1.
        Le1 = "LE-1",
        /// Catalogue rule LE-2.
        Le2 = "LE-2",
        /// Catalogue rule LE-3.
        Le3 = "LE-3",
        /// Catalogue rule LE-4.
        Le4 = "LE-4",
        /// Catalogue rule LE-5.
        Le5 = "LE-5",
        /// Catalogue rule VSP-3.
        Vsp3 = "VSP-3",
        /// Catalogue rule VSP-4.
        Vsp4 = "VSP-4",
        /// Catalogue rule VSP-5.
        Vsp5 = "VSP-5",
        /// Catalogue rule RHY-1.
        Rhy1 = "RHY-1",
        /// Catalogue rule HOPWA-1.
        Hopwa1 = "HOPWA-1",
        /// Catalogue rule VA-1.
        Va1 = "VA-1",
        /// Catalogue rule CJ-20.33.
        Cj2033 = "CJ-20.33",
        /// Catalogue rule CJ-20.21b.
        Cj2021b = "CJ-20.21b",
        /// Catalogue rule CJ-20.20.
        Cj2020 = "CJ-20.20",
        /// Catalogue rule CJ-CADX.
        CjCadx = "CJ-CADX",
        /// Own agency's record.
        Own = "OWN",
        /// Counts that identify nobody.
        Agg = "AGG",
        /// Authorised view of log metadata.
        Logview = "LOGVIEW",
        /// Catalogue rule HIP-502j2.
        Hip502j2 = "HIP-502j2",
        /// Catalogue rule HIP-510b4.
        Hip510b4 = "HIP-510b4",
        /// Catalogue rule HIP-512j3.
        Hip512j3 = "HIP-512j3",
    }
}
