//! Los formularios en español claro: the forms in Spanish.

use gateway_types::Timestamp;
use gateway_types::vocabulary::{
    Category, ConsentKind, ExpiryEvent, PurposeOfUse, RecipientClass, Statement, WordSet,
};

use super::{NameOf, Told, Words, information};
use crate::plain_words::{Mentioned, agency_name};
use crate::terms::{Expiry, Terms};

pub(super) static WORDS: Words = Words {
    title,
    who: "Quién puede compartir",
    whom: "Con quién",
    what: "Qué puede compartir",
    why: "Para qué",
    until: "Hasta cuándo",
    know: "Lo que debe saber",
    short: "En pocas palabras",
    case: "Vale solo para este caso: {case}.",
    gateway: "Los datos pasan por Assent, el sistema común que mira esta hoja.",
    not_investigate: "No se puede usar para investigarle a usted.",
    take_back: "Puede retirar este permiso cuando quiera. Dígalo o escriba a {from}. Lo que ya se compartió no se puede borrar.",
    statement,
    sign: "Si está de acuerdo, firme aquí",
    name: "Su nombre",
    born: "Su fecha de nacimiento",
    signature: "Firme aquí",
    date: "Fecha",
    signer: "Si firma por otra persona: quién es usted para ella y por qué puede firmar",
    parent: "Padre, madre o tutor, si también debe firmar",
    staff: "Quien leyó esta hoja con usted",
    read_back: "Me leyeron lo que dice \u{201c}En pocas palabras\u{201d}. Eso es lo que quiero.",
    copy: "Me dieron una copia de esta hoja.",
    tell,
    told,
};

fn title(kind: ConsentKind) -> &'static str {
    match kind {
        ConsentKind::Tpo => "Permiso para compartir mis datos de drogas o alcohol para mi cuidado",
        ConsentKind::Named => "Permiso para compartir mis datos con quienes nombro aquí",
        ConsentKind::Notes => "Permiso para compartir las notas aparte de mi terapeuta",
        ConsentKind::LegalProceedings => "Permiso para usar mis datos de drogas o alcohol en un caso",
        ConsentKind::CriminalJustice => "Permiso para decir a la corte cómo va mi cuidado",
        ConsentKind::Authorization => "Permiso para compartir mis datos de salud",
        ConsentKind::VawaRelease => "Permiso corto para compartir lo que dije a quien me apoya",
        ConsentKind::Research => "Permiso para usar mis datos en un estudio",
        ConsentKind::HmisRoi => "Permiso para compartir mis datos y hallar casa o ayuda",
    }
}

fn statement(statement: Statement) -> &'static str {
    match statement {
        Statement::Part2RedisclosureByHipaaHolders => {
            "Una clínica, un plan de salud o quien trabaja para ellos puede volver a compartir estos datos si la ley \
             de salud (HIPAA) lo deja. No los pueden usar contra usted. Eso vale para un caso civil, penal o del \
             gobierno, y ante quienes hacen las leyes."
        }
        Statement::Part2RightToRevoke => {
            "Puede retirar este permiso cuando quiera. Escriba a {from}. También puede decirlo, y paramos ya. Lo que \
             ya se compartió no se puede borrar."
        }
        Statement::Part2RedisclosurePotential => {
            "Quien recibe sus datos puede volver a compartirlos. Entonces la ley que cuida los datos de drogas y \
             alcohol quizá ya no los cuide."
        }
        Statement::Part2RefusalConsequences => {
            "Puede decir que no. Entonces no compartimos para su cuidado, para el pago ni para llevar el trabajo. \
             Quienes le cuidan sabrán menos, y usted quizá tenga que pagar una parte."
        }
        Statement::HipaaRightToRevoke => {
            "Puede retirar este permiso cuando quiera. Escriba a {from}. Lo que ya se compartió no se puede borrar."
        }
        Statement::HipaaConditioning => {
            "No tiene que firmar. Si dice que no, recibe el mismo cuidado, el mismo precio y la misma ayuda."
        }
        Statement::HipaaRedisclosurePotential => {
            "Quien recibe esto puede volver a compartirlo. Entonces la ley de salud quizá ya no lo cuide."
        }
        Statement::CjReasonablePeriod => {
            "Vale el tiempo que la corte lo necesita para su caso, y no más. {end}"
        }
        Statement::CjRevocableEvent => {
            "Su salida o su pena puede depender de este cuidado. Por eso no lo puede retirar antes de ese día. Después, sí."
        }
        Statement::VawaReason => "Hablamos con usted de por qué se comparte y con quién. Es {why}.",
        Statement::VawaDuration => "Vale solo por poco tiempo. {end}",
        Statement::VawaVoluntary => "No tiene que firmar. Le ayudamos igual si firma o no.",
        Statement::VaApprovedForm => "El VA acepta esta hoja para los datos que más debe cuidar.",
    }
}

