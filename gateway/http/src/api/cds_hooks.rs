//! CDS Hooks: `patient-consent-consult`, in the shapes of LEAP-CDS.
//!
//! An answer that distinguishes goes to the holder of a record about its own record. Whoever asks about anybody else
//! gets `NO_CONSENT`, whatever there is.

use std::sync::Arc;

use axum::extract::State;
use consent::fhir::names;
use gateway_exchange::consents::{Actor, Advice, Consultation, NotConsulted, Permitted};
use gateway_types::vocabulary::{Category, Obligation, PurposeOfUse, Role};
use gateway_types::{AgencyId, SourceClientKey, StaffId, SystemId, Word as _, WordSet};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::{id, word};
use crate::extract::{Asking, Json};
use crate::problem::Problem;
use crate::state::Doors;

const HOOK: &str = "patient-consent-consult";

/// The services there are.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Services {
    services: Vec<Service>,
}

/// A service.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Service {
    id: &'static str,
    hook: &'static str,
    title: &'static str,
    description: &'static str,
}

/// List the CDS services.
#[utoipa::path(get, path = "/cds-services", responses((status = 200, body = Services)))]
pub(crate) async fn list() -> axum::Json<Services> {
    axum::Json(Services {
        services: vec![Service {
            id: HOOK,
            hook: HOOK,
            title: "Patient Consent Consult",
            description: "Tells the holder of a record whether it may disclose that record to an actor for a purpose.",
        }],
    })
}

/// A call of the hook.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// `patient-consent-consult`.
    hook: String,
    /// The caller's own id of this call; not kept.
    #[serde(rename = "hookInstance")]
    #[schema(value_type = String)]
    _hook_instance: String,
    context: Context,
    /// Not used.
    #[serde(default, rename = "fhirServer")]
    #[schema(value_type = Option<String>)]
    _fhir_server: Option<IgnoredAny>,
    /// Not used.
    #[serde(default, rename = "fhirAuthorization")]
    #[schema(value_type = Option<Object>)]
    _fhir_authorization: Option<IgnoredAny>,
    /// Not used.
    #[serde(default, rename = "prefetch")]
    #[schema(value_type = Option<Object>)]
    _prefetch: Option<IgnoredAny>,
    /// Not used.
    #[serde(default, rename = "extension")]
    #[schema(value_type = Option<Object>)]
    _extension: Option<IgnoredAny>,
}

/// What the decision is about.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Context {
    /// The client: identifiers, one of them of the system own-key.
    #[schema(value_type = Vec<Identifier>)]
    patient_id: OneOrMany<Identifier>,
    /// `patient-privacy`.
    #[serde(default)]
    scope: Option<String>,
    /// The same as codes of consentscope.
    #[serde(default)]
    category: Vec<Code>,
    /// Who would receive: identifiers of agency, staff, role and system.
    #[serde(default)]
    #[schema(value_type = Vec<Identifier>)]
    actor: OneOrMany<Identifier>,
    /// What for: one purpose of use.
    #[serde(default)]
    purpose_of_use: Option<String>,
    /// Which information: categories, or FHIR resource types. Left out: all that the caller holds.
    #[serde(default)]
    class: Vec<Code>,
    /// Whether the caller knows that the actor treats the client: what others put on file about that is not looked at.
    #[serde(default)]
    treats_client: bool,
}

/// One thing or a list of them: LEAP-CDS has been both.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

/// An identifier.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identifier {
    #[serde(default)]
    system: Option<String>,
    value: String,
}

/// A code in its system.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    system: String,
    code: String,
}

impl Code {
    fn new(system: &str, code: &str) -> Self {
        Self {
            system: system.to_owned(),
            code: code.to_owned(),
        }
    }
}

