//! Medicines: what is taken or ordered, how much and how often.

use super::super::markup::{Node, node};
use super::super::sections::templates;
use super::super::values::{Code, RXNORM, at, coded, codes, decimal, unit};
use super::{Making, statement, status};
impl Making<'_> {
    /// Medication Activity. What is denied has no code: few readers look for a negation here.
    pub(super) fn medication(&self) -> Node {
        let row = self.row;
        let is_order = row.text("intent").is_some_and(|intent| intent != "taken");
        let told = match row.text("status").unwrap_or_default() {
            "active" => Some("active"),
            "completed" => Some("completed"),
            "on-hold" | "suspended" => Some("suspended"),
            "stopped" | "aborted" => Some("aborted"),
            "cancelled" => Some("cancelled"),
            _ => None,
        };
        let taken = match (self.from(), self.until()) {
            (None, None) => node("effectiveTime")
                .with("xsi:type", "IVL_TS")
                .with("nullFlavor", "NI")
                .holding(at("low", None)),
            _ => self.interval(false).with("xsi:type", "IVL_TS"),
        };
        let every = row.text("every").and_then(|every| {
            let (value, of) = every.split_once(' ')?;
            let period = node("period")
                .with("value", decimal(value)?)
                .with("unit", unit(of)?);
            let every = node("effectiveTime")
                .with("xsi:type", "PIVL_TS")
                .with("operator", "A");
            Some(every.holding(period))
        });
        let dose = row.text("dose").and_then(|dose| {
            let (value, of) = dose
                .split_once(' ')
                .map_or((dose, None), |(value, of)| (value, Some(of)));
            let dose = node("doseQuantity").with("value", decimal(value)?);
            Some(match of {
                Some(of) => dose.with("unit", unit(of)?),
                None => dose,
            })
        });
        let all = codes(row, "medication_codes");
        let medicine: &[Code<'_>] = if row.denied { &[] } else { &all };
        let material =
            node("manufacturedMaterial").holding(coded("code", row, "medication", medicine, &[RXNORM]));
        let product = node("manufacturedProduct")
            .with("classCode", "MANU")
            .all(templates("4.23", "2014-06-09", true))
            .holding(material);
        let route = row
            .original("route")
            .map(|words| node("routeCode").with("nullFlavor", "OTH").holding(words));
        self.denied(statement(
            "substanceAdministration",
            "SBADM",
            if is_order { "INT" } else { "EVN" },
        ))
        .all(templates("4.16", "2014-06-09", true))
        .holding(self.id(""))
        .holding(row.reference())
        .holding(match told {
            Some(code) => status(code),
            None => node("statusCode").with("nullFlavor", "UNK"),
        })
        .holding(taken)
        .all(every)
        .all(route)
        .holding(dose.unwrap_or_else(|| node("doseQuantity").with("nullFlavor", "NI")))
        .holding(node("consumable").holding(product))
        .holding(self.author())
        .all(self.reasons())
        .all(self.annotated())
    }
}