fn told(terms: &Terms, name_of: &NameOf<'_>) -> Told {
    let name_of = |mentioned: Mentioned<'_>| name_of(mentioned);
    let by_person =
        |id: &gateway_types::AgencyId| terms.recipients.persons.iter().any(|person| person.agency == *id);
    let mut from: Vec<String> = terms
        .discloser
        .agencies
        .iter()
        .map(|id| agency_name(id, &name_of))
        .collect();
    from.extend(classes(terms.discloser.classes));
    let persons = terms.recipients.persons.iter();
    let mut to: Vec<String> = persons
        .map(|person| {
            let name = name_of(Mentioned::Person(person)).unwrap_or_else(|| person.staff.to_string());
            format!("{name}, de {}", agency_name(&person.agency, &name_of))
        })
        .collect();
    let agencies = terms.recipients.agencies.iter().filter(|id| !by_person(id));
    to.extend(agencies.map(|id| agency_name(id, &name_of)));
    to.extend(classes(terms.recipients.classes));
    Told {
        from,
        to,
        what: information(
            terms.categories,
            category,
            "todos sus datos (no las notas que un terapeuta guarda aparte)",
        ),
        why: terms
            .purposes
            .iter()
            .map(|word| purpose(word).to_owned())
            .collect(),
        end: end(terms.expiry),
    }
}

fn tell(told: &Told) -> String {
    let may = if told.from.len() == 1 { "puede" } else { "pueden" };
    format!(
        "Con esto, {} {may} compartir con {}: {}. Es {}. {}",
        list(&told.from),
        list(&told.to),
        list(&told.what),
        list(&told.why),
        told.end,
    )
}

fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        // `y` becomes `e` before the sound of an i.
        [most @ .., last] => {
            let and = if last.starts_with(['i', 'I', 'í', 'Í']) {
                "e"
            } else {
                "y"
            };
            format!("{} {and} {last}", most.join(", "))
        }
    }
}

fn classes(classes: WordSet<RecipientClass>) -> impl Iterator<Item = String> {
    classes.iter().filter_map(|class| {
        let words = match class {
            RecipientClass::TreatingProviders => "los médicos y clínicas que le cuidan",
            RecipientClass::HealthPlans => "sus planes de salud",
            RecipientClass::ThirdPartyPayers => "otros que pagan su cuidado",
            RecipientClass::ProgramOperators => "quienes ayudan a llevar este programa",
            RecipientClass::Part2Programs => "todo programa de drogas o alcohol que le cuidó",
            RecipientClass::HmisParticipants => {
                "las agencias que usan el sistema de ayuda a personas sin casa"
            }
            RecipientClass::Anyone => return None,
        };
        Some(words.to_owned())
    })
}

fn end(expiry: Expiry) -> String {
    match expiry {
        Expiry::At(moment) => format!("Termina el {}.", day(moment)),
        Expiry::Event(event) => format!("Termina {}.", occasion(event)),
        Expiry::None => "No tiene fecha final. Vale hasta que usted lo retire.".to_owned(),
        Expiry::Unstated => "No dice cuándo termina, y por eso no vale.".to_owned(),
    }
}