impl Call {
    fn read(self) -> Result<Consultation, Problem> {
        if self.hook != HOOK {
            return Err(Problem::unknown_word().with_detail("`hook`: `patient-consent-consult` is wanted"));
        }
        let context = self.context;
        let privacy = |scope: &str| scope == "patient-privacy";
        let is_privacy = |code: &Code| code.system == names::SCOPE && privacy(&code.code);
        if !context.scope.as_deref().is_none_or(privacy) || !context.category.iter().all(is_privacy) {
            return Err(Problem::unknown_word().with_detail("`context.scope`: `patient-privacy` is wanted"));
        }
        let purpose = context
            .purpose_of_use
            .as_deref()
            .filter(|code| !code.is_empty())
            .ok_or_else(Problem::no_purpose)?;
        let purpose: PurposeOfUse = word(purpose, "context.purposeOfUse")?;
        let categories = categories(&context.class)?;
        let actor = actor(context.actor.into_vec())?;
        let ids = context.patient_id.into_vec();
        if ids.is_empty() {
            return Err(Problem::no_client().with_detail("`context.patientId`: an identifier is needed"));
        }
        let mut own = ids
            .into_iter()
            .filter(|id| id.system.as_deref() == Some(names::OWN_KEY) && !id.value.is_empty());
        let client = own.next().map(|id| SourceClientKey::new(id.value));
        if own.next().is_some() {
            return Err(Problem::no_client().with_detail("`context.patientId`: one own key is wanted"));
        }
        Ok(Consultation {
            client,
            actor,
            purpose,
            categories,
            treats: context.treats_client,
        })
    }
}

fn categories(classes: &[Code]) -> Result<WordSet<Category>, Problem> {
    if classes.is_empty() {
        return Ok(WordSet::all());
    }
    let one = |class: &Code| match class.system.as_str() {
        names::CATEGORY => word(&class.code, "context.class").map(|category| WordSet::EMPTY.with(category)),
        names::RESOURCE_TYPE => names::resource_type(&class.code)
            .map(|holds| holds.at_most)
            .ok_or_else(|| {
                Problem::unknown_word().with_detail("`context.class`: not a known class of information")
            }),
        _ => Err(Problem::unknown_word().with_detail("`context.class`: not a known code system")),
    };
    classes
        .iter()
        .try_fold(WordSet::EMPTY, |set, class| Ok(set.union(one(class)?)))
}

/// Who would receive. Each part may be told once, and the agency has to be.
fn actor(ids: Vec<Identifier>) -> Result<Actor, Problem> {
    const FIELD: &str = "context.actor";
    let unknown = |what: &str| Problem::unknown_word().with_detail(format!("`{FIELD}`: {what}"));
    let (mut agencies, mut staff, mut role, mut system) = (Vec::<AgencyId>::new(), None, None, None);
    for one in ids {
        let told_twice = match one.system.as_deref() {
            Some(names::AGENCY) => {
                agencies.push(id(&one.value, FIELD)?);
                false
            }
            Some(names::STAFF) => {
                let (agency, person) = one
                    .value
                    .split_once('/')
                    .ok_or_else(|| unknown("a person is named as `agency/person`"))?;
                agencies.push(id(agency, FIELD)?);
                staff.replace(id::<StaffId>(person, FIELD)?).is_some()
            }
            Some(names::ROLE) => role.replace(word::<Role>(&one.value, FIELD)?).is_some(),
            Some(names::SYSTEM) => system.replace(id::<SystemId>(&one.value, FIELD)?).is_some(),
            _ => return Err(unknown("not a known naming system")),
        };
        if told_twice {
            return Err(unknown("one actor is wanted"));
        }
    }
    agencies.dedup();
    match <[AgencyId; 1]>::try_from(agencies) {
        Ok([agency]) => Ok(Actor {
            agency,
            staff,
            role,
            system,
        }),
        Err(_) => Err(unknown("one agency is wanted")),
    }
}

/// The answer: one card.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Cards {
    cards: Vec<Card>,
}

/// A card.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Card {
    /// `CONSENT_PERMIT`, `CONSENT_DENY` or `NO_CONSENT`.
    summary: &'static str,
    detail: &'static str,
    /// `info`, `critical` or `warning`.
    indicator: &'static str,
    source: Source,
    extension: Extension,
}