pub(super) fn day(moment: Timestamp) -> String {
    let date = moment.date();
    let month = match date.month() {
        1 => "enero",
        2 => "febrero",
        3 => "marzo",
        4 => "abril",
        5 => "mayo",
        6 => "junio",
        7 => "julio",
        8 => "agosto",
        9 => "septiembre",
        10 => "octubre",
        11 => "noviembre",
        _ => "diciembre",
    };
    let day = format!("{} de {month} de {}", date.day(), date.year());
    if date.start_utc() == moment {
        return format!("{day}, al empezar el día (UTC)");
    }
    let seconds = moment.as_seconds() - date.start_utc().as_seconds();
    format!("{day} a las {:02}:{:02} (UTC)", seconds / 3600, seconds / 60 % 60)
}

const fn occasion(event: ExpiryEvent) -> &'static str {
    match event {
        ExpiryEvent::EndOfTreatment => "cuando acabe su cuidado",
        ExpiryEvent::Discharge => "cuando salga del programa",
        ExpiryEvent::ProgramExit => "cuando salga del programa de casa",
        ExpiryEvent::CaseClosure => "cuando se cierre su caso",
        ExpiryEvent::FinalDisposition => "cuando acabe su caso en la corte",
        ExpiryEvent::EndOfStudy => "cuando acabe el estudio",
    }
}

pub(super) const fn purpose(purpose: PurposeOfUse) -> &'static str {
    match purpose {
        PurposeOfUse::Treat => "para darle cuidado",
        PurposeOfUse::Coc => "para trabajar juntos en su cuidado",
        PurposeOfUse::Etreat => "para cuidarle en una emergencia",
        PurposeOfUse::Btg => "para abrir sus datos en una emergencia",
        PurposeOfUse::Hpaymt => "para pagar su cuidado",
        PurposeOfUse::Hoperat => "para llevar sus servicios de salud",
        PurposeOfUse::Hqualimp => "para dar mejor cuidado",
        PurposeOfUse::Hlegal => "para que sus abogados los guíen",
        PurposeOfUse::Gov => "para trabajo del gobierno",
        PurposeOfUse::Fraud => "para ver si hay fraude",
        PurposeOfUse::Milcdm => "para el mando militar",
        PurposeOfUse::Hdecd => "para asuntos tras una muerte",
        PurposeOfUse::Mltraining => "para enseñar a programas de computadora",
        PurposeOfUse::Hresch => "para un estudio",
        PurposeOfUse::Pubhlth => "para cuidar la salud de todos",
        PurposeOfUse::Disaster => "para ayudar en un desastre",
        PurposeOfUse::Threat => "para evitar un daño grave",
        PurposeOfUse::Hmarkt => "para vender",
        PurposeOfUse::Patrqt => "porque usted lo pide",
        PurposeOfUse::Famrqt => "porque su familia o quien le cuida lo pide",
        PurposeOfUse::Pwatrny => "porque lo pide quien actúa por usted",
        PurposeOfUse::LeInvest => "para investigar un delito",
        PurposeOfUse::LeWelfare => "para que la policía vea si usted está bien",
        PurposeOfUse::LeOutreach => "para que la policía ayude a personas sin casa",
        PurposeOfUse::LeReport => "para avisar de un delito a la policía",
        PurposeOfUse::Dispatch => "para enviar policía, bomberos o médicos",
        PurposeOfUse::CjDispatch => "para enviar a la policía",
        PurposeOfUse::CjMonitor => "para ver que usted sigue el plan que mandó la corte",
        PurposeOfUse::CustodySafety => "para la salud y la seguridad en la cárcel",
        PurposeOfUse::HousingCoord => "para hallarle casa o refugio",
        PurposeOfUse::HousingElig => "para ver si puede recibir casa",
        PurposeOfUse::TenantScreen => "para que un dueño le acepte como inquilino",
        PurposeOfUse::ServiceReq => "para dar un servicio de la ciudad",
        PurposeOfUse::Ingest => "para guardarlo en un sistema común",
        PurposeOfUse::Match => "para saber qué datos son de usted",
        PurposeOfUse::Reporting => "para informes que cuentan personas",
        PurposeOfUse::BulkSync => "para enviarlo todo el tiempo",
        PurposeOfUse::LegalProc => "para un caso en la corte o una audiencia",
        PurposeOfUse::DeathInq => "para saber por qué alguien murió",
        PurposeOfUse::DeathReview => "para aprender de una muerte",
        PurposeOfUse::Audit => "para ver que se siguen las reglas",
        PurposeOfUse::AbuseReport => "para avisar de abuso o descuido",
        PurposeOfUse::AbuseFollowup => "para seguir un aviso de abuso o descuido",
        PurposeOfUse::PdmpReport => "para avisar al registro de medicinas del estado",
    }
}

pub(super) const fn category(category: Category) -> &'static str {
    match category {
        Category::Demographics => "su nombre, fecha de nacimiento, sexo y raza",
        Category::Ssn => "su número de seguro social",
        Category::Contact => "cómo hablar con usted",
        Category::Location => "dónde está usted",
        Category::PhysicalDescription => "cómo se ve usted",
        Category::GeneticBiometric => "su ADN, datos de sus dientes y muestras del cuerpo",
        Category::CaseManagerContact => "quién es su trabajador",
        Category::ShelterStatus => "su cama o refugio",
        Category::Enrollment => "en qué programas está",
        Category::ProjectAddress => "la dirección de su programa",
        Category::Income => "su dinero y sus ayudas",
        Category::Veteran => "si es veterano",
        Category::Disability => "su discapacidad",
        Category::EligibilityFlag => "si puede recibir un servicio, sí o no",
        Category::Medications => "sus medicinas",
        Category::Allergies => "sus alergias",
        Category::Conditions => "sus problemas de salud",
        Category::Encounters => "sus visitas",
        Category::Injury => "sus heridas",
        Category::Labs => "sus análisis",
        Category::CarePlan => "su plan de cuidado",
        Category::CrisisPlan => "su plan para una crisis",
        Category::MentalHealth => "su salud mental",
        Category::SudTreatment => "su cuidado por drogas o alcohol",
        Category::SudCounselingNotes => "las notas aparte de su consejero sobre drogas o alcohol",
        Category::PsychotherapyNotes => "las notas aparte de su terapeuta",
        Category::Hiv => "VIH o sida",
        Category::DvHistory => "abuso o golpes que usted sufrió",
        Category::SafetyFlags => "avisos de seguridad para quienes ayudan",
        Category::RiskStatement => "una amenaza de daño",
        Category::PatientStatement => "algo que usted dijo",
        Category::IncidentReport => "un suceso",
        Category::DeathInformation => "una muerte",
        Category::Claims => "las cuentas de su cuidado",
        Category::PoliceIncident => "un suceso con la policía",
        Category::CallsForService => "llamadas al 911 o a la policía",
        Category::PoliceNarrative => "notas de la policía",
        Category::Arrest => "un arresto o un cargo",
        Category::CriminalHistory => "su historia de delitos",
        Category::NcicResponse => "una respuesta del sistema del FBI",
        Category::JuvenileRecord => "un caso en la corte de menores",
        Category::AggregateCounts => "cuentas de personas",
        Category::ResearchDataset => "datos para un estudio",
        Category::LinkageToken => "una clave para unir sus datos",
        Category::DisclosureLog => "quién vio sus datos",
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::Word as _;

    use super::*;

    #[test]
    fn every_word_has_words_of_its_own() {
        let categories: std::collections::BTreeSet<_> =
            Category::ALL.iter().map(|word| category(*word)).collect();
        assert_eq!(categories.len(), Category::ALL.len());
        let purposes: std::collections::BTreeSet<_> =
            PurposeOfUse::ALL.iter().map(|word| purpose(*word)).collect();
        assert_eq!(purposes.len(), PurposeOfUse::ALL.len());
    }

    #[test]
    fn and_is_written_as_it_is_spoken() {
        let of = |items: &[&str]| list(&items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["a", "b", "c"]), "a, b y c");
        assert_eq!(of(&["Harbor", "Iris House"]), "Harbor e Iris House");
    }
}