/// Who says so.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Source {
    label: &'static str,
    url: &'static str,
}

/// The decision, for machines.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extension {
    decision: &'static str,
    obligations: Vec<Obliges>,
    /// The consent that it rests on, or a list of them, as far as they are the caller's affair.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<String>)]
    based_on: Value,
}

/// What has to be done.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Obliges {
    id: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Parameters>,
}

/// To what.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameters {
    /// Everything goes that is not of one of these.
    except_any_of_codes: Vec<Code>,
}

impl From<Advice> for Cards {
    fn from(advice: Advice) -> Self {
        let (decision, detail, indicator) = match &advice {
            Advice::Neutral => ("NO_CONSENT", "No applicable consent was found.", "warning"),
            Advice::Deny => (
                "CONSENT_DENY",
                "Nothing of this record may be disclosed to this actor for this purpose.",
                "critical",
            ),
            Advice::Permit(_) => (
                "CONSENT_PERMIT",
                "What the obligations leave of this record may be disclosed to this actor for this purpose.",
                "info",
            ),
        };
        let (obligations, based_on) = match advice {
            Advice::Permit(permitted) => {
                let named = permitted.based_on.iter().map(|id| format!("Consent/{id}"));
                let based_on = match named.collect::<Vec<_>>().as_slice() {
                    [] => Value::Null,
                    [one] => Value::from(one.as_str()),
                    several => Value::from(several),
                };
                (obliges(&permitted), based_on)
            }
            Advice::Neutral | Advice::Deny => (Vec::new(), Value::Null),
        };
        Self {
            cards: vec![Card {
                summary: decision,
                detail,
                indicator,
                source: Source {
                    label: "Assent",
                    url: names::BASE,
                },
                extension: Extension {
                    decision,
                    obligations,
                    based_on,
                },
            }],
        }
    }
}

fn obliges(permitted: &Permitted) -> Vec<Obliges> {
    let obligation = |code| Obliges {
        id: Code::new(names::OBLIGATION, code),
        parameters: None,
    };
    let kept = permitted.categories.iter();
    let redact = Obliges {
        parameters: Some(Parameters {
            except_any_of_codes: kept
                .map(|category| Code::new(names::CATEGORY, category.code()))
                .collect(),
        }),
        ..obligation("REDACT")
    };
    let told = permitted
        .obligations
        .iter()
        .filter_map(|obligation| match obligation {
            Obligation::Nored => Some("NORDSCLCD"),
            Obligation::Noreuse => Some("NOREUSE"),
            Obligation::Norelink => Some("NORELINK"),
            _ => None,
        });
    let marks = permitted.marked.then_some("RedisclosureProhibitionMark");
    std::iter::once(redact)
        .chain(told.chain(marks).map(obligation))
        .collect()
}

impl From<NotConsulted> for Problem {
    fn from(error: NotConsulted) -> Self {
        match error {
            NotConsulted::UnknownActor => {
                Self::unknown_word().with_detail(format!("`context.actor`: {error}"))
            }
            NotConsulted::Failed(why) => why.into(),
        }
    }
}

/// Ask whether the caller may disclose its own record to an actor for a purpose.
///
/// About a client whom the caller's own records name by the own key given, it is `CONSENT_PERMIT` with what has to be
/// left out, or `CONSENT_DENY`; in every other case `NO_CONSENT`, which says nothing. The question is logged.
#[utoipa::path(post, path = "/cds-services/patient-consent-consult", request_body = Call,
    responses((status = 200, body = Cards)))]
pub(crate) async fn consult(
    State(doors): State<Doors>,
    Asking(requester): Asking,
    Json(call): Json<Call>,
) -> Result<axum::Json<Cards>, Problem> {
    let question = call.read()?;
    let gateway = Arc::clone(&doors.gateway);
    let advice = doors
        .to_the_end(async move { gateway.consult(&requester, &question).await })
        .await??;
    Ok(axum::Json(advice.into()))
}
